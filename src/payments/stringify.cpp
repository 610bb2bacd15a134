#include "everyface/payments/stringify.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostInteger = (std::int64_t{1} << 53) - 1;

bool is_index(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         (name == "0" || name.front() != '0');
}

bool is_safe(const Json& value) {
  if (value.is_number_unsigned()) {
    return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMostInteger);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    return number >= -kMostInteger && number <= kMostInteger;
  }
  return !value.is_number() && !value.is_binary() && !value.is_discarded();
}

/// What JavaScript would write otherwise, and where; none where all is the same.
std::optional<std::string> difference(const Json& value, const std::string& where) {
  if (!value.is_structured()) {
    return is_safe(value) ? std::nullopt
                          : std::optional(where +
                                          " is a number that JavaScript may write otherwise; "
                                          "send it as text");
  }
  for (const auto& [name, child] : value.items()) {
    std::string place = where;
    place.append("/").append(name);
    if (value.is_object() && is_index(name)) {
      return place + " is a name that JavaScript would move";
    }
    if (auto found = difference(child, place)) {
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> stringify(const nlohmann::ordered_json& value) {
  if (auto found = difference(value, "body")) {
    return Error{*found};
  }
  try {
    // Without blanks, in order, escaping quotes, backslashes and what is below U+0020 in the same
    // way.
    return value.dump();
  } catch (const Json::type_error&) {
    return Error{"body holds text that is not UTF-8"};
  }
}

}  // namespace everyface
