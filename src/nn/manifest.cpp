#include "nn/manifest.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "everyface/base/text.h"
#include "nn/shipped_weights.h"

namespace everyface {
namespace {

using nlohmann::json;

constexpr std::string_view kSchema = "everyface.models/1";
constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30U;
constexpr std::array<std::string_view, 5> kTasks = {"detect", "enhance", "embed", "quality",
                                                    "liveness"};

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_name(std::string_view text) {
  return !text.empty() && is_lower_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower_or_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

bool is_plain_file_name(std::string_view text) {
  return !text.empty() && text.front() != '.' && std::none_of(text.begin(), text.end(), [](char c) {
    return c == '/' || c == '\\' || (c >= 0 && c < ' ') || c == '\x7f';
  });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://") || text.starts_with("file://");
}

/// A piece of the file as a message may hold it: valid UTF-8 without control characters.
std::string shown(std::string_view text) {
  std::string line = to_valid_utf8(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
  return line;
}

/// Reads the fields of one entry and remembers the first thing that is wrong.
class EntryReader {
 public:
  EntryReader(const json& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::string text(const char* field, bool required = true) {
    seen_.insert(field);
    const auto found = object_.find(field);
    if (found == object_.end()) {
      if (required) {
        fail(field, "is missing");
      }
      return {};
    }
    if (!found->is_string()) {
      fail(field, "must be a text");
      return {};
    }
    auto value = found->get<std::string>();
    if (required && value.empty()) {
      fail(field, "is empty");
    }
    return value;
  }

  std::uint64_t size(const char* field) {
    seen_.insert(field);
    const auto found = object_.find(field);
    if (found == object_.end()) {
      fail(field, "is missing");
      return 0;
    }
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() == 0 ||
        found->get<std::uint64_t>() > kMostBytes) {
      fail(field, "must be a whole number from 1 to " + std::to_string(kMostBytes));
      return 0;
    }
    return found->get<std::uint64_t>();
  }

  int whole(const char* field, int least, int most) {
    seen_.insert(field);
    const auto found = object_.find(field);
    if (found == object_.end() || !found->is_number_integer() ||
        found->get<std::int64_t>() < least || found->get<std::int64_t>() > most) {
      fail(field,
           "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
      return least;
    }
    return found->get<int>();
  }

  template <std::size_t kCount>
  std::array<double, kCount> numbers(const char* field) {
    seen_.insert(field);
    const auto found = object_.find(field);
    std::array<double, kCount> values{};
    if (found == object_.end() || !is_numbers(*found, kCount)) {
      fail(field, "must be a list of " + std::to_string(kCount) + " numbers");
      return values;
    }
    found->get_to(values);
    return values;
  }

  std::array<std::array<double, 2>, 5> points(const char* field) {
    seen_.insert(field);
    const auto found = object_.find(field);
    std::array<std::array<double, 2>, 5> values{};
    if (found == object_.end() || !found->is_array() || found->size() != values.size() ||
        !std::all_of(found->begin(), found->end(),
                     [](const json& point) { return is_numbers(point, 2); })) {
      fail(field, "must be a list of five points [x, y]");
      return values;
    }
    found->get_to(values);
    return values;
  }

  /// The object in a field; null where there is none.
  const json* object(const char* field) {
    seen_.insert(field);
    const auto found = object_.find(field);
    return found == object_.end() ? nullptr : &*found;
  }

  void require(bool holds, const char* field, const std::string& rule) {
    if (!holds) {
      fail(field, rule);
    }
  }

  void refuse_unknown_fields() {
    for (const auto& [key, value] : object_.items()) {
      if (!seen_.contains(key)) {
        fail(shown(key), "is not a field of a model");
      }
    }
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  static bool is_numbers(const json& value, std::size_t count) {
    return value.is_array() && value.size() == count &&
           std::all_of(value.begin(), value.end(), [](const json& v) { return v.is_number(); });
  }

  void fail(const std::string& field, const std::string& what) {
    if (problem_.empty()) {
      problem_ = where_ + ": \"" + field + "\" " + what;
    }
  }

  const json& object_;
  std::string where_;
  std::set<std::string> seen_;
  std::string problem_;
};

Result<EmbedContract> read_embed_contract(const json& object, const std::string& where) {
  if (!object.is_object()) {
    return Error{where + ": must be an object"};
  }
  EntryReader reader(object, where);
  EmbedContract contract;
  contract.width = reader.whole("width", 16, 512);
  contract.height = reader.whole("height", 16, 512);
  contract.points = reader.points("points");
  const std::string order = reader.text("order");
  reader.require(order == "rgb" || order == "bgr", "order", "must be rgb or bgr");
  contract.rgb = order == "rgb";
  contract.mean = reader.numbers<3>("mean");
  contract.std = reader.numbers<3>("std");
  reader.require(
      std::all_of(contract.std.begin(), contract.std.end(), [](double v) { return v > 0; }), "std",
      "must be above 0");
  const std::string curve = reader.text("curve", false);
  reader.require(curve.empty() || curve == "log2", "curve", "must be log2, or left out");
  contract.logarithms = curve == "log2";
  contract.dimensions = static_cast<std::size_t>(reader.whole("dimensions", 16, 4096));
  reader.refuse_unknown_fields();
  if (!reader.problem().empty()) {
    return Error{reader.problem()};
  }
  return contract;
}

Result<ModelEntry> read_entry(const json& object, const std::string& where) {
  if (!object.is_object()) {
    return Error{where + ": must be an object"};
  }
  EntryReader reader(object, where);
  ModelEntry entry;
  entry.name = reader.text("name");
  reader.require(is_name(entry.name), "name",
                 "may have lower-case letters, digits, \"-\", \"_\" and \".\" only");
  entry.task = reader.text("task");
  reader.require(std::find(kTasks.begin(), kTasks.end(), entry.task) != kTasks.end(), "task",
                 "must be detect, enhance, embed, quality or liveness");
  entry.file = reader.text("file");
  reader.require(is_plain_file_name(entry.file), "file",
                 "must be a plain file name, without a folder or a leading dot");
  entry.sha256 = reader.text("sha256");
  reader.require(is_sha256(entry.sha256), "sha256", "must be 64 lower-case hexadecimal digits");
  entry.bytes = reader.size("bytes");
  entry.input = reader.text("input");
  entry.licence = reader.text("licence");
  entry.use = reader.text("use");
  entry.paper = reader.text("paper");
  entry.source = reader.text("source");
  reader.require(is_url(entry.source) || !shipped_weights(entry.file).empty(), "source",
                 "must be an https, http or file URL");
  entry.upstream_sha256 = reader.text("upstream_sha256", false);
  reader.require(entry.upstream_sha256.empty() || is_sha256(entry.upstream_sha256),
                 "upstream_sha256", "must be empty or 64 lower-case hexadecimal digits");
  entry.conversion = reader.text("conversion", false);
  reader.require(entry.upstream_sha256.empty() || !entry.conversion.empty(), "upstream_sha256",
                 "is for files that upstream publishes in another format: give \"conversion\" too");
  const json* embed = reader.object("embed");
  reader.require((embed != nullptr) == (entry.task == "embed"), "embed",
                 "is for models whose task is embed, and needed there");
  reader.refuse_unknown_fields();
  if (!reader.problem().empty()) {
    return Error{reader.problem()};
  }
  if (embed != nullptr) {
    auto contract = read_embed_contract(*embed, where + ": \"embed\"");
    if (!contract) {
      return contract.error();
    }
    entry.embed = *contract;
  }
  return entry;
}

/// Parses, refusing keys that occur twice in one object (the parser alone keeps the last).
json parse_without_doubled_keys(std::string_view text, std::string& doubled) {
  std::vector<std::set<std::string>> keys;
  return json::parse(text, [&](int /*depth*/, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) {
      keys.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      keys.pop_back();
    } else if (event == json::parse_event_t::key) {
      auto key = parsed.get<std::string>();
      if (!keys.back().insert(key).second && doubled.empty()) {
        doubled = std::move(key);
      }
    }
    return true;
  });
}

}  // namespace

Result<std::vector<ModelEntry>> parse_manifest(std::string_view text, const std::string& file) {
  json manifest;
  std::string doubled;
  try {
    manifest = parse_without_doubled_keys(text, doubled);
  } catch (const json::exception& problem) {
    return Error{file + ": not valid JSON: " + shown(problem.what())};
  }
  if (!doubled.empty()) {
    return Error{file + ": the key \"" + shown(doubled) + "\" stands twice in one object"};
  }
  if (!manifest.is_object() || manifest.value("schema", json()) != kSchema) {
    return Error{file + ": \"schema\" must be \"" + std::string(kSchema) + "\""};
  }
  for (const auto& [key, value] : manifest.items()) {
    if (key != "schema" && key != "models") {
      return Error{file + ": \"" + shown(key) + "\" is not a field of a manifest"};
    }
  }
  if (!manifest.contains("models") || !manifest["models"].is_array()) {
    return Error{file + ": \"models\" must be a list"};
  }

  std::vector<ModelEntry> entries;
  std::set<std::string> names;
  std::set<std::string> files;
  for (std::size_t index = 0; index < manifest["models"].size(); ++index) {
    const std::string where = file + ": model " + std::to_string(index + 1);
    auto entry = read_entry(manifest["models"][index], where);
    if (!entry) {
      return entry.error();
    }
    if (!names.insert(entry->name).second) {
      return Error{where + ": \"name\" " + entry->name + " stands twice"};
    }
    if (!files.insert(entry->file).second) {
      return Error{where + ": \"file\" " + entry->file + " belongs to another model already"};
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

std::string manifest_of(const std::vector<ModelEntry>& entries) {
  nlohmann::ordered_json models = nlohmann::ordered_json::array();
  for (const ModelEntry& entry : entries) {
    models.push_back({{"name", entry.name},
                      {"task", entry.task},
                      {"file", entry.file},
                      {"sha256", entry.sha256},
                      {"bytes", entry.bytes},
                      {"input", entry.input},
                      {"licence", entry.licence},
                      {"use", entry.use},
                      {"paper", entry.paper},
                      {"source", entry.source}});
    for (const auto& [field, value] : {std::pair("upstream_sha256", entry.upstream_sha256),
                                       std::pair("conversion", entry.conversion)}) {
      if (!value.empty()) {
        models.back()[field] = value;
      }
    }
  }
  return nlohmann::ordered_json{{"schema", kSchema}, {"models", models}}.dump(1) + "\n";
}

}  // namespace everyface
