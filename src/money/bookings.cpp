#include "everyface/money/bookings.h"

#include <algorithm>
#include <utility>

namespace everyface {
namespace {

using ledger::AccountKind;

constexpr std::size_t kMostReference = 150;
constexpr std::int64_t kHundred = 100;

Result<void> check(std::int64_t amount, const std::string& reference, const Asset& asset) {
  if (amount <= 0) {
    return Error{"the amount must be more than zero", "amount"};
  }
  if (reference.empty() || reference.size() > kMostReference) {
    return Error{"the reference must have from 1 to 150 characters", "reference"};
  }
  return check_asset(asset);
}

AccountKind account_of(Held held) {
  return held == Held::kBank ? AccountKind::kHeldBank : AccountKind::kHeldWallet;
}

}  // namespace

Result<ledger::Posted> book_income(Transaction& tx, const Income& income, std::int64_t now_ms) {
  if (auto good = check(income.amount, income.reference, income.asset); !good) {
    return good.error();
  }
  // In two parts, so that no product overflows.
  const std::int64_t site = income.amount / kHundred * income.site_percent +
                            income.amount % kHundred * income.site_percent / kHundred;
  const Asset& asset = income.asset;
  ledger::Posting posting{"income:" + income.reference,
                          "income",
                          {{{account_of(income.held), {}, asset}, income.amount},
                           {{income.source, {}, asset}, -income.amount},
                           {{AccountKind::kAllocated, {}, asset}, income.amount}}};
  for (const auto& [kind, part] :
       {std::pair{AccountKind::kPool, income.amount - site}, std::pair{AccountKind::kSite, site}}) {
    if (part != 0) {
      posting.lines.push_back({{kind, {}, asset}, -part});
    }
  }
  return ledger::post(tx, posting, now_ms);
}

Result<ledger::Posted> book_expense(Transaction& tx, const Expense& expense, std::int64_t now_ms) {
  if (auto good = check(expense.amount, expense.reference, expense.asset); !good) {
    return good.error();
  }
  const Asset& asset = expense.asset;
  return ledger::post(tx,
                      {"expense:" + expense.reference,
                       "expense",
                       {{{AccountKind::kSite, {}, asset}, expense.amount},
                        {{account_of(expense.held), {}, asset}, -expense.amount},
                        {{expense.kind, {}, asset}, expense.amount},
                        {{AccountKind::kSpent, {}, asset}, -expense.amount}}},
                      now_ms);
}

Result<ledger::Posted> book_paid_out(Transaction& tx, const PaidOut& paid, std::int64_t now_ms) {
  if (auto good = check(paid.amount, paid.reference, paid.asset); !good) {
    return good.error();
  }
  const Asset& asset = paid.asset;
  return ledger::post(tx,
                      {"paid:" + paid.reference,
                       "paid",
                       {{{AccountKind::kVested, paid.account, asset}, paid.amount},
                        {{AccountKind::kPaid, paid.account, asset}, -paid.amount},
                        {{AccountKind::kPayouts, {}, asset}, paid.amount},
                        {{account_of(paid.held), {}, asset}, -paid.amount}}},
                      now_ms);
}

namespace {

using Amounts = std::initializer_list<std::pair<ledger::AccountName, std::int64_t>>;

void add_lines(ledger::Posting& posting, Amounts lines) {
  for (const auto& [account, amount] : lines) {
    if (amount != 0) {
      posting.lines.push_back({account, amount});
    }
  }
}

}  // namespace

Result<ledger::Posted> book_sending(Transaction& tx, const Sending& sending, std::int64_t now_ms) {
  if (auto good = check(sending.amount, sending.reference, sending.asset); !good) {
    return good.error();
  }
  const Asset& asset = sending.asset;
  ledger::Posting posting{"sending:" + sending.reference, "sending", {}};
  add_lines(posting, {{{AccountKind::kVested, sending.account, asset}, sending.amount},
                      {{AccountKind::kTransit, sending.account, asset}, -sending.amount},
                      {{AccountKind::kSite, {}, asset}, sending.fee},
                      {{AccountKind::kHeldWallet, {}, asset}, -sending.fee},
                      {{AccountKind::kFees, {}, asset}, sending.fee},
                      {{AccountKind::kSpent, {}, asset}, -sending.fee}});
  return ledger::post(tx, posting, now_ms);
}

Result<ledger::Posted> book_sent(Transaction& tx, const Sending& sending, std::int64_t paid,
                                 bool fee_taken, std::int64_t now_ms) {
  if (auto good = check(sending.amount, sending.reference, sending.asset); !good) {
    return good.error();
  }
  const Asset& asset = sending.asset;
  const std::int64_t unused_fee = fee_taken ? 0 : sending.fee;
  ledger::Posting posting{"sent:" + sending.reference, paid > 0 ? "paid" : "returned", {}};
  add_lines(posting, {{{AccountKind::kTransit, sending.account, asset}, sending.amount},
                      {{AccountKind::kPaid, sending.account, asset}, -paid},
                      {{AccountKind::kVested, sending.account, asset}, paid - sending.amount},
                      {{AccountKind::kPayouts, {}, asset}, paid},
                      {{AccountKind::kHeldWallet, {}, asset}, unused_fee - paid},
                      {{AccountKind::kSite, {}, asset}, -unused_fee},
                      {{AccountKind::kFees, {}, asset}, -unused_fee},
                      {{AccountKind::kSpent, {}, asset}, unused_fee}});
  return ledger::post(tx, posting, now_ms);
}

}  // namespace everyface
