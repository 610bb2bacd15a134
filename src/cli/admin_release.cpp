#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/base/file.h"
#include "everyface/commons/release_verify.h"
#include "everyface/commons/releases.h"
#include "web/commons.h"

namespace everyface::cli {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Release& release) {
  Json files = Json::array();
  for (const ReleaseFile& file : release.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return {{"version", release.version.text()},
          {"retired", release.state == ReleaseState::kRetired},
          {"published_ms", release.published_ms},
          {"photos", release.photos},
          {"people", release.people},
          {"removed", release.removed},
          {"downloads", release.downloads},
          {"files", std::move(files)}};
}

Result<void> list(AdminSite& site) {
  const auto releases = list_releases(site.database);
  if (!releases) {
    return releases.error();
  }
  Json all = Json::array();
  if (!site.json) {
    fmt::print("{:<10}{:>8}{:>8}{:>9}{:>11}  {}\n", "version", "photos", "people", "removed",
               "downloads", "state");
  }
  for (const Release& release : *releases) {
    if (site.json) {
      all.push_back(to_json(release));
    } else {
      fmt::print("{:<10}{:>8}{:>8}{:>9}{:>11}  {}\n", release.version.text(), release.photos,
                 release.people, release.removed, release.downloads,
                 release.state == ReleaseState::kRetired ? "retired" : "published");
    }
  }
  if (site.json) {
    fmt::print("{}\n", all.dump(1));
  }
  return {};
}

/// Cuts, publishes and verifies the next release.
Result<void> cut(AdminSite& site, const std::string& notes) {
  if (site.config.site.public_url.empty()) {
    return Error{"the configuration has no public_url, which the files of a release name"};
  }
  const auto opened = web::Commons::open(site.config, site.config.site.public_url);
  if (!opened) {
    return opened.error();
  }
  const auto release = (*opened)->releases.cut(std::nullopt, notes);
  if (!release) {
    return release.error();
  }
  if (site.json) {
    fmt::print("{}\n", to_json(*release).dump(1));
  } else {
    fmt::print("release {} is published: {} photos of {} people\n", release->version.text(),
               release->photos, release->people);
  }
  return {};
}

struct VerifyOptions {
  std::filesystem::path folder;
  std::filesystem::path key;
};

ExitCode verify(const VerifyOptions& options, bool json) {
  constexpr std::uint64_t kMostKeyBytes = 1U << 16U;
  const auto key = read_file(options.key, kMostKeyBytes);
  if (!key) {
    return cannot_run(key.error());
  }
  const auto check = verify_release(options.folder, *key);
  if (!check) {
    return cannot_run(check.error());
  }
  if (json) {
    fmt::print("{}\n", Json{{"intact", check->intact()},
                            {"files", check->files},
                            {"missing", check->missing},
                            {"damaged", check->damaged}}
                           .dump(1));
  } else {
    fmt::print("the signature is genuine; {} files are whole, {} not there, {} damaged\n",
               check->files, check->missing.size(), check->damaged.size());
  }
  for (const std::string& name : check->damaged) {
    complain((options.folder / name).string() + " has another digest; download it again");
  }
  return check->intact() ? kDone : kSomeFailed;
}

void add_verify(CLI::App& group, ExitCode& exit_code) {
  CLI::App* command = group.add_subcommand(
      "verify", "Check the files of a release that you have: signature and digests");
  auto options = std::make_shared<VerifyOptions>();
  auto json = std::make_shared<bool>(false);
  command
      ->add_option("FOLDER", options->folder,
                   "Folder of the downloaded files, or the one that the ZIP unpacks to")
      ->required();
  command->add_option("--key", options->key, "The site's public key, release-key.pem")->required();
  command->add_flag("--json", *json, "Answer with JSON on standard output");
  command->footer(
      "Exit code 1: files are damaged; 3: the signature is not of this key.\n"
      "Example:\n  everyface admin release verify everyface-commons-1.0 --key release-key.pem");
  command->callback([options, json, &exit_code] { exit_code = verify(*options, *json); });
}

}  // namespace

void add_admin_releases(AdminGroup& admin) {
  CLI::App* group = admin.app().add_subcommand("release", "What was published");
  group->require_subcommand(1);
  group->fallthrough();
  CLI::App* listing = group->add_subcommand("list", "Releases, the newest first");
  listing->footer("Example:\n  everyface admin release list --config site.toml --json");
  admin.act(*listing, list);
  CLI::App* cutting =
      group->add_subcommand("cut", "Publish all approved photos as a new release, and verify it");
  auto notes = std::make_shared<std::string>();
  cutting->add_option("--notes", *notes, "What is new, for the datasheet");
  cutting->footer(
      "Example:\n  everyface admin release cut --config site.toml --notes 'The second year.'");
  admin.act(*cutting, [notes](AdminSite& site) { return cut(site, *notes); });
  add_verify(*group, admin.exit_code());
}

}  // namespace everyface::cli
