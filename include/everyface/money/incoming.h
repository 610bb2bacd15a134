// What comes into the site's wallet: payments of visitors' agents (Web Monetization) and of donors.
//
// Nobody's word is taken for it: the site's own wallet is asked, by its owner's token, whether the
// payment is one into it and how much has come. What has come since the last time is booked, in one
// transaction with the note of it, so that each unit is booked once, however often and from however
// many servers this is called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "everyface/money/wallet_desk.h"

namespace everyface {

enum class IncomingSource { kMonetization, kOpenPayments };

struct IncomingSeen {
  std::int64_t booked = 0;  ///< in all
  std::int64_t fresh = 0;   ///< by this call
  bool closed = false;      ///< nothing more will come
};

/// To be looked at from time to time until it is closed.
Result<void> expect_incoming(Transaction& tx, std::string_view url, IncomingSource source,
                             const std::optional<Uuid>& gift, std::int64_t now_ms);

/// Whether the address is one of a payment at the site's wallet's server; says nothing of whose it
/// is. Anything else need not be asked.
PaymentResult<bool> may_be_ours(WalletDesk& desk, std::string_view url);

/// Asks the wallet and books. A payment that was not expected is booked as of `source`. Codes:
/// those of PaymentError; not_ours (another wallet's); amount (more than 63 bits); those of
/// ledger::post().
Result<IncomingSeen> look_at_incoming(WalletDesk& desk, const std::string& url,
                                      IncomingSource source);

/// Looks at those whose time has come: often at first, closed after a week. Returns how many.
Result<int> look_at_all_incoming(WalletDesk& desk);

/// A wallet says that something happened to a payment: look at it next.
Result<void> hurry_incoming(Transaction& tx, std::string_view url);

/// What has come of a gift.
Result<std::int64_t> booked_of_gift(Transaction& tx, const Uuid& gift);

}  // namespace everyface
