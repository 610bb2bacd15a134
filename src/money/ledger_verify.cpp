#include <fmt/format.h>

#include <set>
#include <tuple>

#include "money/ledger_rows.h"

namespace everyface::ledger {
namespace {

constexpr std::int64_t kAtOnce = 500;

using Balances = std::map<AccountName, std::int64_t>;

Result<void> check_link(const Recorded& recorded, const Head& before,
                        const std::optional<Head>& noted) {
  const auto wrong = [&](std::string_view what) {
    return Error{fmt::format("ledger, posting {}: {}", recorded.position, what)};
  };
  if (recorded.position != before.position + 1) {
    return Error{fmt::format("ledger: posting {} is missing", before.position + 1)};
  }
  if (recorded.previous_hash != before.hash) {
    return wrong("does not follow the one before it");
  }
  if (recorded.hash != hash_of(recorded)) {
    return wrong("was changed after it was written");
  }
  if (noted && noted->position == recorded.position && noted->hash != recorded.hash) {
    return wrong("has another hash than was noted; the books up to it were written anew");
  }
  return {};
}

Result<void> add_up(const Recorded& recorded, Balances& balances) {
  const auto at = [&](const Error& error) {
    return Error{fmt::format("ledger, posting {}: {}", recorded.position, error.message)};
  };
  if (auto balanced = check_balance(recorded.posting); !balanced) {
    return at(balanced.error());
  }
  for (const Line& line : recorded.posting.lines) {
    const auto moved = moved_balance(line.account, balances[line.account], line.amount);
    if (!moved) {
      return at(moved.error());
    }
    balances[line.account] = *moved;
  }
  return {};
}

/// What the rows of accounts say, against the sums of all lines.
Result<void> check_accounts(Transaction& tx, const Balances& balances) {
  using Row = std::tuple<std::string, Uuid, std::string, std::int64_t, std::int64_t>;
  auto rows = tx.query<Row>(sql("SELECT kind, owner, asset, scale, balance FROM ledger_accounts"));
  if (!rows) {
    return rows.error();
  }
  Balances kept;
  for (const auto& [kind, owner, asset, scale, amount] : *rows) {
    const auto known = account_kind_of_name(kind);
    if (!known) {
      return Error{"ledger: there is no kind of account " + kind};
    }
    kept[{*known, owner, {asset, static_cast<int>(scale)}}] = amount;
  }
  for (const auto& [account, amount] : balances) {
    if (!kept.contains(account) || kept.at(account) != amount) {
      return Error{fmt::format("ledger: account {} of {} has not the balance {} of its lines",
                               account_kind_name(account.kind), account.owner.text(),
                               amount_text(amount, account.asset))};
    }
  }
  if (kept.size() != balances.size()) {
    return Error{"ledger: there is an account without lines"};
  }
  return {};
}

/// What must be zero together.
Result<void> check_rules(const Asset& asset, const std::map<AccountKind, std::int64_t>& sums) {
  const auto sum_of = [&sums](std::initializer_list<AccountKind> kinds) {
    std::int64_t sum = 0;
    for (const AccountKind kind : kinds) {
      const auto found = sums.find(kind);
      sum += found == sums.end() ? 0 : found->second;
    }
    return sum;
  };
  std::int64_t all = 0;
  for (const auto& [kind, sum] : sums) {
    all += sum;
  }
  const std::pair<std::string_view, std::int64_t> rules[] = {
      {"the sum of all accounts", all},
      {"allocated against what came in",
       sum_of({AccountKind::kAllocated, AccountKind::kSourceMonetization,
               AccountKind::kSourceOpenPayments, AccountKind::kSourceBank})},
      {"paid against payouts", sum_of({AccountKind::kPaid, AccountKind::kPayouts})},
      {"spent against fees, costs and exchange",
       sum_of({AccountKind::kSpent, AccountKind::kFees, AccountKind::kCosts,
               AccountKind::kExchange})}};
  for (const auto& [name, sum] : rules) {
    if (sum != 0) {
      return Error{fmt::format("ledger: {} is off by {}", name, amount_text(sum, asset))};
    }
  }
  return {};
}

Result<Verified> sum_up(const Balances& balances) {
  Verified verified;
  std::set<Uuid> people;
  for (const auto& [account, amount] : balances) {
    std::int64_t& sum = verified.sums[account.asset][account.kind];
    const auto moved = checked_sum(sum, amount);
    if (!moved) {
      return Error{"ledger: a sum is beyond 64 bits", "ledger_range"};
    }
    sum = *moved;
    if (account.owner != Uuid()) {
      people.insert(account.owner);
    }
  }
  verified.people = static_cast<std::int64_t>(people.size());
  for (const auto& [asset, sums] : verified.sums) {
    if (auto good = check_rules(asset, sums); !good) {
      return good.error();
    }
  }
  return verified;
}

}  // namespace

Result<Verified> verify(Database& database, const std::optional<Head>& noted) {
  return database.read([&](Transaction& tx) -> Result<Verified> {
    Head head;
    Balances balances;
    while (true) {
      const auto postings = list_after(tx, head.position, kAtOnce);
      if (!postings) {
        return postings.error();
      }
      if (postings->empty()) {
        break;
      }
      for (const Recorded& recorded : *postings) {
        if (auto good = check_link(recorded, head, noted); !good) {
          return good.error();
        }
        if (auto good = add_up(recorded, balances); !good) {
          return good.error();
        }
        head = {recorded.position, recorded.hash};
      }
    }
    if (noted && noted->position > head.position) {
      return Error{
          fmt::format("ledger: ends at posting {}, but posting {} was noted; postings "
                      "were cut off",
                      head.position, noted->position)};
    }
    if (auto good = check_accounts(tx, balances); !good) {
      return good.error();
    }
    auto verified = sum_up(balances);
    if (verified) {
      verified->head = std::move(head);
    }
    return verified;
  });
}

}  // namespace everyface::ledger
