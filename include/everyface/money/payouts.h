// Paying contributors what is vested, out of the site's wallet into theirs.
//
// One administrator proposes a batch, another approves it; both give a code of their second factor
// (the pages ask for it). A batch holds everyone with a verified wallet and enough vested who is in
// no other. The site's wallet has been opened to the site before, by its owner's grant with a limit
// for each month.
//
//   a payout:  waiting -> sending -> paid
//                      <-            a try failed: again, with growing pauses
//                      -> held       five tries failed, only a part arrived, or the wallet or the
//                                    books say no: a person looks
//              held -> waiting | returned
//
// Where both wallets are of the books' asset, the contributor gets the whole amount and the site
// pays the wallet's fee; where they are not, the amount is sent and the contributor's wallet gets
// what it is worth there. See transfers.h for why nobody is paid twice.
//
// Codes of errors (Error::code): not_allowed; not_found; batch_state; batch_open (another is);
// batch_empty; same_person (who proposed cannot approve); no_grant (the wallet is not opened);
// payout_state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "everyface/money/transfers.h"
#include "everyface/money/wallet_grants.h"

namespace everyface {

inline constexpr std::string_view kPayoutsPurpose = "payouts";
inline constexpr std::string_view kPayoutPurpose = "payout";

struct PayoutSettings {
  std::int64_t least = 500;   ///< minor units: less waits for the next batch
  int most_fee_percent = 10;  ///< of the amount; a fee above is held before a person
  std::int64_t most_attempts = 5;
};

struct Payout {
  Uuid id;
  Uuid account;
  std::string wallet;
  std::int64_t amount = 0;  ///< still to be paid
  std::int64_t paid = 0;
  std::string state;
  std::string receive_text;  ///< "12.30 USD": what the wallet gets, as quoted
  std::string problem;       ///< a code, then words
};

struct PayoutBatch {
  Uuid id;
  std::string state;  ///< "proposed", "approved", "cancelled"; "done": approved and nothing open
  Asset asset;
  Uuid proposed_by;
  std::int64_t proposed_ms = 0;
  std::optional<Uuid> approved_by;
  std::optional<std::int64_t> approved_ms;
  std::vector<Payout> payouts;
};

/// Asks the site's wallet to open itself for payouts: at most `limit` in a month, for `months`. The
/// answer is a grant of kPayoutsPurpose. What it was opened for before ends with that.
Result<std::string> open_wallet(WalletDesk& desk, const Uuid& administrator, std::int64_t limit,
                                std::int64_t months);
/// Whether it is open.
Result<bool> wallet_is_open(Database& database);
/// Hands back every grant that opened it.
Result<void> close_wallet(WalletDesk& desk, const Uuid& administrator);

Result<Uuid> propose_batch(Database& database, std::int64_t now_ms, const Uuid& administrator,
                           const Asset& asset, const PayoutSettings& settings);
Result<void> approve_batch(Database& database, std::int64_t now_ms, const Uuid& administrator,
                           const Uuid& batch);
/// Before it is approved.
Result<void> cancel_batch(Database& database, std::int64_t now_ms, const Uuid& administrator,
                          const Uuid& batch);

Result<PayoutBatch> find_batch(Database& database, const Uuid& batch);
/// The newest first, without their payouts.
Result<std::vector<PayoutBatch>> list_batches(Database& database);

/// A person's decision on one that is held: try again, or leave it vested.
Result<void> decide_payout(Database& database, std::int64_t now_ms, const Uuid& administrator,
                           const Uuid& payout, bool again);

/// What follows of a payout's transfer: for transfers' Settle.
Result<void> settle_payout(Transaction& tx, const Transfer& transfer, std::int64_t now_ms,
                           const PayoutSettings& settings);

/// The account is closed: of what was paid to it the amounts stay, not where they went. Where
/// something is still open, that follows when it is over.
Result<void> forget_payouts(Transaction& tx, const Uuid& account);

/// Begins those whose time has come. Returns how many.
Result<int> advance_payouts(WalletDesk& desk, const PayoutSettings& settings, const Settle& settle);

}  // namespace everyface
