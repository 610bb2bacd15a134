#include "everyface/money/gifts.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "everyface/money/incoming.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr std::int64_t kAtOnce = 20;
constexpr std::int64_t kIncomingLifeMs = kDayMs;
constexpr std::int64_t kForgetMs = 30 * kDayMs;
/// Above the first quote, where exchange rates move from month to month, in per cent.
constexpr std::int64_t kExchangeMargin = 5;
constexpr std::int64_t kHundred = 100;

struct GiftRow {
  Uuid id;
  std::string state;
  std::string wallet;
  std::string auth_server;
  std::string resource_server;
  std::int64_t amount = 0;
  std::string asset;
  std::int64_t scale = 0;
  std::int64_t months = 1;
  std::int64_t months_left = 0;
  std::string receiver;
  std::string quote;
  std::optional<std::int64_t> quote_until_ms;
  std::int64_t debit = 0;
  std::string debit_asset;
  std::int64_t debit_scale = 0;
  std::int64_t debit_most = 0;
  std::string problem;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> next_ms;
  static constexpr auto columns = std::make_tuple(
      &GiftRow::id, &GiftRow::state, &GiftRow::wallet, &GiftRow::auth_server,
      &GiftRow::resource_server, &GiftRow::amount, &GiftRow::asset, &GiftRow::scale,
      &GiftRow::months, &GiftRow::months_left, &GiftRow::receiver, &GiftRow::quote,
      &GiftRow::quote_until_ms, &GiftRow::debit, &GiftRow::debit_asset, &GiftRow::debit_scale,
      &GiftRow::debit_most, &GiftRow::problem, &GiftRow::created_ms, &GiftRow::next_ms);

  [[nodiscard]] WalletAddress donor() const {
    return {wallet, "", {debit_asset, static_cast<int>(debit_scale)}, auth_server, resource_server};
  }
};

Result<GiftRow> read_gift(Transaction& tx, const Uuid& gift) {
  auto row = tx.find<GiftRow>(
      sql("SELECT id, state, wallet, auth_server, resource_server, amount, asset, scale, months, "
          "months_left, receiver, quote, quote_until_ms, debit, debit_asset, debit_scale, "
          "debit_most, problem, created_ms, next_ms FROM gifts WHERE id = :gift"),
      gift);
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return Error{"there is no such donation", "not_found"};
  }
  return std::move(**row);
}

Result<GiftRow> read_gift(Database& database, const Uuid& gift) {
  return database.read([&](Transaction& tx) { return read_gift(tx, gift); });
}

Error wrong_state() { return {"this donation is not at that point", "gift_state"}; }

std::int64_t one_month_later(std::int64_t at_ms, std::int64_t months) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(at_ms)};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  std::chrono::year_month_day day{midnight};
  day += std::chrono::months(months);
  if (!day.ok()) {  // the 31st of a month that has 30 days
    day = day.year() / day.month() / std::chrono::last;
  }
  const auto then = std::chrono::sys_days(day) + (at - midnight);
  return std::chrono::duration_cast<std::chrono::milliseconds>(then.time_since_epoch()).count();
}

/// A payment that is expected at the site's wallet, and what it would cost the donor.
struct Priced {
  std::string receiver;
  Quote quote;
  std::int64_t debit = 0;
};

Result<Priced> price(WalletDesk& desk, const WalletAddress& donor, std::int64_t amount) {
  const auto site = desk.site.address();
  if (!site) {
    return site.error();
  }
  NewIncomingPayment wanted;
  wanted.wallet_address = site->id;
  wanted.incoming_amount = PaymentAmount{static_cast<std::uint64_t>(amount), desk.asset};
  wanted.expires_at = instant_text(desk.clock() + kIncomingLifeMs);
  wanted.description = "Everyface";
  const auto incoming = desk.site.receiving<IncomingPayment>([&](const std::string& token) {
    return desk.client.create_incoming_payment(site->resource_server, token, wanted);
  });
  if (!incoming) {
    return incoming.error();
  }
  const auto grant = desk.client.request_grant(donor.auth_server, {PaymentAccess::to_quote()});
  if (!grant) {
    return grant.error();
  }
  if (!grant->token) {
    return Error{"the wallet wants consent for a mere quote", "wallet_malformed_answer"};
  }
  auto quote = desk.client.create_quote(donor.resource_server, grant->token->value,
                                        {donor.id, incoming->id});
  if (!quote) {
    return quote.error();
  }
  const std::uint64_t debit = quote->debit_amount.value;
  if (quote->debit_amount.asset != donor.asset || debit == 0 ||
      debit > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / kHundred)) {
    return Error{"the wallet quotes an amount that cannot be paid", "wallet_malformed_answer"};
  }
  return Priced{incoming->id, std::move(*quote), static_cast<std::int64_t>(debit)};
}

/// The price of this time, in place of the last one's.
Result<void> keep_price(Transaction& tx, const Uuid& gift, const Priced& priced,
                        std::int64_t now_ms) {
  auto kept = tx.execute(
      sql("UPDATE gifts SET receiver = :receiver, quote = :quote, quote_until_ms = :until, debit = "
          ":debit WHERE id = :gift"),
      priced.receiver, priced.quote.id, instant_ms(priced.quote.expires_at), priced.debit, gift);
  if (!kept) {
    return kept.error();
  }
  return expect_incoming(tx, priced.receiver, IncomingSource::kOpenPayments, gift, now_ms);
}

/// From the state that it was seen in: whoever was quicker has moved it on for good.
Result<void> move_on(Transaction& tx, const Uuid& gift, std::string_view from,
                     std::string_view state, std::string_view problem) {
  return done(tx.execute(sql("UPDATE gifts SET state = :state, problem = :problem WHERE id = :gift "
                             "AND state = :from"),
                         state, problem, gift, from));
}

/// Orders the payment that the gift is priced for.
Result<Uuid> order(Transaction& tx, const GiftRow& gift, const Priced& priced,
                   std::int64_t now_ms) {
  const auto grant = given_grant(tx, kGiftPurpose, gift.id);
  if (!grant) {
    return grant.error();
  }
  if (!*grant) {
    return Error{"the donor has not agreed", "gift_state"};
  }
  if (auto kept = keep_price(tx, gift.id, priced, now_ms); !kept) {
    return kept.error();
  }
  return add_transfer(
      tx, {std::string(kGiftPurpose), gift.id, (*grant)->id, gift.donor(), priced.quote}, now_ms);
}

/// The price that was shown, where it still holds; a new one within what was agreed to.
Result<Priced> current_price(WalletDesk& desk, const GiftRow& gift, bool shown_may_hold) {
  if (shown_may_hold && gift.quote_until_ms.value_or(0) > desk.clock() + kMinuteMs) {
    Quote quote;
    quote.id = gift.quote;
    quote.receiver = gift.receiver;
    quote.receive_amount = {static_cast<std::uint64_t>(gift.amount),
                            {gift.asset, static_cast<int>(gift.scale)}};
    quote.debit_amount = {static_cast<std::uint64_t>(gift.debit), gift.donor().asset};
    quote.expires_at = instant_text(*gift.quote_until_ms);
    return Priced{gift.receiver, std::move(quote), gift.debit};
  }
  auto priced = price(desk, gift.donor(), gift.amount);
  if (priced && priced->debit > gift.debit_most) {
    return Error{"it would now cost more than was agreed to", "gift_price"};
  }
  return priced;
}

std::string problem_text(const Error& error) { return error.code + ": " + error.message; }

/// One month of a gift that is claimed.
Result<void> pay_month(WalletDesk& desk, const GiftRow& gift, const Settle& settle) {
  const auto priced = current_price(desk, gift, false);
  if (!priced && priced.error().code != "gift_price") {
    return desk.database.transact([&](Transaction& tx) {  // the wallet is away: in an hour
      return done(tx.execute(sql("UPDATE gifts SET next_ms = :next, busy_until_ms = 0, problem = "
                                 ":problem WHERE id = :gift AND state = 'active' AND months_left = "
                                 ":left"),
                             desk.clock() + kHourMs, problem_text(priced.error()), gift.id,
                             gift.months_left));
    });
  }
  const std::int64_t paid_months = gift.months - gift.months_left + 1;
  const auto transfer = desk.database.transact([&](Transaction& tx) -> Result<std::optional<Uuid>> {
    const auto moved = tx.execute(
        sql("UPDATE gifts SET months_left = months_left - 1, next_ms = :next, busy_until_ms = 0, "
            "problem = :problem WHERE id = :gift AND state = 'active' AND months_left = :left"),
        one_month_later(gift.created_ms, paid_months),
        priced ? std::string() : problem_text(priced.error()), gift.id, gift.months_left);
    if (!moved) {
      return moved.error();
    }
    // Its donor may have stopped it meanwhile, or another server paid the month; or the month is
    // left out.
    if (*moved == 0 || !priced) {
      return std::optional<Uuid>();
    }
    auto ordered = order(tx, gift, *priced, desk.clock());
    return ordered ? Result<std::optional<Uuid>>(*ordered) : ordered.error();
  });
  if (!transfer && transfer.error().code == "gift_state") {  // the wallet took the consent back
    return desk.database.transact(
        [&](Transaction& tx) { return move_on(tx, gift.id, "active", "failed", "grant_lost"); });
  }
  if (!transfer) {
    return transfer.error();
  }
  return *transfer ? advance_transfer(desk, **transfer, settle) : Result<void>();
}

/// Those whose donor agreed while the server died.
Result<void> resume(WalletDesk& desk, const Settle& settle) {
  const auto left = desk.database.read([&](Transaction& tx) {
    return tx.query<Uuid>(
        sql("SELECT gifts.id FROM gifts JOIN wallet_grants ON wallet_grants.subject_id = gifts.id "
            "WHERE gifts.state = 'asked' AND wallet_grants.purpose = 'gift' AND "
            "wallet_grants.state = 'given' AND wallet_grants.asked_ms < :before ORDER BY gifts.id "
            "LIMIT :most"),
        desk.clock() - kClaimMs, kAtOnce);
  });
  if (!left) {
    return left.error();
  }
  for (const Uuid& gift : *left) {
    auto paid = pay_gift(desk, gift, settle);
    if (!paid && paid.error().code != "gift_state" && paid.error().code != "gift_price") {
      return paid;
    }
  }
  return {};
}

/// Those whose last month is over; and the consents that nothing more is paid by go back, also
/// where that failed before.
Result<void> end_gifts(WalletDesk& desk) {
  const auto over = desk.database.transact([&](Transaction& tx) {
    return done(tx.execute(sql("UPDATE gifts SET state = 'ended', problem = '' WHERE state = "
                               "'active' AND months_left = 0 AND next_ms <= :now"),
                           desk.clock()));
  });
  if (!over) {
    return over.error();
  }
  if (auto ended = end_older_grants(desk, kGiftPurpose); !ended) {
    return ended;
  }
  return end_unneeded_grants(desk, desk.database.read([](Transaction& tx) {
    return tx.query<Uuid>(
        sql("SELECT wallet_grants.id FROM gifts JOIN wallet_grants ON wallet_grants.subject_id = "
            "gifts.id WHERE gifts.state IN ('given', 'failed', 'stopped', 'ended') AND "
            "wallet_grants.purpose = 'gift' AND wallet_grants.state = 'given' ORDER BY "
            "wallet_grants.id LIMIT :most"),
        kAtOnce);
  }));
}

/// Addresses of donors' wallets are kept no longer than they are needed.
Result<void> forget(WalletDesk& desk) {
  return desk.database.transact([&](Transaction& tx) -> Result<void> {
    const std::int64_t before_ms = desk.clock() - kForgetMs;
    auto gifts = tx.execute(
        sql("UPDATE gifts SET wallet = '', auth_server = '', resource_server = '', quote = '' "
            "WHERE (wallet <> '' OR quote <> '') AND state <> 'active' AND state <> 'paying' AND "
            "created_ms < :before AND (next_ms IS NULL OR next_ms < :before)"),
        before_ms);
    if (!gifts) {
      return gifts.error();
    }
    // A payment's own address is at the donor's wallet too.
    auto transfers = tx.execute(
        sql("UPDATE transfers SET payer = '', resource_server = '', quote = '', outgoing = '' "
            "WHERE purpose = 'gift' AND payer <> '' AND state IN ('done', 'failed') AND subject_id "
            "IN (SELECT id FROM gifts WHERE wallet = '')"));
    if (!transfers) {
      return transfers.error();
    }
    return done(tx.execute(
        sql("UPDATE wallet_grants SET wallet = '', auth_server = '' WHERE purpose = 'gift' AND "
            "wallet <> '' AND asked_ms < :before AND subject_id IN (SELECT id FROM gifts WHERE "
            "wallet = '')"),
        before_ms));
  });
}

}  // namespace

Result<Uuid> begin_gift(WalletDesk& desk, std::string_view wallet, std::int64_t amount,
                        std::int64_t months) {
  if (amount <= 0) {
    return Error{"the amount must be more than zero", "amount"};
  }
  if (months < 1 || months > kMostMonths) {
    return Error{"a gift lasts from 1 to 60 months", "months"};
  }
  const auto donor = desk.client.wallet_address(wallet);
  if (!donor) {
    return donor.error();
  }
  const auto priced = price(desk, *donor, amount);
  if (!priced) {
    return priced.error();
  }
  const bool exchanged = donor->asset != desk.asset && months > 1;
  const std::int64_t most =
      priced->debit + (exchanged ? priced->debit * kExchangeMargin / kHundred : 0);
  const Uuid id = Uuid::make();
  const std::int64_t now_ms = desk.clock();
  const auto kept = desk.database.transact([&](Transaction& tx) -> Result<void> {
    auto added = tx.execute(
        sql("INSERT INTO gifts (id, state, wallet, auth_server, resource_server, amount, asset, "
            "scale, months, months_left, receiver, quote, quote_until_ms, debit, debit_asset, "
            "debit_scale, debit_most, problem, created_ms, next_ms, busy_until_ms) VALUES (:id, "
            "'quoted', :wallet, :auth_server, :resource_server, :amount, :asset, :scale, :months, "
            ":months, '', '', NULL, 0, :debit_asset, :debit_scale, :most, '', :now, NULL, 0)"),
        id, donor->id, donor->auth_server, donor->resource_server, amount, desk.asset.code,
        desk.asset.scale, months, donor->asset.code, donor->asset.scale, most, now_ms);
    return added ? keep_price(tx, id, *priced, now_ms) : Result<void>(added.error());
  });
  return kept ? Result<Uuid>(id) : kept.error();
}

Result<Gift> find_gift(Database& database, const Uuid& gift) {
  return database.read([&](Transaction& tx) -> Result<Gift> {
    auto row = read_gift(tx, gift);
    if (!row) {
      return row.error();
    }
    const auto received = booked_of_gift(tx, gift);
    if (!received) {
      return received.error();
    }
    Gift found;
    found.id = row->id;
    found.debit_asset = row->donor().asset;
    found.state = std::move(row->state);
    found.wallet = std::move(row->wallet);
    found.amount = row->amount;
    found.asset = {std::move(row->asset), static_cast<int>(row->scale)};
    found.debit = row->debit;
    found.debit_most = row->debit_most;
    found.months = row->months;
    found.months_left = row->months_left;
    found.received = *received;
    found.problem = std::move(row->problem);
    found.created_ms = row->created_ms;
    found.next_ms = row->next_ms;
    return found;
  });
}

Result<std::string> ask_donor(WalletDesk& desk, const Uuid& gift) {
  const auto row = read_gift(desk.database, gift);
  if (!row) {
    return row.error();
  }
  if (row->state != "quoted" && row->state != "asked" && row->state != "refused") {
    return wrong_state();
  }
  const WalletAddress donor = row->donor();
  PaymentAccess access = PaymentAccess::to_pay(donor.id);
  access.debit_amount = PaymentAmount{static_cast<std::uint64_t>(row->debit_most), donor.asset};
  if (row->months > 1) {
    // R<n> repeats n times after the first.
    access.interval = fmt::format("R{}/{}/P1M", row->months - 1, instant_text(row->created_ms));
  }
  const auto asked = ask_for_grant(desk, {std::string(kGiftPurpose), gift, donor, {access}});
  if (!asked) {
    return asked.error();
  }
  const auto kept = desk.database.transact([&](Transaction& tx) -> Result<void> {
    const auto moved = tx.execute(
        sql("UPDATE gifts SET state = 'asked', problem = '' WHERE id = :gift AND state IN "
            "('quoted', 'asked', 'refused')"),
        gift);
    if (!moved) {
      return moved.error();
    }
    return *moved > 0 ? Result<void>() : wrong_state();
  });
  return kept ? Result<std::string>(asked->redirect) : kept.error();
}

Result<void> pay_gift(WalletDesk& desk, const Uuid& gift, const Settle& settle) {
  const auto row = read_gift(desk.database, gift);
  if (!row) {
    return row.error();
  }
  if (row->state != "asked") {  // the donor loads the page again on which they came back
    return wrong_state();
  }
  const auto priced = current_price(desk, *row, true);
  if (!priced) {
    const auto failed = desk.database.transact([&](Transaction& tx) {
      return move_on(tx, gift, "asked", "failed", problem_text(priced.error()));
    });
    return failed ? priced.error() : failed.error();
  }
  const auto transfer = desk.database.transact([&](Transaction& tx) -> Result<Uuid> {
    const bool monthly = row->months > 1;
    auto moved = tx.execute(
        sql("UPDATE gifts SET state = :state, months_left = months_left - 1, next_ms = :next WHERE "
            "id = :gift AND state = 'asked'"),
        monthly ? "active" : "paying",
        monthly ? std::optional(one_month_later(row->created_ms, 1)) : std::nullopt, gift);
    if (!moved) {
      return moved.error();
    }
    return *moved == 0 ? Result<Uuid>(wrong_state()) : order(tx, *row, *priced, desk.clock());
  });
  if (!transfer) {
    return transfer.error();
  }
  if (auto advanced = advance_transfer(desk, *transfer, settle); !advanced) {
    return advanced;
  }
  // Where it is there already, the receipt says so at once.
  static_cast<void>(look_at_incoming(desk, priced->receiver, IncomingSource::kOpenPayments));
  return {};
}

Result<void> refuse_gift(Database& database, const Uuid& gift) {
  return database.transact([&](Transaction& tx) {
    return done(tx.execute(
        sql("UPDATE gifts SET state = 'refused' WHERE id = :gift AND state = 'asked'"), gift));
  });
}

Result<void> stop_gift(WalletDesk& desk, const Uuid& gift) {
  const auto grants = desk.database.transact([&](Transaction& tx) -> Result<std::vector<Uuid>> {
    // Also one that is stopped already: the consent may not have gone back.
    const auto stopped = tx.execute(sql("UPDATE gifts SET state = 'stopped' WHERE id = :gift AND "
                                        "state IN ('active', 'stopped')"),
                                    gift);
    if (!stopped) {
      return stopped.error();
    }
    return *stopped == 0 ? Result<std::vector<Uuid>>(wrong_state())
                         : given_grants(tx, kGiftPurpose, gift);
  });
  return grants ? end_grants(desk, *grants) : Result<void>(grants.error());
}

Result<void> settle_gift(Transaction& tx, const Transfer& transfer) {
  const auto gift = read_gift(tx, transfer.subject);
  if (!gift) {
    return gift.error();
  }
  if (transfer.state == TransferState::kDone) {
    if (auto hurried = hurry_incoming(tx, gift->receiver); !hurried) {
      return hurried;
    }
  }
  const bool failed = transfer.state == TransferState::kFailed;
  if (gift->state == "paying") {
    return move_on(tx, gift->id, gift->state, failed ? "failed" : "given", transfer.problem);
  }
  return failed ? move_on(tx, gift->id, gift->state, gift->state, transfer.problem)
                : Result<void>();
}

Result<int> advance_gifts(WalletDesk& desk, const Settle& settle) {
  const std::int64_t now_ms = desk.clock();
  const auto due = desk.database.read([&](Transaction& tx) {
    return tx.query<Uuid>(sql("SELECT id FROM gifts WHERE state = 'active' AND months_left > 0 AND "
                              "next_ms <= :now AND busy_until_ms <= :now ORDER BY id LIMIT :most"),
                          now_ms, kAtOnce);
  });
  if (!due) {
    return due.error();
  }
  int paid = 0;
  for (const Uuid& gift : *due) {
    const auto claimed = desk.database.transact([&](Transaction& tx)
                                                    -> Result<std::optional<GiftRow>> {
      const auto taken = tx.execute(
          sql("UPDATE gifts SET busy_until_ms = :until WHERE id = :gift AND state = 'active' AND "
              "months_left > 0 AND next_ms <= :now AND busy_until_ms <= :now"),
          now_ms + 2 * kClaimMs, gift, now_ms);
      if (!taken) {
        return taken.error();
      }
      if (*taken == 0) {
        return std::optional<GiftRow>();
      }
      auto row = read_gift(tx, gift);
      return row ? Result<std::optional<GiftRow>>(std::move(*row)) : row.error();
    });
    if (!claimed) {
      return claimed.error();
    }
    if (*claimed) {
      if (auto month = pay_month(desk, **claimed, settle); !month) {
        return month.error();
      }
      ++paid;
    }
  }
  if (auto resumed = resume(desk, settle); !resumed) {
    return resumed.error();
  }
  if (auto ended = end_gifts(desk); !ended) {
    return ended.error();
  }
  const auto forgotten = forget(desk);
  return forgotten ? Result<int>(paid) : forgotten.error();
}

}  // namespace everyface
