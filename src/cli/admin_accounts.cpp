#include <fmt/chrono.h>
#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "cli/admin_people.h"
#include "cli/password_prompt.h"
#include "everyface/commons/accounts.h"
#include "everyface/commons/second_factor.h"
#include "everyface/commons/sessions.h"

namespace everyface::cli {
namespace {

struct Options {
  std::string who;
  std::string role = "administrator";
  std::string language = "en";
  std::filesystem::path password_file;
  std::string only_role;
  bool closed_too = false;
  bool sure = false;
};
using Shared = std::shared_ptr<Options>;

CLI::IsMember roles() { return CLI::IsMember({"contributor", "moderator", "administrator"}); }

/// By address or key.
Result<Account> find(AdminSite& site, const std::string& who) {
  auto account = site.database.read([&](Transaction& tx) {
    const std::optional<Uuid> key = Uuid::parse(who);
    return key ? find_account(tx, *key) : find_account_by_email(tx, who);
  });
  if (!account) {
    return account.error();
  }
  if (!*account) {
    return Error{"there is no account " + who + "; see: everyface admin accounts list"};
  }
  return std::move(**account);
}

/// Finds WHO and acts on them.
Result<void> act_on(AdminSite& site, const std::string& who,
                    const std::function<Result<void>(People&, const Account&)>& action) {
  const auto account = find(site, who);
  if (!account) {
    return account.error();
  }
  const auto people = AdminPeople::open(site);
  return people ? action((*people)->people(), *account) : people.error();
}

Result<void> create(AdminSite& site, const Options& options) {
  auto password = read_password(options.password_file);
  if (!password) {
    return password.error();
  }
  auto people = AdminPeople::open(site);
  if (!people) {
    return people.error();
  }
  auto account = Accounts((*people)->people())
                     .create(options.who, *password, *role_of_name(options.role), options.language);
  if (!account) {
    return account.error();
  }
  if (site.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"id", account->text()}}.dump());
  } else {
    fmt::print("{} is {} now (account {}); {}\n", options.who, options.role, account->text(),
               options.role == "contributor"
                   ? "sign in with address and password"
                   : "sign in and set up a second factor, which this role needs");
  }
  return {};
}

Result<void> set_role(AdminSite& site, const Options& options) {
  auto done = act_on(site, options.who, [&](People& people, const Account& account) {
    return Accounts(people).set_role(std::nullopt, account.id, *role_of_name(options.role));
  });
  if (done) {
    fmt::print(stderr, "{} is {} now, and has to sign in again\n", options.who, options.role);
  }
  return done;
}

nlohmann::ordered_json account_json(const Account& account) {
  return {{"id", account.id.text()},         {"email", account.email},
          {"role", role_name(account.role)}, {"second_factor", account.second_factor},
          {"closed", account.closed},        {"created_ms", account.created_ms}};
}

void print_account(const Account& account) {
  fmt::print("{}  {:%Y-%m-%d}  {:<13}  {:<16}  {}\n", account.id.text(),
             fmt::gmtime(static_cast<std::time_t>(account.created_ms / kSecondMs)),
             role_name(account.role), account.second_factor ? "second factor" : "password only",
             account.closed ? "(closed)" : account.email);
}

Result<void> list(AdminSite& site, const Options& options) {
  AccountFilter filter;
  filter.role = role_of_name(options.only_role);
  filter.closed_too = options.closed_too;
  filter.limit = 1000;
  auto json = nlohmann::ordered_json::array();
  while (true) {
    const auto page = list_accounts(site.database, filter);
    if (!page) {
      return page.error();
    }
    for (const Account& account : *page) {
      if (site.json) {
        json.push_back(account_json(account));
      } else {
        print_account(account);
      }
    }
    if (static_cast<std::int64_t>(page->size()) < filter.limit) {
      break;
    }
    filter.after = page->back().id;
  }
  if (site.json) {
    fmt::print("{}\n", json.dump(1));
  }
  return {};
}

Result<void> sign_out(AdminSite& site, const Options& options) {
  return act_on(site, options.who, [](People& people, const Account& account) {
    return Sessions(people).sign_out_everywhere(account.id);
  });
}

Result<void> close(AdminSite& site, const Options& options) {
  if (!options.sure) {
    return Error{"this withdraws all that they gave and cannot be undone; repeat it with --yes"};
  }
  return act_on(site, options.who, [](People& people, const Account& account) {
    return Accounts(people).close_for(std::nullopt, account.id);
  });
}

Result<void> reset_second_factor(AdminSite& site, const Options& options) {
  auto done = act_on(site, options.who, [](People& people, const Account& account) {
    return SecondFactor(people).reset_for(std::nullopt, account.id);
  });
  if (done) {
    fmt::print(stderr, "{} signs in by password alone now; they were told by mail\n", options.who);
  }
  return done;
}

CLI::App* add(CLI::App& parent, const char* name, const char* help, const char* footer) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->footer(footer);
  return command;
}

void add_who(CLI::App& command, const Shared& options) {
  command.add_option("WHO", options->who, "E-mail address, or the account's key")->required();
}

void add_create(AdminGroup& admin) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add(admin.app(), "create", "Make an account: a site's first administrator",
                          "The password is asked for at the terminal; there is no default one.\n"
                          "Examples:\n"
                          "  everyface admin create ada@example.org --config site.toml\n"
                          "  everyface admin create bob@example.org --role moderator "
                          "--password-file /run/secrets/bob");
  command->add_option("EMAIL", options->who, "E-mail address")->required();
  command->add_option("--role", options->role, "Role (default: administrator)")->check(roles());
  command->add_option("--language", options->language, "Of mails and pages: en or de (default: en)")
      ->check(CLI::IsMember({"en", "de"}));
  command->add_option("--password-file", options->password_file,
                      "File whose first line is the password; - for standard input");
  admin.act(*command, [options](AdminSite& site) { return create(site, *options); });
}

void add_role(AdminGroup& admin) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add(admin.app(), "role", "Give an account another role",
                          "Example:\n  everyface admin role bob@example.org moderator");
  add_who(*command, options);
  command->add_option("ROLE", options->role, "contributor, moderator or administrator")
      ->required()
      ->check(roles());
  admin.act(*command, [options](AdminSite& site) { return set_role(site, *options); });
}

void add_list(AdminGroup& admin, CLI::App& accounts) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add(accounts, "list", "Every account, in order of joining",
                          "Example:\n  everyface admin accounts list --role moderator --json");
  command->add_option("--role", options->only_role, "Only this role")->check(roles());
  command->add_flag("--closed", options->closed_too, "Closed accounts too");
  admin.act(*command, [options](AdminSite& site) { return list(site, *options); });
}

void add_sign_out(AdminGroup& admin, CLI::App& accounts) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add(accounts, "sign-out", "End all sessions of an account",
                          "Example:\n  everyface admin accounts sign-out bob@example.org");
  add_who(*command, options);
  admin.act(*command, [options](AdminSite& site) { return sign_out(site, *options); });
}

void add_close(AdminGroup& admin, CLI::App& accounts) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add(accounts, "close", "Close an account for somebody who asked for it: all is withdrawn",
          "The same as they can do themselves under My data. Make sure first whom you speak with.\n"
          "Example:\n  everyface admin accounts close bob@example.org --yes");
  add_who(*command, options);
  command->add_flag("--yes", options->sure, "Really");
  admin.act(*command, [options](AdminSite& site) { return close(site, *options); });
}

void add_totp(AdminGroup& admin) {
  CLI::App* totp = admin.app().add_subcommand("totp", "Second factors");
  totp->require_subcommand(1);
  totp->fallthrough();
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add(*totp, "reset", "Take the second factor off, for who has lost phone and recovery codes",
          "Make sure first whom you speak with. They are told by mail.\n"
          "Example:\n  everyface admin totp reset bob@example.org");
  add_who(*command, options);
  admin.act(*command, [options](AdminSite& site) { return reset_second_factor(site, *options); });
}

}  // namespace

void add_admin_accounts(AdminGroup& admin) {
  add_create(admin);
  add_role(admin);
  CLI::App* accounts = admin.app().add_subcommand("accounts", "Who there is");
  accounts->require_subcommand(1);
  accounts->fallthrough();
  add_list(admin, *accounts);
  add_sign_out(admin, *accounts);
  add_close(admin, *accounts);
  add_totp(admin);
}

}  // namespace everyface::cli
