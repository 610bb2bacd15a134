// The table of what can be configured.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "everyface/web/config.h"

namespace everyface::web {

/// In the order of ConfigKind.
using ConfigValue = std::variant<std::string, std::int64_t, std::vector<std::string>>;
enum class ConfigKind : std::uint8_t { kText, kNumber, kList };

std::string_view config_kind_name(ConfigKind kind);

struct ConfigKeySpec {
  std::string section;
  std::string key;
  ConfigKind kind;
  std::string meaning;
  /// Takes a value of the kind; returns what is wrong with it, else nothing.
  std::function<std::string(Config&, const ConfigValue&)> set;
};

const std::vector<ConfigKeySpec>& config_key_specs();

/// Those of the sections [money] and [payments].
std::vector<ConfigKeySpec> money_key_specs();

Config default_config();

/// Fills in what follows from other keys, and checks what must go together.
Result<void> complete(Config& config);

}  // namespace everyface::web
