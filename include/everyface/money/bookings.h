// What happens to the site's money, as postings of ledger.h.
#pragma once

#include <cstdint>
#include <string>

#include "everyface/money/ledger.h"

namespace everyface {

/// Where money is held.
enum class Held { kBank, kWallet };

struct Income {
  ledger::AccountKind source = ledger::AccountKind::kSourceBank;  ///< one of kSource…
  Held held = Held::kBank;
  std::int64_t amount = 0;  ///< above 0
  Asset asset = {};
  std::string reference;  ///< the same for the same payment, whenever it is booked
  int site_percent = 0;   ///< for running the site, rounded down; the rest is for contributors
};

/// What came in. Codes: those of ledger::post(); amount (not above 0), reference (empty or longer
/// than 150 characters).
Result<ledger::Posted> book_income(Transaction& tx, const Income& income, std::int64_t now_ms);

struct Expense {
  ledger::AccountKind kind = ledger::AccountKind::kCosts;  ///< kCosts, kFees or kExchange
  Held held = Held::kBank;
  std::int64_t amount = 0;
  Asset asset = {};
  std::string reference;
};

/// What was spent out of the site's part. Code ledger_overdraft where that has not enough.
Result<ledger::Posted> book_expense(Transaction& tx, const Expense& expense, std::int64_t now_ms);

struct PaidOut {
  Uuid account;
  Held held = Held::kBank;
  std::int64_t amount = 0;
  Asset asset = {};
  std::string reference;
};

/// What a contributor has been paid, out of what is vested.
Result<ledger::Posted> book_paid_out(Transaction& tx, const PaidOut& paid, std::int64_t now_ms);

/// A payment to a contributor that is on its way: out of what is vested. Its fee is spent out of
/// the site's part at once, so that it is there when the wallet takes it.
struct Sending {
  Uuid account;
  Asset asset = {};
  std::int64_t amount = 0;  ///< above 0
  std::int64_t fee = 0;     ///< that leaves the wallet besides
  std::string reference;    ///< of this try
};
/// Code ledger_overdraft where less is vested, or the site's part cannot bear the fee.
Result<ledger::Posted> book_sending(Transaction& tx, const Sending& sending, std::int64_t now_ms);

/// What became of it: the contributor got `paid` of the amount, and the wallet took the fee or not;
/// the rest is vested, or the site's, again.
Result<ledger::Posted> book_sent(Transaction& tx, const Sending& sending, std::int64_t paid,
                                 bool fee_taken, std::int64_t now_ms);

}  // namespace everyface
