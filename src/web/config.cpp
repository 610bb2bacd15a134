#include "everyface/web/config.h"

#include <algorithm>
#include <set>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "web/config_file.h"
#include "web/config_keys.h"

extern char** environ;  // POSIX; no header declares it

namespace everyface::web {
namespace {

constexpr std::uint64_t kMostConfigBytes = 1U << 20U;
constexpr std::uint64_t kMostSecretBytes = 64 * 1024;
constexpr std::string_view kPrefix = "EVERYFACE_";
constexpr std::string_view kFileEnding = "_file";

std::string upper_case(std::string text) {
  for (char& c : text) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  }
  return text;
}

std::string variable_name(const ConfigKeySpec& spec) {
  return std::string(kPrefix) + upper_case(spec.section + "_" + spec.key);
}

const ConfigKeySpec* find_key(std::string_view section, std::string_view key) {
  for (const ConfigKeySpec& spec : config_key_specs()) {
    if (spec.section == section && spec.key == key) {
      return &spec;
    }
  }
  return nullptr;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : "; did you mean " + near + "?";
}

Error unknown_key(const ConfigEntry& entry) {
  std::vector<std::string> sections;
  std::vector<std::string> keys;
  for (const ConfigKeySpec& spec : config_key_specs()) {
    sections.push_back(spec.section);
    if (spec.section == entry.section) {
      keys.push_back(spec.key);
    }
  }
  if (keys.empty()) {
    return Error{entry.where + ": there is no section [" + entry.section + "]" +
                 did_you_mean(entry.section, sections)};
  }
  return Error{entry.where + ": [" + entry.section + "] has no key " + entry.key +
               did_you_mean(entry.key, keys)};
}

/// The content of a secret's file, without the line's end.
Result<std::string> read_secret(const std::string& path, const std::string& where) {
  auto content = read_file(path, kMostSecretBytes);
  if (!content) {
    return Error{where + ": " + content.error().message};
  }
  while (content->ends_with('\n') || content->ends_with('\r')) {
    content->pop_back();
  }
  return content;
}

/// Sets one key, or the one whose file it names.
Result<void> apply(Config& config, const ConfigEntry& entry) {
  const ConfigKeySpec* spec = find_key(entry.section, entry.key);
  ConfigValue value = entry.value;
  if (spec == nullptr && entry.key.ends_with(kFileEnding)) {
    spec = find_key(entry.section,
                    std::string_view(entry.key).substr(0, entry.key.size() - kFileEnding.size()));
    const auto* path = std::get_if<std::string>(&entry.value);
    if (spec != nullptr && spec->kind == ConfigKind::kText && path != nullptr) {
      auto content = read_secret(*path, entry.where);
      if (!content) {
        return content.error();
      }
      value = std::move(*content);
    }
  }
  if (spec == nullptr) {
    return unknown_key(entry);
  }
  const bool fits = value.index() == static_cast<std::size_t>(spec->kind);
  const std::string wrong =
      fits ? spec->set(config, value) : "must be a " + std::string(config_kind_name(spec->kind));
  if (!wrong.empty()) {
    return Error{entry.where + ": " + entry.section + "." + entry.key + " " + wrong};
  }
  return {};
}

/// A variable's text as the kind of value that the key takes.
Result<ConfigValue> variable_value(const ConfigKeySpec& spec, const std::string& text,
                                   const std::string& name) {
  if (spec.kind == ConfigKind::kNumber) {
    const auto number = parse_int(text);
    if (!number) {
      return Error{name + ": must be a whole number"};
    }
    return ConfigValue(std::int64_t{*number});
  }
  if (spec.kind == ConfigKind::kList) {
    std::vector<std::string> parts;
    for (const std::string_view part : split(text, ',')) {
      if (!trim(part).empty()) {
        parts.emplace_back(trim(part));
      }
    }
    return ConfigValue(std::move(parts));
  }
  return ConfigValue(text);
}

Result<void> apply_environment(Config& config, const Environment& environment) {
  std::set<std::string, std::less<>> known;
  std::vector<std::string> names;
  for (const ConfigKeySpec& spec : config_key_specs()) {
    const std::string name = variable_name(spec);
    names.push_back(name);
    known.insert(name);
    const std::string file_name = name + "_FILE";
    known.insert(file_name);
    if (const auto found = environment.find(file_name); found != environment.end()) {
      const ConfigEntry entry{spec.section, spec.key + std::string(kFileEnding),
                              ConfigValue(found->second), file_name};
      if (auto set = apply(config, entry); !set) {
        return set;
      }
    }
    if (const auto found = environment.find(name); found != environment.end()) {
      auto value = variable_value(spec, found->second, name);
      if (!value) {
        return value.error();
      }
      if (auto set = apply(config, {spec.section, spec.key, std::move(*value), name}); !set) {
        return set;
      }
    }
  }
  for (const auto& variable : environment) {
    const std::string& name = variable.first;
    // Variables of other parts (EVERYFACE_SHARED, EVERYFACE_MODELS) name no section.
    const bool of_a_section = std::any_of(
        config_key_specs().begin(), config_key_specs().end(), [&name](const ConfigKeySpec& spec) {
          return name.starts_with(std::string(kPrefix) + upper_case(spec.section) + "_");
        });
    if (of_a_section && !known.contains(name)) {
      return Error{name + ": no key has this variable" + did_you_mean(name, names)};
    }
  }
  return {};
}

}  // namespace

Result<Config> parse_config(std::string_view text, std::string_view file,
                            const Environment& environment) {
  // No TOML begins with a brace.
  const bool json = trim(text).starts_with('{');
  auto entries = json ? read_json(text, file) : read_toml(text, file);
  if (!entries) {
    return entries.error();
  }
  Config config = default_config();
  for (const ConfigEntry& entry : *entries) {
    if (auto set = apply(config, entry); !set) {
      return set.error();
    }
  }
  if (auto set = apply_environment(config, environment); !set) {
    return set.error();
  }
  if (auto whole = complete(config); !whole) {
    return Error{std::string(file) + ": " + whole.error().message};
  }
  return config;
}

Result<Config> load_config(const std::optional<std::filesystem::path>& file,
                           const Environment& environment) {
  if (!file) {
    return parse_config("", "the environment", environment);
  }
  const auto text = read_file(*file, kMostConfigBytes);
  if (!text) {
    return text.error();
  }
  return parse_config(*text, file->string(), environment);
}

Environment environment_of_process() {
  Environment variables;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const std::size_t equals = entry.find('=');
    if (entry.starts_with(kPrefix) && equals != std::string_view::npos) {
      variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return variables;
}

std::vector<ConfigKey> config_keys() {
  std::vector<ConfigKey> keys;
  for (const ConfigKeySpec& spec : config_key_specs()) {
    keys.push_back(
        {spec.section, spec.key, std::string(config_kind_name(spec.kind)), spec.meaning});
  }
  return keys;
}

}  // namespace everyface::web
