// Donations out of a donor's own wallet, by Open Payments: once, or every month up to a number of
// months that the donor sets.
//
//   quoted -> asked -> paying -> given | failed        once
//                   -> active -> ended | failed        monthly
//          refused: the donor said no on the wallet's page; stopped: ended by the donor
//
// The donor sees what leaves their wallet and what arrives before being asked for consent, and
// never pays more than they agreed to. No account and no name is needed; who has the gift's address
// sees its receipt and may stop it. The wallet's address is removed 30 days after all is over.
//
// Codes of errors (Error::code): amount (not above 0); months (not 1 to 60); not_found; gift_state;
// and those of wallet_grants.h, transfers.h and PaymentError.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "everyface/money/transfers.h"
#include "everyface/money/wallet_grants.h"

namespace everyface {

inline constexpr std::string_view kGiftPurpose = "gift";
inline constexpr std::int64_t kMostMonths = 60;

struct Gift {
  Uuid id;
  std::string state;
  std::string wallet;       ///< the donor's; empty long after it is over
  std::int64_t amount = 0;  ///< that the site is to receive, each time
  Asset asset;
  std::int64_t debit = 0;  ///< that leaves the donor's wallet, by the quote of this time
  Asset debit_asset;
  std::int64_t debit_most = 0;  ///< that may leave it each time: more only where currencies differ
  std::int64_t months = 1;
  std::int64_t months_left = 0;
  std::int64_t received = 0;  ///< that has come, in all
  std::string problem;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> next_ms;
};

/// Asks both wallets what it would cost.
Result<Uuid> begin_gift(WalletDesk& desk, std::string_view wallet, std::int64_t amount,
                        std::int64_t months);

Result<Gift> find_gift(Database& database, const Uuid& gift);

/// Asks the donor's wallet to ask the donor; returns the wallet's page.
Result<std::string> ask_donor(WalletDesk& desk, const Uuid& gift);

/// The grant of a gift was given: pays. Code gift_price: the quote is over, and a new one is more
/// than the donor agreed to.
Result<void> pay_gift(WalletDesk& desk, const Uuid& gift, const Settle& settle);
/// It was refused.
Result<void> refuse_gift(Database& database, const Uuid& gift);

/// No further month is paid, and the consent is handed back; where that fails (code grant_busy), it
/// is tried again later.
Result<void> stop_gift(WalletDesk& desk, const Uuid& gift);

/// What follows of a gift's transfer: for transfers' Settle.
Result<void> settle_gift(Transaction& tx, const Transfer& transfer);

/// Pays the months that are due, and forgets what is over. Returns how many were paid.
Result<int> advance_gifts(WalletDesk& desk, const Settle& settle);

}  // namespace everyface
