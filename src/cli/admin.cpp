#include "cli/admin.h"

#include <fmt/format.h>

#include "everyface/base/file.h"
#include "everyface/store/migrate.h"

namespace everyface::cli {
namespace {

/// The schema is what this program works with: a server migrates when it starts, the command line
/// only when it is told to.
Result<void> check_schema(Database& database) {
  const auto newest = schema_migrations().back().number;
  const auto version = schema_version(database);
  if (!version || *version < newest) {
    return Error{fmt::format("{} has not the tables of this program; run: everyface admin migrate",
                             database.display_name())};
  }
  if (*version > newest) {
    return Error{database.display_name() + " was made by a newer everyface; upgrade this program"};
  }
  return {};
}

Result<AdminSite> open_site(const AdminOptions& options) {
  auto config =
      web::load_config(options.config.empty() ? std::nullopt : std::optional(options.config),
                       web::environment_of_process());
  if (!config) {
    return config.error();
  }
  if (auto made = make_folder(config->data.folder); !made) {
    return made.error();
  }
  auto database = Database::open(config->database.url);
  if (!database) {
    return database.error();
  }
  return AdminSite{std::move(*config), std::move(*database), options.json};
}

ExitCode run(const AdminOptions& options, bool up_to_date, const AdminAction& action) {
  auto site = open_site(options);
  if (!site) {
    return cannot_run(site.error());
  }
  if (up_to_date) {
    if (const auto fine = check_schema(site->database); !fine) {
      return cannot_run(fine.error());
    }
  }
  if (const auto done = action(*site); !done) {
    return cannot_run(done.error());
  }
  return kDone;
}

}  // namespace

AdminGroup::AdminGroup(CLI::App& app, ExitCode& exit_code)
    : app_(app.add_subcommand(
          "admin", "The people who run a site: accounts, roles, releases, books, audit log")),
      exit_code_(&exit_code),
      options_(std::make_shared<AdminOptions>()) {
  app_->require_subcommand(1);
  app_->fallthrough();
  app_->add_option("--config", options_->config, "The site's configuration, as of everyface serve");
  app_->add_flag("--json", options_->json, "Answer with JSON on standard output");
}

void AdminGroup::act(CLI::App& command, AdminAction action, bool up_to_date) {
  command.fallthrough();
  command.callback([options = options_, exit_code = exit_code_, action = std::move(action),
                    up_to_date] { *exit_code = run(*options, up_to_date, action); });
}

void add_admin(CLI::App& app, ExitCode& exit_code) {
  AdminGroup admin(app, exit_code);
  add_admin_accounts(admin);
  add_admin_audit(admin);
  add_admin_ledger(admin);
  add_admin_migrate(admin);
  add_admin_moderation(admin);
  add_admin_releases(admin);
  add_admin_simulate_rewards(admin);
  add_admin_upkeep(admin);
  admin.app().footer(
      "Examples:\n"
      "  everyface admin migrate --config site.toml\n"
      "  everyface admin create ada@example.org --config site.toml\n"
      "  everyface admin role bob@example.org moderator\n"
      "  everyface admin accounts list --role moderator --json\n"
      "  everyface admin release cut --config site.toml\n"
      "  everyface admin audit verify\n"
      "  everyface admin ledger verify");
}

}  // namespace everyface::cli
