// The site's own books: double entry, in whole smallest units, only ever added to.
//
// A posting moves money between accounts; its lines sum to zero in each asset. Debits are positive,
// credits negative, so that what the site has is positive and what it owes is negative, and the sum
// over all accounts is zero at any time. The chart of accounts:
//
//   held_wallet, held_bank     what the site has (debit; never below zero)
//   source_monetization,       what ever came in, by the way it came (credit)
//   source_open_payments, source_bank
//   allocated                  what of it was given a purpose (debit): always minus the sources
//   pool                       meant for contributors, not yet split (credit)
//   site                       meant for running the site (credit)
//   pending                    a contributor's, while a person looks at an alarm (credit)
//   vested                     a contributor's, to be paid out (credit)
//   transit                    a contributor's, on its way (credit)
//   paid                       what a contributor was ever paid (credit): together minus payouts
//   payouts                    what ever went to contributors (debit)
//   fees, costs, exchange      what was spent for the site, or lost by exchange (debit)
//   spent                      where it was taken from the site's part (credit): always minus these
//
// Each posting has a key that says what it is for ("reward:<release>"). Posting it again does
// nothing, so whoever does not know whether it was done does it again. Each is bound to all before
// it by a hash. Postings hold no names and no words of people; a contributor is its account's UUID.
//
// Codes of errors (Error::code):
//   ledger_unbalanced  lines that do not sum to zero, fewer than two, of zero, or an account twice
//   ledger_key         the key was used for another posting
//   ledger_overdraft   an account would fall below zero (held_*) or rise above it (pool, site,
//                      pending, vested, transit, paid)
//   ledger_range       beyond 64 bits
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/payments/amount.h"
#include "everyface/store/database.h"

namespace everyface::ledger {

enum class AccountKind {
  kHeldWallet,
  kHeldBank,
  kSourceMonetization,
  kSourceOpenPayments,
  kSourceBank,
  kAllocated,
  kPool,
  kSite,
  kPending,
  kVested,
  kTransit,
  kPaid,
  kPayouts,
  kFees,
  kCosts,
  kExchange,
  kSpent
};

/// "held_wallet", …
std::string_view account_kind_name(AccountKind kind);
std::optional<AccountKind> account_kind_of_name(std::string_view name);
/// Whether accounts of this kind are contributors'.
bool is_personal(AccountKind kind);

/// Contributors' accounts have an owner, the others Uuid().
struct AccountName {
  AccountKind kind = AccountKind::kPool;
  Uuid owner = {};
  Asset asset = {};

  friend auto operator<=>(const AccountName&, const AccountName&) = default;
};

struct Line {
  AccountName account;
  std::int64_t amount = 0;  ///< debit positive, credit negative
};

struct Posting {
  std::string key;   ///< at most 200 characters
  std::string kind;  ///< "income", "reward", "payout", …
  std::vector<Line> lines;
  std::string about = {};  ///< a JSON object or empty; nothing that tells who somebody is
};

struct Posted {
  std::int64_t position = 0;
  bool earlier = false;  ///< it was there already
};

/// Adds a posting in the transaction of what it records. All postings are one after the other, so
/// make it the transaction's last step where possible.
Result<Posted> post(Transaction& tx, const Posting& posting, std::int64_t now_ms);

/// The balance, debit positive; 0 for an account that has no line yet.
Result<std::int64_t> balance(Transaction& tx, const AccountName& account);

/// The balances of a contributor, by kind and asset.
Result<std::map<AccountName, std::int64_t>> balances_of(Transaction& tx, const Uuid& owner);

struct Recorded {
  std::int64_t position = 0;
  std::int64_t at_ms = 0;
  Posting posting;
  std::string previous_hash;
  std::string hash;
};

/// Postings after `position`, the oldest first.
Result<std::vector<Recorded>> list_after(Transaction& tx, std::int64_t position,
                                         std::int64_t limit);

/// The end of the chain. Noted elsewhere, it later proves that nothing up to it was changed.
struct Head {
  std::int64_t position = 0;
  std::string hash = std::string(64, '0');
};

struct Verified {
  Head head;
  std::map<Asset, std::map<AccountKind, std::int64_t>> sums;  ///< of all accounts of a kind
  std::int64_t people = 0;                                    ///< contributors who have an account
};

/// Reads all books and computes them anew: hashes, that each posting balances, every account's
/// balance, that no account is overdrawn at any time, that the sum of all is zero, allocated is
/// what came in, paid is what went out, and spent is fees, costs and exchange. Errors name the
/// posting or the account.
Result<Verified> verify(Database& database, const std::optional<Head>& noted = std::nullopt);

}  // namespace everyface::ledger
