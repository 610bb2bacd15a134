// Errors as values across room borders.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace everyface {

/// What went wrong, in one line: what, where (file, line or field), why, what to do.
struct Error {
  std::string message;
  /// For callers that tell cases apart: a stable word such as "password_weak", which the header of
  /// the function lists. Empty elsewhere.
  std::string code = {};
};

/// A value or an Error. Reading value() of an error, or error() of a value, is a programming
/// mistake and throws std::bad_variant_access. A room whose callers must tell errors apart derives
/// a `Failure` of its own from Error; it becomes a plain Error where it is returned as one.
template <typename T, typename Failure = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(*-explicit-*)
  Result(Failure error)                                                  // NOLINT(*-explicit-*)
      : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Failure& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Failure> state_;
};

/// Success without a value, or an Error.
template <typename Failure>
class [[nodiscard]] Result<void, Failure> {
 public:
  Result() = default;
  Result(Failure error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Failure& error() const { return error_.value(); }

 private:
  std::optional<Failure> error_;
};

}  // namespace everyface
