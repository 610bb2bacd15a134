// Income that agents of the older kind of Web Monetization tell of, by receipts of the site's own
// wallet (everyface/payments/stream_receipt.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "everyface/payments/amount.h"
#include "everyface/store/database.h"

namespace everyface {

struct ReceiptSettings {
  std::string seed;  ///< that the wallet was given; empty: no receipts are taken
  int scale = 9;     ///< decimal places of the receipts' totals
  Asset asset;       ///< of the books
  int site_percent = 0;
  std::int64_t life_ms = 300'000;  ///< of a stream, from its first receipt
};

/// Books what the receipt's total is above all that was booked of its stream, in whole minor units,
/// and returns it. A receipt that says no more than an earlier one gives 0. Codes:
/// receipt_malformed, receipt_wrong, receipt_expired (of a stream that began too long ago).
Result<std::int64_t> book_receipt(Database& database, std::int64_t now_ms,
                                  const ReceiptSettings& settings, std::string_view receipt);

}  // namespace everyface
