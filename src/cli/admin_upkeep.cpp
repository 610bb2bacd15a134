#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/commons/upkeep.h"
#include "web/commons.h"

namespace everyface::cli {
namespace {

struct UpkeepOptions {
  bool orphans = false;
  int ahead_hours = 0;
};

Result<void> keep_up(AdminSite& site, const UpkeepOptions& options) {
  const auto opened = web::Commons::open(site.config, site.config.site.public_url);
  if (!opened) {
    return opened.error();
  }
  web::Commons& commons = **opened;
  const std::int64_t now_ms = commons.clock() + options.ahead_hours * kHourMs;
  std::int64_t orphans = 0;
  if (options.orphans) {
    auto found = trash_orphans(commons.database, *commons.blobs, now_ms);
    if (!found) {
      return found.error();
    }
    orphans = *found;
  }
  if (auto rewarded = commons.reward(now_ms); !rewarded) {
    return rewarded.error();
  }
  const auto done = tidy(commons.photos, commons.database, *commons.blobs, now_ms);
  if (!done) {
    return done.error();
  }
  // By the real time: servers touch what they are making now.
  const auto removed = remove_dead_work(commons.releases.settings().work_folder, commons.clock());
  if (!removed) {
    return removed.error();
  }
  const nlohmann::ordered_json counts = {{"blobs_erased", done->blobs_erased},
                                         {"orphans_found", orphans},
                                         {"templates_expired", done->templates_expired},
                                         {"networks_forgotten", done->networks_forgotten},
                                         {"photos_screened", done->photos_screened},
                                         {"releases_failed", done->releases_failed},
                                         {"files_unfinished", done->files_unfinished},
                                         {"files_of_dead_servers", *removed}};
  if (site.json) {
    fmt::print("{}\n", counts.dump());
    return {};
  }
  for (const auto& [name, count] : counts.items()) {
    fmt::print("{:<24}{:>8}\n", name, count.get<std::int64_t>());
  }
  return {};
}

}  // namespace

void add_admin_upkeep(AdminGroup& admin) {
  CLI::App* command = admin.app().add_subcommand(
      "upkeep", "Erase what is withdrawn, expired or left over, now (servers do it by themselves)");
  auto options = std::make_shared<UpkeepOptions>();
  command->add_flag("--orphans", options->orphans,
                    "Also look for files that no row names, as after restoring a backup");
  command
      ->add_option("--ahead", options->ahead_hours,
                   "As if so many hours had passed: what dead servers left is kept for a while")
      ->check(CLI::Range(0, 24 * 7));
  command->footer("Example:\n  everyface admin upkeep --config site.toml --orphans");
  admin.act(*command, [options](AdminSite& site) { return keep_up(site, *options); });
}

}  // namespace everyface::cli
