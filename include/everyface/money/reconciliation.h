// Whether the books and the site's wallet say the same.
#pragma once

#include <string>
#include <vector>

#include "everyface/money/transfers.h"
#include "everyface/money/wallet_desk.h"

namespace everyface {

struct Reconciliation {
  std::int64_t held = 0;    ///< in the wallet, by the books
  std::int64_t in = 0;      ///< booked of payments into the wallet
  std::int64_t out = 0;     ///< of payments out of it that are done
  std::int64_t on_way = 0;  ///< of payments out of it that are ordered and not settled
  /// Of `held`, what neither explains: fees on their way, receipts of older agents, what was booked
  /// by hand.
  std::int64_t other = 0;
  std::vector<Transfer> open;  ///< not settled, of any purpose; the oldest first
};

/// What the database says; asks nobody.
Result<Reconciliation> reconcile(WalletDesk& desk);

/// A payment into the wallet that the books do not know, or not all of.
struct Unbooked {
  std::string url;
  std::int64_t received = 0;
  std::int64_t booked = 0;
};

/// Reads the wallet's own list of what came in and books what is missing, as of Open Payments.
/// Returns what it booked. Code no_grant: the wallet's owner has not opened it (payouts.h).
Result<std::vector<Unbooked>> book_missing(WalletDesk& desk);

}  // namespace everyface
