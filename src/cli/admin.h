// `everyface admin`: what its groups of subcommands share. A further group is one file with one
// function like those at the end, called in admin.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "everyface/store/database.h"
#include "everyface/web/config.h"

namespace everyface::cli {

/// Options of every subcommand.
struct AdminOptions {
  std::filesystem::path config;  ///< empty: the environment alone
  bool json = false;
};

/// The part of a site that the commands work on.
struct AdminSite {
  web::Config config;
  Database database;
  bool json = false;
};

/// Opens the site and acts on it.
using AdminAction = std::function<Result<void>(AdminSite& site)>;

/// The group that subcommands are added to.
class AdminGroup {
 public:
  AdminGroup(CLI::App& app, ExitCode& exit_code);

  /// Adds a subcommand to `parent`, the group's or one of its own subcommands. `action` runs once
  /// the database is open; its error is printed. Without `up_to_date`, the schema may be older.
  void act(CLI::App& command, AdminAction action, bool up_to_date = true);
  [[nodiscard]] CLI::App& app() { return *app_; }
  /// For subcommands that need no site.
  [[nodiscard]] ExitCode& exit_code() { return *exit_code_; }

 private:
  CLI::App* app_;
  ExitCode* exit_code_;
  std::shared_ptr<AdminOptions> options_;
};

void add_admin_accounts(AdminGroup& admin);
void add_admin_audit(AdminGroup& admin);
void add_admin_ledger(AdminGroup& admin);
void add_admin_migrate(AdminGroup& admin);
void add_admin_moderation(AdminGroup& admin);
void add_admin_releases(AdminGroup& admin);
void add_admin_simulate_rewards(AdminGroup& admin);
void add_admin_upkeep(AdminGroup& admin);

}  // namespace everyface::cli
