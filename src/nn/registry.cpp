#include "everyface/nn/registry.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "everyface/nn/checkpoint.h"
#include "manifest_json.h"
#include "nn/download.h"
#include "nn/manifest.h"
#include "nn/shipped_weights.h"

namespace everyface {
namespace {

constexpr std::uint64_t kMostManifestBytes = 16U << 20U;
/// How much more than the manifest's size is read of a wrong file, so that it can be kept aside.
constexpr std::uint64_t kSlackBytes = 1U << 20U;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(*-mt-unsafe): nothing here sets variables
  return value != nullptr ? value : "";
}

Result<std::filesystem::path> user_store() {
  if (const auto set = environment("EVERYFACE_MODEL_DIR"); !set.empty()) {
    return std::filesystem::path(set);
  }
  // The XDG specification has relative paths ignored.
  if (const std::filesystem::path data = environment("XDG_DATA_HOME"); data.is_absolute()) {
    return data / "everyface" / "models";
  }
  std::string home = environment("HOME");
  if (home.empty()) {
    if (const passwd* user = ::getpwuid(::getuid())) {  // NOLINT(*-mt-unsafe)
      home = user->pw_dir;
    }
  }
  if (home.empty()) {
    return Error{"no home folder to keep model weights in: set EVERYFACE_MODEL_DIR to a folder"};
  }
  return std::filesystem::path(home) / ".local" / "share" / "everyface" / "models";
}

bool is_url(const std::string& mirror) { return mirror.find("://") != std::string::npos; }

/// "SHA-256 a (n bytes) instead of b (m bytes)".
std::string difference(const ModelEntry& entry, const std::string& sha256, std::uint64_t bytes) {
  return "SHA-256 " + sha256 + " (" + std::to_string(bytes) + " bytes) instead of " + entry.sha256 +
         " (" + std::to_string(entry.bytes) + " bytes)";
}

bool is_there(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

/// The entries of a manifest on disk.
Result<std::vector<ModelEntry>> read_manifest(const std::filesystem::path& file) {
  const auto text = read_file(file, kMostManifestBytes);
  return text ? parse_manifest(*text, file.string()) : text.error();
}

/// The weights of the entry that ship with the program; empty where none do, or where a manifest of
/// the user's has put other weights under the same file name.
std::string_view shipped(const ModelEntry& entry) {
  const std::string_view bytes = shipped_weights(entry.file);
  return sha256_hex(bytes) == entry.sha256 ? bytes : std::string_view();
}

/// Adds a manifest's entries, each in place of the one with its name.
Result<void> merge(std::vector<ModelEntry>& entries, Result<std::vector<ModelEntry>> added,
                   const std::string& file) {
  if (!added) {
    return added.error();
  }
  for (ModelEntry& entry : *added) {
    const auto same_name = std::find_if(entries.begin(), entries.end(),
                                        [&](const auto& e) { return e.name == entry.name; });
    if (same_name != entries.end()) {
      *same_name = std::move(entry);
    } else {
      entries.push_back(std::move(entry));
    }
  }
  for (auto one = entries.begin(); one != entries.end(); ++one) {
    const auto other = std::find_if(std::next(one), entries.end(),
                                    [&](const auto& e) { return e.file == one->file; });
    if (other != entries.end()) {
      return Error{file + ": \"file\" " + one->file + " would belong to both " + one->name +
                   " and " + other->name};
    }
  }
  return {};
}

}  // namespace

std::string EmbedContract::sha256() const {
  std::string text = fmt::format("{} {} {} {} {}", width, height, rgb, logarithms, dimensions);
  const auto append = [&text](const auto& numbers) {
    for (const double number : numbers) {
      text += " " + shortest_number(number);
    }
  };
  for (const auto& point : points) {
    append(point);
  }
  append(mean);
  append(std);
  return sha256_hex(text);
}

Result<ModelRegistry> ModelRegistry::open(const std::optional<std::string>& mirror) {
  auto store = user_store();
  if (!store) {
    return store.error();
  }
  return open(*store, mirror.value_or(environment("EVERYFACE_MODELS")));
}

Result<ModelRegistry> ModelRegistry::open(const std::filesystem::path& store,
                                          const std::string& mirror) {
  ModelRegistry registry;
  registry.store_ = store;
  registry.mirror_ = mirror;
  auto built_in = parse_manifest(kManifestJson, "models/manifest.json");
  if (!built_in) {
    return built_in.error();
  }
  registry.entries_ = std::move(*built_in);

  if (const auto file = registry.imported(); is_there(file)) {
    if (auto merged = merge(registry.entries_, read_manifest(file), file.string()); !merged) {
      return merged.error();
    }
  }
  if (const auto file = environment("EVERYFACE_MANIFEST"); !file.empty()) {
    if (auto merged = merge(registry.entries_, read_manifest(file), file); !merged) {
      return Error{"EVERYFACE_MANIFEST: " + merged.error().message};
    }
  }
  return registry;
}

Result<ModelEntry> ModelRegistry::find(std::string_view name) const {
  std::vector<std::string> names;
  for (const ModelEntry& entry : entries_) {
    if (entry.name == name) {
      return entry;
    }
    names.push_back(entry.name);
  }
  if (has_checkpoints(name)) {
    return Error{
        "there are no weights of " + std::string(name) + " yet: everyface models import " +
        std::string(name) +
        " CHECKPOINT.pth CONFIG.yml makes them from a checkpoint of PyTorch; docs/models.md "
        "says where the authors publish theirs"};
  }
  const std::string near = nearest(name, names);
  return Error{
      "no model is called \"" + std::string(name) + "\"" +
      (near.empty() ? "; everyface models list shows all" : "; did you mean " + near + "?")};
}

Result<std::string> ModelRegistry::load(std::string_view name) const {
  const auto entry = find(name);
  if (!entry) {
    return entry.error();
  }
  if (const auto bytes = shipped(*entry); !bytes.empty()) {
    return std::string(bytes);
  }
  std::filesystem::path file = store_ / entry->file;
  if (!is_there(file) && !mirror_.empty() && !is_url(mirror_)) {
    file = std::filesystem::path(mirror_) / entry->file;
  }
  if (!is_there(file)) {
    return Error{"the weights of " + entry->name + " are not here (" +
                 (store_ / entry->file).string() + "): run everyface models fetch " + entry->name +
                 (entry->conversion.empty() ? "" : " --mirror DIR|URL")};
  }
  auto bytes = read_file(file, entry->bytes + kSlackBytes);
  if (!bytes) {
    return bytes.error();
  }
  if (const auto sha256 = sha256_hex(*bytes); sha256 != entry->sha256) {
    return Error{file.string() + " is not the file of " + entry->name + ": it has " +
                 difference(*entry, sha256, bytes->size()) + "; " + how_to_replace(*entry, file)};
  }
  return bytes;
}

Result<std::filesystem::path> ModelRegistry::fetch(std::string_view name) const {
  const auto entry = find(name);
  if (!entry) {
    return entry.error();
  }
  const std::filesystem::path installed = store_ / entry->file;
  if (const auto there = sha256_file(installed); there && *there == entry->sha256) {
    return installed;
  }
  if (const auto bytes = shipped(*entry); !bytes.empty()) {
    return install(*entry, bytes);
  }
  if (mirror_.empty()) {
    if (!entry->conversion.empty()) {
      return Error{"cannot fetch " + entry->name + ": upstream (" + entry->source +
                   ") does not publish " + entry->file + ": " + entry->conversion +
                   "; name a mirror that has the file with --mirror DIR|URL"};
    }
    const auto bytes = download(entry->source, entry->bytes + kSlackBytes);
    return bytes ? install(*entry, *bytes) : bytes.error();
  }
  if (is_url(mirror_)) {
    const std::string base = mirror_.ends_with('/') ? mirror_ : mirror_ + "/";
    const auto bytes = download(base + entry->file, entry->bytes + kSlackBytes);
    return bytes ? install(*entry, *bytes) : bytes.error();
  }
  const auto bytes =
      read_file(std::filesystem::path(mirror_) / entry->file, entry->bytes + kSlackBytes);
  return bytes ? install(*entry, *bytes)
               : Error{"cannot fetch " + entry->name + ": " + bytes.error().message};
}

Result<std::filesystem::path> ModelRegistry::import_file(std::string_view name,
                                                         const std::filesystem::path& file) const {
  const auto entry = find(name);
  if (!entry) {
    return entry.error();
  }
  const auto bytes = read_file(file, entry->bytes + kSlackBytes);
  return bytes ? install(*entry, *bytes) : bytes.error();
}

std::filesystem::path ModelRegistry::imported() const { return store_ / "imported.json"; }

Result<std::filesystem::path> ModelRegistry::add(ModelEntry entry, std::string_view bytes) const {
  entry.sha256 = sha256_hex(bytes);
  entry.bytes = bytes.size();
  std::vector<ModelEntry> added;
  if (is_there(imported())) {
    auto before = read_manifest(imported());
    if (!before) {
      return before.error();
    }
    added = std::move(*before);
  }
  std::erase_if(added, [&](const ModelEntry& one) { return one.name == entry.name; });
  added.push_back(entry);
  const std::string text = manifest_of(added);
  std::vector<ModelEntry> all = entries_;
  if (auto merged = merge(all, parse_manifest(text, imported().string()), imported().string());
      !merged) {
    return merged.error();
  }
  auto installed = install(entry, bytes);
  if (installed) {
    if (auto written = write_file_atomic(imported(), text); !written) {
      return written.error();
    }
  }
  return installed;
}

ModelRegistry::Status ModelRegistry::status(const ModelEntry& entry) const {
  if (!shipped(entry).empty()) {
    return {State::kShipped, {}};
  }
  Status status;
  status.file = store_ / entry.file;
  if (!is_there(status.file) && !mirror_.empty() && !is_url(mirror_)) {
    status.file = std::filesystem::path(mirror_) / entry.file;
  }
  if (!is_there(status.file)) {
    return {};
  }
  const auto sha256 = sha256_file(status.file);
  status.state = sha256 && *sha256 == entry.sha256 ? State::kGood : State::kDamaged;
  return status;
}

std::string ModelRegistry::how_to_replace(const ModelEntry& entry,
                                          const std::filesystem::path& damaged) const {
  const std::string fetch = "run everyface models fetch " + entry.name;
  if (damaged == store_ / entry.file) {
    return fetch + " to replace it";
  }
  return "put a good copy in its place, or " + fetch +
         " --mirror DIR|URL with another mirror than " + mirror_;
}

Result<std::filesystem::path> ModelRegistry::install(const ModelEntry& entry,
                                                     std::string_view bytes) const {
  const std::filesystem::path target = store_ / entry.file;
  if (const auto sha256 = sha256_hex(bytes); sha256 != entry.sha256) {
    const std::filesystem::path aside = target.string() + ".refused";
    const auto kept = write_file_atomic(aside, bytes);
    return Error{"refused the file for " + entry.name + ": it has " +
                 difference(entry, sha256, bytes.size()) + "; " +
                 (kept ? "kept aside as " + aside.string() : kept.error().message)};
  }
  if (auto written = write_file_atomic(target, bytes); !written) {
    return written.error();
  }
  return target;
}

}  // namespace everyface
