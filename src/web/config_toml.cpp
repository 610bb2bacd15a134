#include <toml++/toml.h>

#include "everyface/base/printable.h"
#include "web/config_file.h"

namespace everyface::web {
namespace {

std::string at_line(std::string_view file, const toml::source_region& source) {
  return std::string(file) + " line " + std::to_string(source.begin.line);
}

std::optional<ConfigValue> plain_value(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return ConfigValue(text->get());
  }
  if (const auto* number = node.as_integer()) {
    return ConfigValue(number->get());
  }
  const auto* array = node.as_array();
  if (array == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr) {
      return std::nullopt;
    }
    texts.push_back(text->get());
  }
  return ConfigValue(std::move(texts));
}

}  // namespace

Result<std::vector<ConfigEntry>> read_toml(std::string_view text, std::string_view file) {
  toml::table root;
  try {
    root = toml::parse(text, file);
  } catch (const toml::parse_error& problem) {
    return Error{at_line(file, problem.source()) + ": " + printable(problem.description())};
  }
  std::vector<ConfigEntry> entries;
  for (const auto& [section, node] : root) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      return Error{at_line(file, section.source()) + ": " + printable(section.str()) +
                   " stands outside every section; sections are written [site]"};
    }
    for (const auto& [key, value] : *table) {
      auto plain = plain_value(value);
      const std::string where = at_line(file, key.source());
      if (!plain) {
        return Error{where + ": " + printable(section.str()) + "." + printable(key.str()) +
                     " is neither text nor whole number nor list of texts"};
      }
      entries.push_back({printable(section.str()), printable(key.str()), std::move(*plain), where});
    }
  }
  return entries;
}

}  // namespace everyface::web
