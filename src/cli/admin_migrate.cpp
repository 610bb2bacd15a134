#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/store/migrate.h"

namespace everyface::cli {
namespace {

Result<void> migrate_site(AdminSite& site) {
  const auto applied = migrate(site.database, schema_migrations());
  if (!applied) {
    return applied.error();
  }
  const std::int64_t version = schema_migrations().back().number;
  if (site.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"applied", *applied}, {"version", version}}.dump());
  } else {
    fmt::print("{}: {} {} applied, the schema is at {}\n", site.database.display_name(), *applied,
               *applied == 1 ? "migration" : "migrations", version);
  }
  return {};
}

}  // namespace

void add_admin_migrate(AdminGroup& admin) {
  CLI::App* command = admin.app().add_subcommand(
      "migrate",
      "Create the tables, or bring them up to this program (everyface serve does it too)");
  command->footer(
      "Make a backup first. Safe while servers run and when run twice.\n"
      "Example:\n  everyface admin migrate --config site.toml");
  admin.act(*command, migrate_site, false);
}

}  // namespace everyface::cli
