#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/admin.h"
#include "everyface/base/text.h"
#include "everyface/commons/account.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/clock.h"
#include "everyface/money/bookings.h"
#include "everyface/money/ledger.h"
#include "everyface/web/config.h"

namespace everyface::cli {
namespace {

using nlohmann::ordered_json;

struct VerifyOptions {
  std::string noted;
};

/// "12:9f86…": what an earlier run printed.
Result<std::optional<ledger::Head>> noted_head(const std::string& text) {
  if (text.empty()) {
    return std::optional<ledger::Head>();
  }
  constexpr std::size_t kHashDigits = 64;
  const std::size_t colon = text.find(':');
  const auto position = parse_int(text.substr(0, colon));
  if (colon == std::string::npos || !position || *position < 1 ||
      text.size() != colon + 1 + kHashDigits) {
    return Error{"--noted: not POSITION:HASH, as everyface admin ledger verify prints it"};
  }
  return std::optional(ledger::Head{*position, text.substr(colon + 1)});
}

ordered_json sums_json(const ledger::Verified& verified) {
  ordered_json assets = ordered_json::array();
  for (const auto& [asset, sums] : verified.sums) {
    ordered_json accounts = ordered_json::object();
    for (const auto& [kind, sum] : sums) {
      accounts[std::string(ledger::account_kind_name(kind))] = sum;
    }
    assets.push_back({{"asset", asset.code}, {"scale", asset.scale}, {"accounts", accounts}});
  }
  return assets;
}

Result<void> verify_books(AdminSite& site, const VerifyOptions& options) {
  const auto noted = noted_head(options.noted);
  if (!noted) {
    return noted.error();
  }
  const auto verified = ledger::verify(site.database, *noted);
  if (!verified) {
    return verified.error();
  }
  const auto& [position, hash] = verified->head;
  if (site.json) {
    fmt::print("{}\n", ordered_json{{"postings", position},
                                    {"hash", hash},
                                    {"people", verified->people},
                                    {"assets", sums_json(*verified)}}
                           .dump());
    return {};
  }
  if (position == 0) {
    fmt::print("the books are empty\n");
    return {};
  }
  for (const auto& [asset, sums] : verified->sums) {
    for (const auto& [kind, sum] : sums) {
      fmt::print("{:<22}{:>20}\n", ledger::account_kind_name(kind), amount_text(sum, asset));
    }
  }
  fmt::print("the books balance; {} postings, accounts of {} people; note elsewhere: {}:{}\n",
             position, verified->people, position, hash);
  return {};
}

struct ListOptions {
  std::int64_t after = 0;
  std::int64_t limit = 50;
};

Result<void> list_postings(AdminSite& site, const ListOptions& options) {
  const auto postings = site.database.read(
      [&](Transaction& tx) { return ledger::list_after(tx, options.after, options.limit); });
  if (!postings) {
    return postings.error();
  }
  ordered_json all = ordered_json::array();
  for (const ledger::Recorded& recorded : *postings) {
    ordered_json lines = ordered_json::array();
    if (!site.json) {
      fmt::print("{} {}\n", recorded.position, recorded.posting.key);
    }
    for (const auto& [account, amount] : recorded.posting.lines) {
      const std::string owner = account.owner == Uuid() ? "" : account.owner.text();
      if (site.json) {
        lines.push_back({{"account", ledger::account_kind_name(account.kind)},
                         {"owner", owner},
                         {"asset", account.asset.code},
                         {"scale", account.asset.scale},
                         {"amount", amount}});
      } else {
        fmt::print("  {:<22}{:>20}  {}\n", ledger::account_kind_name(account.kind),
                   amount_text(amount, account.asset), owner);
      }
    }
    all.push_back({{"position", recorded.position},
                   {"at_ms", recorded.at_ms},
                   {"key", recorded.posting.key},
                   {"kind", recorded.posting.kind},
                   {"lines", std::move(lines)}});
  }
  if (site.json) {
    fmt::print("{}\n", all.dump());
  }
  return {};
}

struct BookOptions {
  std::string what;  ///< of an income: its source; of an expense: its kind
  std::string held = "bank";
  std::string account;  ///< whom something was paid to
  std::string amount;
  std::string reference;
};

using Book = std::function<Result<ledger::Posted>(Transaction& tx, std::int64_t amount,
                                                  std::int64_t now_ms)>;

/// Books in one transaction with its entry in the audit log.
Result<void> book(AdminSite& site, const BookOptions& options, const Book& post) {
  const auto amount = parse_amount(options.amount, site.config.money.rewards.asset);
  if (!amount) {
    return Error{"--amount: " + amount.error().message};
  }
  const std::int64_t now_ms = system_clock()();
  const auto posted = site.database.transact([&](Transaction& tx) -> Result<ledger::Posted> {
    auto done = post(tx, *amount, now_ms);
    if (done && !done->earlier) {
      if (auto logged = audit::append(
              tx, {std::nullopt, "ledger.book", fmt::format("posting {}", done->position)}, now_ms);
          !logged) {
        return logged.error();
      }
    }
    return done;
  });
  if (!posted) {
    return posted.error();
  }
  if (site.json) {
    fmt::print("{}\n",
               ordered_json{{"position", posted->position}, {"earlier", posted->earlier}}.dump());
  } else if (posted->earlier) {
    fmt::print("posting {}: was there already; nothing was done\n", posted->position);
  } else {
    fmt::print("posting {}: booked\n", posted->position);
  }
  return {};
}

Held held_of(const BookOptions& options) {
  return options.held == "wallet" ? Held::kWallet : Held::kBank;
}

Result<void> book_income_of(AdminSite& site, const BookOptions& options) {
  return book(site, options, [&](Transaction& tx, std::int64_t amount, std::int64_t now_ms) {
    return book_income(
        tx,
        {*ledger::account_kind_of_name("source_" + options.what), held_of(options), amount,
         site.config.money.rewards.asset, options.reference, site.config.money.site_percent},
        now_ms);
  });
}

Result<void> book_expense_of(AdminSite& site, const BookOptions& options) {
  return book(site, options, [&](Transaction& tx, std::int64_t amount, std::int64_t now_ms) {
    return book_expense(tx,
                        {*ledger::account_kind_of_name(options.what), held_of(options), amount,
                         site.config.money.rewards.asset, options.reference},
                        now_ms);
  });
}

Result<void> book_paid_to(AdminSite& site, const BookOptions& options) {
  return book(
      site, options,
      [&](Transaction& tx, std::int64_t amount, std::int64_t now_ms) -> Result<ledger::Posted> {
        auto account = find_account_by_email(tx, lower_case(trim(options.account)));
        if (!account) {
          return account.error();
        }
        if (!*account) {
          return Error{"there is no account of " + options.account};
        }
        return book_paid_out(tx,
                             {(*account)->id, held_of(options), amount,
                              site.config.money.rewards.asset, options.reference},
                             now_ms);
      });
}

CLI::App* add_booking(CLI::App& group, const std::string& name, const std::string& help,
                      const std::shared_ptr<BookOptions>& options) {
  CLI::App* command = group.add_subcommand(name, help);
  command->add_option("--amount", options->amount, "In the site's asset, such as 12.50")
      ->required();
  command
      ->add_option("--reference", options->reference,
                   "What names this payment, such as the bank's number: it is booked once")
      ->required();
  command->add_option("--held", options->held, "Where the site's money is")
      ->check(CLI::IsMember({"bank", "wallet"}))
      ->capture_default_str();
  return command;
}

}  // namespace

void add_admin_ledger(AdminGroup& admin) {
  CLI::App* group = admin.app().add_subcommand("ledger", "The site's books");
  group->require_subcommand(1);
  group->fallthrough();

  CLI::App* verify = group->add_subcommand(
      "verify",
      "Compute all books anew: hashes, balances, and that not a smallest unit is missing");
  auto verify_options = std::make_shared<VerifyOptions>();
  verify->add_option("--noted", verify_options->noted,
                     "POSITION:HASH of an earlier run: shows postings cut off at the end too");
  verify->footer(
      "Example:\n  everyface admin ledger verify --config site.toml >> /elsewhere/heads");
  admin.act(*verify,
            [verify_options](AdminSite& site) { return verify_books(site, *verify_options); });

  CLI::App* list = group->add_subcommand("list", "Postings, the oldest first");
  auto list_options = std::make_shared<ListOptions>();
  list->add_option("--after", list_options->after, "Begin after this posting");
  list->add_option("--limit", list_options->limit)
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  list->footer("Example:\n  everyface admin ledger list --after 100 --json");
  admin.act(*list, [list_options](AdminSite& site) { return list_postings(site, *list_options); });

  auto income = std::make_shared<BookOptions>();
  CLI::App* received = add_booking(*group, "income", "Book what came in", income);
  received->add_option("--source", income->what, "By which way it came")
      ->required()
      ->check(CLI::IsMember({"monetization", "open_payments", "bank"}));
  received->footer(
      "Example:\n  everyface admin ledger income --source bank --amount 250.00 --reference "
      "2026-11/0042");
  admin.act(*received, [income](AdminSite& site) { return book_income_of(site, *income); });

  auto expense = std::make_shared<BookOptions>();
  CLI::App* spent =
      add_booking(*group, "expense", "Book what was spent out of the site's part", expense);
  spent->add_option("--kind", expense->what, "What it was for")
      ->required()
      ->check(CLI::IsMember({"costs", "fees", "exchange"}));
  spent->footer(
      "Example:\n  everyface admin ledger expense --kind fees --amount 1.90 --reference "
      "2026-11/0043");
  admin.act(*spent, [expense](AdminSite& site) { return book_expense_of(site, *expense); });

  auto paid = std::make_shared<BookOptions>();
  CLI::App* paid_out =
      add_booking(*group, "paid", "Book what a contributor was paid, out of what is vested", paid);
  paid_out->add_option("--account", paid->account, "The contributor's mail address")->required();
  paid_out->footer(
      "Example:\n  everyface admin ledger paid --account ada@example.org --amount 12.50 "
      "--reference "
      "2026-11/0044");
  admin.act(*paid_out, [paid](AdminSite& site) { return book_paid_to(site, *paid); });
}

}  // namespace everyface::cli
