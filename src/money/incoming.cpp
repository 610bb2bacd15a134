#include "everyface/money/incoming.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "everyface/base/hash.h"
#include "everyface/money/bookings.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr std::int64_t kAtOnce = 50;
constexpr std::int64_t kFirstPauseMs = 5 * kSecondMs;
constexpr std::int64_t kMostAgeMs = 7 * kDayMs;
constexpr std::size_t kNameDigits = 40;

std::string_view source_name(IncomingSource source) {
  return source == IncomingSource::kMonetization ? "monetization" : "open_payments";
}

ledger::AccountKind account_of(std::string_view source) {
  return source == "monetization" ? ledger::AccountKind::kSourceMonetization
                                  : ledger::AccountKind::kSourceOpenPayments;
}

struct Noted {
  std::string source;
  std::int64_t booked = 0;
  std::int64_t first_ms = 0;
  static constexpr auto columns = std::make_tuple(&Noted::source, &Noted::booked, &Noted::first_ms);
};

Result<Noted> note(Transaction& tx, const std::string& url, IncomingSource source,
                   std::int64_t now_ms) {
  if (auto expected = expect_incoming(tx, url, source, std::nullopt, now_ms); !expected) {
    return expected.error();
  }
  auto noted = tx.one<Noted>(
      sql("SELECT source, booked, first_ms FROM incoming_payments WHERE url = :url"), url);
  return noted ? Result<Noted>(std::move(*noted)) : noted.error();
}

/// Books what has come since the last time.
Result<IncomingSeen> book(WalletDesk& desk, Transaction& tx, const IncomingPayment& payment,
                          const std::string& url, IncomingSource source) {
  const std::int64_t now_ms = desk.clock();
  const auto noted = note(tx, url, source, now_ms);
  if (!noted) {
    return noted.error();
  }
  const auto received = static_cast<std::int64_t>(payment.received.value);
  const std::int64_t age_ms = now_ms - noted->first_ms;
  const bool expired = instant_ms(payment.expires_at).value_or(now_ms + 1) + kMinuteMs < now_ms;
  IncomingSeen seen{std::max(received, noted->booked),
                    std::max<std::int64_t>(0, received - noted->booked),
                    payment.completed || expired || age_ms > kMostAgeMs};
  auto kept = tx.execute(sql("UPDATE incoming_payments SET booked = :booked, closed = :closed, "
                             "next_ms = :next WHERE url = :url"),
                         seen.booked, seen.closed, now_ms + kFirstPauseMs + age_ms / 2, url);
  if (!kept) {
    return kept.error();
  }
  if (seen.fresh == 0) {
    return seen;
  }
  const auto posted = book_income(tx,
                                  {.source = account_of(noted->source),
                                   .held = Held::kWallet,
                                   .amount = seen.fresh,
                                   .asset = desk.asset,
                                   .reference = "wallet/" + sha256_hex(url).substr(0, kNameDigits) +
                                                "/" + std::to_string(seen.booked),
                                   .site_percent = desk.site_percent},
                                  now_ms);
  return posted ? Result<IncomingSeen>(seen) : posted.error();
}

}  // namespace

Result<void> expect_incoming(Transaction& tx, std::string_view url, IncomingSource source,
                             const std::optional<Uuid>& gift, std::int64_t now_ms) {
  return done(tx.execute(
      sql("INSERT INTO incoming_payments (url, source, gift_id, booked, closed, first_ms, next_ms) "
          "VALUES (:url, :source, :gift, 0, FALSE, :now, :next) ON CONFLICT DO NOTHING"),
      url, source_name(source), gift, now_ms, now_ms + kFirstPauseMs));
}

PaymentResult<bool> may_be_ours(WalletDesk& desk, std::string_view url) {
  const auto wallet = desk.site.address();
  if (!wallet) {
    return wallet.error();
  }
  std::string start = wallet->resource_server;
  while (start.ends_with('/')) {
    start.pop_back();
  }
  start += "/incoming-payments/";
  return url.starts_with(start) && url.size() > start.size() &&
         url.find_first_of("/?#", start.size()) == std::string_view::npos;
}

Result<IncomingSeen> look_at_incoming(WalletDesk& desk, const std::string& url,
                                      IncomingSource source) {
  const auto near = may_be_ours(desk, url);
  if (!near) {
    return near.error();
  }
  const Error not_ours{"this payment is not one to the site", "not_ours"};
  if (!*near) {
    return not_ours;
  }
  const auto wallet = desk.site.address();
  if (!wallet) {
    return wallet.error();
  }
  const auto payment = desk.site.receiving<IncomingPayment>(
      [&](const std::string& token) { return desk.client.incoming_payment(url, token); });
  if (!payment) {
    // Refused with a token that is new: it is one of the wallet's other customers.
    return payment.error().token_refused() ? not_ours : Error(payment.error());
  }
  if (payment->wallet_address != wallet->id || payment->received.asset != desk.asset) {
    return not_ours;
  }
  if (payment->received.value >
      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Error{"the amount is more than can be booked", "amount"};
  }
  return desk.database.transact(
      [&](Transaction& tx) { return book(desk, tx, *payment, url, source); });
}

Result<int> look_at_all_incoming(WalletDesk& desk) {
  const std::int64_t now_ms = desk.clock();
  const auto due = desk.database.read([&](Transaction& tx) {
    return tx.query<std::string>(sql("SELECT url FROM incoming_payments WHERE closed = FALSE AND "
                                     "next_ms <= :now ORDER BY next_ms LIMIT :most"),
                                 now_ms, kAtOnce);
  });
  if (!due) {
    return due.error();
  }
  int looked = 0;
  for (const std::string& url : *due) {
    const auto seen = look_at_incoming(desk, url, IncomingSource::kOpenPayments);
    if (seen) {
      ++looked;
      continue;
    }
    // Later again; when it is old enough, never.
    const auto put_off = desk.database.transact([&](Transaction& tx) {
      return done(tx.execute(sql("UPDATE incoming_payments SET next_ms = :later + (:now - "
                                 "first_ms), closed = (first_ms "
                                 "< :oldest) WHERE url = :url"),
                             now_ms + kMinuteMs, now_ms, now_ms - kMostAgeMs, url));
    });
    if (!put_off) {
      return put_off.error();
    }
  }
  return looked;
}

Result<void> hurry_incoming(Transaction& tx, std::string_view url) {
  return done(tx.execute(
      sql("UPDATE incoming_payments SET next_ms = 0 WHERE url = :url AND closed = FALSE"), url));
}

Result<std::int64_t> booked_of_gift(Transaction& tx, const Uuid& gift) {
  auto sum = tx.one<std::optional<std::int64_t>>(
      sql("SELECT CAST(SUM(booked) AS BIGINT) FROM incoming_payments WHERE gift_id = :gift"), gift);
  return sum ? Result<std::int64_t>(sum->value_or(0)) : sum.error();
}

}  // namespace everyface
