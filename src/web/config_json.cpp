#include <cstdint>
#include <nlohmann/json.hpp>

#include "everyface/base/printable.h"
#include "everyface/web/forms.h"
#include "web/config_file.h"

namespace everyface::web {
namespace {

using nlohmann::json;

/// Root, section, list.
constexpr std::size_t kDepth = 3;

std::optional<ConfigValue> plain_value(const json& value) {
  if (value.is_string()) {
    return ConfigValue(value.get<std::string>());
  }
  if (value.is_number_integer() &&
      !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)) {
    return ConfigValue(value.get<std::int64_t>());
  }
  if (!value.is_array()) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const json& element : value) {
    if (!element.is_string()) {
      return std::nullopt;
    }
    texts.push_back(element.get<std::string>());
  }
  return ConfigValue(std::move(texts));
}

}  // namespace

Result<std::vector<ConfigEntry>> read_json(std::string_view text, std::string_view file) {
  const std::string where(file);
  const auto root = parse_json(text, kDepth);
  if (!root) {
    return Error{where + ": " + printable(root.error().message)};
  }
  std::vector<ConfigEntry> entries;
  for (const auto& [section, keys] : root->items()) {
    if (!keys.is_object()) {
      return Error{where + ": " + printable(section) +
                   " stands outside every section; sections are written \"site\": {…}"};
    }
    for (const auto& [key, value] : keys.items()) {
      auto plain = plain_value(value);
      if (!plain) {
        return Error{where + ": " + printable(section) + "." + printable(key) +
                     " is neither text nor whole number nor list of texts"};
      }
      entries.push_back({printable(section), printable(key), std::move(*plain), where});
    }
  }
  return entries;
}

}  // namespace everyface::web
