// The TOML of a configuration as plain entries.
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
  std::string where;  ///< "site.toml line 3", or the variable
};

/// Every key of every section. Errors name the line: not TOML, a key outside sections, a value that
/// is no text, whole number or list of texts.
Result<std::vector<ConfigEntry>> read_toml(std::string_view text, std::string_view file);

}  // namespace everyface::web
