#include "everyface/money/stream_income.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "everyface/base/hash.h"
#include "everyface/money/bookings.h"
#include "everyface/payments/stream_receipt.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr std::size_t kNameDigits = 32;

struct Total {
  std::int64_t total = 0;
  std::int64_t first_ms = 0;
  static constexpr auto columns = std::make_tuple(&Total::total, &Total::first_ms);
};

std::int64_t in_minor_units(std::int64_t total, const ReceiptSettings& settings) {
  for (int scale = settings.scale; scale > settings.asset.scale; --scale) {
    total /= 10;
  }
  return total;
}

Result<std::int64_t> book(Transaction& tx, std::int64_t now_ms, const ReceiptSettings& settings,
                          const std::string& stream, std::int64_t total) {
  auto noted =
      tx.execute(sql("INSERT INTO stream_totals (stream, total, first_ms) VALUES (:stream, "
                     "0, :now) ON CONFLICT DO NOTHING"),
                 stream, now_ms);
  if (!noted) {
    return noted.error();
  }
  const auto before = tx.one<Total>(
      sql("SELECT total, first_ms FROM stream_totals WHERE stream = :stream"), stream);
  if (!before) {
    return before.error();
  }
  if (now_ms - before->first_ms > settings.life_ms) {
    return Error{"this receipt is of a payment that began too long ago", "receipt_expired"};
  }
  if (total <= before->total) {
    return 0;
  }
  auto raised = tx.execute(sql("UPDATE stream_totals SET total = :total WHERE stream = :stream"),
                           total, stream);
  if (!raised) {
    return raised.error();
  }
  const std::int64_t fresh =
      in_minor_units(total, settings) - in_minor_units(before->total, settings);
  if (fresh == 0) {
    return 0;
  }
  const auto posted = book_income(tx,
                                  {.source = ledger::AccountKind::kSourceMonetization,
                                   .held = Held::kWallet,
                                   .amount = fresh,
                                   .asset = settings.asset,
                                   .reference = "stream/" + stream + "/" + std::to_string(total),
                                   .site_percent = settings.site_percent},
                                  now_ms);
  return posted ? Result<std::int64_t>(fresh) : posted.error();
}

}  // namespace

Result<std::int64_t> book_receipt(Database& database, std::int64_t now_ms,
                                  const ReceiptSettings& settings, std::string_view receipt) {
  const auto read = verify_stream_receipt(receipt, settings.seed);
  if (!read) {
    return read.error();
  }
  const auto total = static_cast<std::int64_t>(
      std::min(read->total, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())));
  // Totals stay for good: a receipt has no date, and would count again.
  const std::string stream = sha256_hex(read->nonce).substr(0, kNameDigits) + "/" +
                             std::to_string(static_cast<int>(read->stream));
  return database.transact(
      [&](Transaction& tx) { return book(tx, now_ms, settings, stream, total); });
}

}  // namespace everyface
