// A configuration file as plain entries.
#pragma once

#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "web/config_keys.h"

namespace everyface::web {

struct ConfigEntry {
  std::string section;
  std::string key;
  ConfigValue value;
  std::string where;  ///< "site.toml line 3", "site.json", or the variable
};

/// Every key of every section. Errors name the line: not TOML, a key outside sections, a value that
/// is no text, whole number or list of texts.
Result<std::vector<ConfigEntry>> read_toml(std::string_view text, std::string_view file);

/// The same of an object of sections, each an object of keys. Errors name section and key; where it
/// is no JSON, the line.
Result<std::vector<ConfigEntry>> read_json(std::string_view text, std::string_view file);

}  // namespace everyface::web
