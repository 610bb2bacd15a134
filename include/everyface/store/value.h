// What goes into a statement and what comes out: C++ types and their columns.
//
//   C++                    column (docs/sql.md)
//   bool                   BOOLEAN
//   std::int64_t           BIGINT; TIMESTAMP_MS: milliseconds since 1970, UTC
//   double                 DOUBLE
//   std::string            TEXT: UTF-8 without zero bytes
//   Bytes                  BYTES
//   Uuid                   UUID
//   std::optional<T>       a column that may be NULL
//
// Parameters may also be any integer that fits, std::string_view and texts in quotes. A type of
// one's own, such as an enumeration kept as TEXT, joins in by specialising SqlType.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "everyface/store/uuid.h"

namespace everyface {

using Bytes = std::vector<std::uint8_t>;

/// NULL, an integer or truth value, a real number, a text or UUID, bytes.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

enum class SqlKind { kInteger, kReal, kText, kBytes };

/// What a column of a result must be read as.
struct SqlColumn {
  SqlKind kind;
  bool may_be_null;
};

/// How a C++ type is kept. `from` is given a value of `kind`; nothing where the value cannot be a
/// T.
template <typename T>
struct SqlType;

template <>
struct SqlType<bool> {
  static constexpr SqlKind kind = SqlKind::kInteger;
  static SqlValue to(bool value) { return std::int64_t{value}; }
  static std::optional<bool> from(SqlValue&& value) { return std::get<std::int64_t>(value) != 0; }
};

template <>
struct SqlType<std::int64_t> {
  static constexpr SqlKind kind = SqlKind::kInteger;
  static SqlValue to(std::int64_t value) { return value; }
  static std::optional<std::int64_t> from(SqlValue&& value) {
    return std::get<std::int64_t>(value);
  }
};

template <>
struct SqlType<double> {
  static constexpr SqlKind kind = SqlKind::kReal;
  static SqlValue to(double value) { return value; }
  static std::optional<double> from(SqlValue&& value) { return std::get<double>(value); }
};

template <>
struct SqlType<std::string> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(std::string_view value) { return std::string(value); }
  static std::optional<std::string> from(SqlValue&& value) {
    return std::get<std::string>(std::move(value));
  }
};

template <>
struct SqlType<Bytes> {
  static constexpr SqlKind kind = SqlKind::kBytes;
  static SqlValue to(const Bytes& value) { return value; }
  static std::optional<Bytes> from(SqlValue&& value) { return std::get<Bytes>(std::move(value)); }
};

template <>
struct SqlType<Uuid> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(const Uuid& value) { return value.text(); }
  static std::optional<Uuid> from(SqlValue&& value) {
    return Uuid::parse(std::get<std::string>(value));
  }
};

namespace store {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Value = T;
};

template <typename T>
struct IsTuple : std::false_type {};
template <typename... T>
struct IsTuple<std::tuple<T...>> : std::true_type {};

template <typename T>
concept Kept = requires {
  SqlType<T>::kind;
};
/// One column of a result.
template <typename T>
concept ReadableColumn = Kept<T> || IsOptional<T>::value;

template <typename T>
SqlValue to_value(const T& value) {
  if constexpr (Kept<T>) {
    return SqlType<T>::to(value);
  } else if constexpr (IsOptional<T>::value) {
    return value ? to_value(*value) : SqlValue{};
  } else if constexpr (std::is_same_v<T, std::nullopt_t>) {
    return SqlValue{};
  } else if constexpr (std::integral<T>) {
    static_assert(sizeof(T) < 8 || std::signed_integral<T>, "BIGINT is signed");
    return std::int64_t{value};
  } else {
    static_assert(std::is_convertible_v<const T&, std::string_view>,
                  "no column takes this type: see everyface/store/value.h");
    return std::string(std::string_view(value));
  }
}

template <typename T>
constexpr SqlColumn column_of() {
  if constexpr (IsOptional<T>::value) {
    return {SqlType<typename IsOptional<T>::Value>::kind, true};
  } else {
    return {SqlType<T>::kind, false};
  }
}

/// False where the value cannot be a T.
template <typename T>
bool read_column(SqlValue&& value, T& into) {
  if constexpr (IsOptional<T>::value) {
    if (std::holds_alternative<std::monostate>(value)) {
      into.reset();
      return true;
    }
    into = SqlType<typename IsOptional<T>::Value>::from(std::move(value));
    return into.has_value();
  } else {
    std::optional<T> read = SqlType<T>::from(std::move(value));
    if (read) {
      into = std::move(*read);
    }
    return read.has_value();
  }
}

/// The columns that a Row is read from, in order: a column's type; a std::tuple of them; or a
/// struct with
///   static constexpr auto columns = std::make_tuple(&Row::id, &Row::name);
template <typename Row>
struct RowOf {
  static constexpr auto list() {
    return std::apply(
        []<typename... Member>(Member Row::*... member) {
          return std::array{
              column_of<std::remove_cvref_t<decltype(std::declval<Row&>().*member)>>()...};
        },
        Row::columns);
  }
  static bool read(std::span<SqlValue> values, Row& row) {
    return std::apply(
        [&](auto... member) {
          std::size_t at = 0;
          return (read_column(std::move(values[at++]), row.*member) && ...);
        },
        Row::columns);
  }
};

template <ReadableColumn Row>
struct RowOf<Row> {
  static constexpr auto list() { return std::array{column_of<Row>()}; }
  static bool read(std::span<SqlValue> values, Row& row) {
    return read_column(std::move(values[0]), row);
  }
};

template <typename... T>
struct RowOf<std::tuple<T...>> {
  static constexpr auto list() { return std::array{column_of<T>()...}; }
  static bool read(std::span<SqlValue> values, std::tuple<T...>& row) {
    return std::apply(
        [&](T&... column) {
          std::size_t at = 0;
          return (read_column(std::move(values[at++]), column) && ...);
        },
        row);
  }
};

}  // namespace store
}  // namespace everyface
