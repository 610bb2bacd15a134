#include "money/ledger_rows.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "everyface/base/hash.h"

namespace everyface::ledger {
namespace {

/// On which side of zero an account must stay.
enum class Side { kDebit, kCredit, kAny };

struct KindFacts {
  AccountKind kind;
  std::string_view name;
  Side side;
  bool personal;
};

constexpr std::array<KindFacts, 17> kKinds = {{
    {AccountKind::kHeldWallet, "held_wallet", Side::kDebit, false},
    {AccountKind::kHeldBank, "held_bank", Side::kDebit, false},
    {AccountKind::kSourceMonetization, "source_monetization", Side::kAny, false},
    {AccountKind::kSourceOpenPayments, "source_open_payments", Side::kAny, false},
    {AccountKind::kSourceBank, "source_bank", Side::kAny, false},
    {AccountKind::kAllocated, "allocated", Side::kAny, false},
    {AccountKind::kPool, "pool", Side::kCredit, false},
    {AccountKind::kSite, "site", Side::kCredit, false},
    {AccountKind::kPending, "pending", Side::kCredit, true},
    {AccountKind::kVested, "vested", Side::kCredit, true},
    {AccountKind::kTransit, "transit", Side::kCredit, true},
    {AccountKind::kPaid, "paid", Side::kCredit, true},
    {AccountKind::kPayouts, "payouts", Side::kAny, false},
    {AccountKind::kFees, "fees", Side::kAny, false},
    {AccountKind::kCosts, "costs", Side::kAny, false},
    {AccountKind::kExchange, "exchange", Side::kAny, false},
    {AccountKind::kSpent, "spent", Side::kAny, false},
}};

const KindFacts& facts_of(AccountKind kind) {
  for (const KindFacts& facts : kKinds) {
    if (facts.kind == kind) {
      return facts;
    }
  }
  throw std::logic_error("no such kind of account");
}

void add_field(std::string& text, std::string_view field) {
  text += fmt::format("{}:{}", field.size(), field);
}

}  // namespace

std::string_view account_kind_name(AccountKind kind) { return facts_of(kind).name; }

std::optional<AccountKind> account_kind_of_name(std::string_view name) {
  for (const KindFacts& facts : kKinds) {
    if (facts.name == name) {
      return facts.kind;
    }
  }
  return std::nullopt;
}

bool is_personal(AccountKind kind) { return facts_of(kind).personal; }

std::string content_text(const Posting& posting) {
  std::string text;
  add_field(text, posting.key);
  add_field(text, posting.kind);
  add_field(text, posting.about);
  for (const Line& line : posting.lines) {
    add_field(text, account_kind_name(line.account.kind));
    add_field(text, line.account.owner.text());
    add_field(text, line.account.asset.code);
    add_field(text, std::to_string(line.account.asset.scale));
    add_field(text, std::to_string(line.amount));
  }
  return text;
}

std::string hash_of(const Recorded& recorded) {
  std::string text;
  add_field(text, recorded.previous_hash);
  add_field(text, std::to_string(recorded.position));
  add_field(text, std::to_string(recorded.at_ms));
  add_field(text, content_text(recorded.posting));
  return sha256_hex(text);
}

Result<void> check_balance(const Posting& posting) {
  std::map<Asset, std::int64_t> sums;
  for (const Line& line : posting.lines) {
    const auto sum = checked_sum(sums[line.account.asset], line.amount);
    if (!sum) {
      return Error{fmt::format("posting {}: its amounts are too large", posting.key),
                   "ledger_range"};
    }
    sums[line.account.asset] = *sum;
  }
  for (const auto& [asset, sum] : sums) {
    if (sum != 0) {
      return Error{fmt::format("posting {}: its lines sum to {}, not to zero", posting.key,
                               amount_text(sum, asset)),
                   "ledger_unbalanced"};
    }
  }
  return {};
}

Result<std::int64_t> moved_balance(const AccountName& account, std::int64_t balance,
                                   std::int64_t amount) {
  const auto moved = checked_sum(balance, amount);
  if (!moved) {
    return Error{"a balance is beyond 64 bits", "ledger_range"};
  }
  const KindFacts& facts = facts_of(account.kind);
  if ((facts.side == Side::kDebit && *moved < 0) || (facts.side == Side::kCredit && *moved > 0)) {
    return Error{fmt::format("{} has {}, too little for {}", facts.name,
                             amount_text(balance < 0 ? -balance : balance, account.asset),
                             amount_text(amount < 0 ? -amount : amount, account.asset)),
                 "ledger_overdraft"};
  }
  return *moved;
}

Result<std::vector<Recorded>> joined(std::vector<PostingRow>& postings,
                                     const std::vector<LineRow>& lines) {
  std::vector<Recorded> list;
  auto line = lines.begin();
  for (PostingRow& row : postings) {
    Recorded recorded{row.position,
                      row.at_ms,
                      {std::move(row.key), std::move(row.kind), {}, std::move(row.about)},
                      std::move(row.previous_hash),
                      std::move(row.hash)};
    for (; line != lines.end() && line->position == row.position; ++line) {
      const auto kind = account_kind_of_name(line->kind);
      if (!kind) {
        return Error{"ledger: there is no kind of account " + line->kind};
      }
      recorded.posting.lines.push_back(
          {{*kind, line->owner, {line->asset, static_cast<int>(line->scale)}}, line->amount});
    }
    list.push_back(std::move(recorded));
  }
  return list;
}

}  // namespace everyface::ledger
