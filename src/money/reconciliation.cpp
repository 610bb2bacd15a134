#include "everyface/money/reconciliation.h"

#include <algorithm>
#include <limits>

#include "everyface/money/incoming.h"
#include "everyface/money/ledger.h"
#include "everyface/money/payouts.h"
#include "money/grant_calls.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr int kPageSize = 100;
constexpr int kMostPages = 200;
constexpr std::int64_t kMostShown = 100;

Result<std::int64_t> sum_of(DbResult<std::optional<std::int64_t>> sum) {
  return sum ? Result<std::int64_t>(sum->value_or(0)) : sum.error();
}

Result<std::int64_t> booked_of(Database& database, const std::string& url) {
  return database.read([&](Transaction& tx) {
    return sum_of(tx.one<std::optional<std::int64_t>>(
        sql("SELECT CAST(SUM(booked) AS BIGINT) FROM incoming_payments WHERE url = :url"), url));
  });
}

}  // namespace

Result<Reconciliation> reconcile(WalletDesk& desk) {
  return desk.database.read([&](Transaction& tx) -> Result<Reconciliation> {
    Reconciliation found;
    const auto held = ledger::balance(tx, {ledger::AccountKind::kHeldWallet, {}, desk.asset});
    const auto in = sum_of(tx.one<std::optional<std::int64_t>>(
        sql("SELECT CAST(SUM(booked) AS BIGINT) FROM incoming_payments")));
    const auto out = sum_of(tx.one<std::optional<std::int64_t>>(
        sql("SELECT CAST(SUM(sent) AS BIGINT) FROM transfers WHERE purpose = 'payout'")));
    const auto on_way = sum_of(tx.one<std::optional<std::int64_t>>(sql(
        "SELECT CAST(SUM(debit) AS BIGINT) FROM transfers WHERE purpose = 'payout' AND state IN "
        "('quoted', 'posting', 'sent')")));
    for (const auto* part : {&held, &in, &out, &on_way}) {
      if (!*part) {
        return part->error();
      }
    }
    found.held = *held;
    found.in = *in;
    found.out = *out;
    found.on_way = *on_way;
    found.other = found.held - (found.in - found.out);
    const auto open = tx.query<Uuid>(
        sql("SELECT id FROM transfers WHERE state IN ('quoted', 'posting', 'sent') ORDER BY "
            "created_ms LIMIT :most"),
        kMostShown);
    if (!open) {
      return open.error();
    }
    for (const Uuid& id : *open) {
      auto transfer = find_transfer(tx, id);
      if (!transfer) {
        return transfer.error();
      }
      found.open.push_back(std::move(*transfer));
    }
    return found;
  });
}

Result<std::vector<Unbooked>> book_missing(WalletDesk& desk) {
  const auto site = desk.site.address();
  if (!site) {
    return site.error();
  }
  const auto grant =
      desk.database.read([](Transaction& tx) { return given_grant(tx, kPayoutsPurpose, Uuid()); });
  if (!grant) {
    return grant.error();
  }
  if (!*grant) {
    return Error{"its owner has to open the site's wallet first", "no_grant"};
  }
  std::vector<Unbooked> missing;
  PageRequest page{{}, kPageSize, 0};
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto list =
        with_token<PaymentPage<IncomingPayment>>(desk, (*grant)->id, [&](const std::string& token) {
          return desk.client.list_incoming_payments(site->resource_server, token, site->id, page);
        });
    if (!list) {
      return list.error();
    }
    for (const IncomingPayment& payment : list->items) {
      const auto booked = booked_of(desk.database, payment.id);
      if (!booked) {
        return booked.error();
      }
      if (payment.received.value <= static_cast<std::uint64_t>(*booked)) {
        continue;
      }
      const auto seen = look_at_incoming(desk, payment.id, IncomingSource::kOpenPayments);
      if (!seen) {
        return seen.error();
      }
      missing.push_back({payment.id, seen->booked, *booked});
    }
    if (!list->has_next || list->end_cursor.empty()) {
      break;
    }
    page.cursor = list->end_cursor;
  }
  return missing;
}

}  // namespace everyface
