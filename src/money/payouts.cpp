#include "everyface/money/payouts.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "everyface/base/printable.h"
#include "everyface/commons/account.h"
#include "everyface/commons/audit_log.h"
#include "everyface/money/bookings.h"
#include "money/administrator.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr std::int64_t kAtOnce = 20;
constexpr std::int64_t kHundred = 100;
constexpr std::size_t kLongestProblem = 300;

struct PayoutRow {
  Uuid id;
  Uuid batch;
  Uuid account;
  std::string wallet;
  std::int64_t amount = 0;
  std::int64_t paid = 0;
  std::int64_t fee = 0;
  std::string state;
  std::string receiver;
  std::string receive_text;
  std::int64_t attempts = 0;
  std::string problem;
  static constexpr auto columns = std::make_tuple(
      &PayoutRow::id, &PayoutRow::batch, &PayoutRow::account, &PayoutRow::wallet,
      &PayoutRow::amount, &PayoutRow::paid, &PayoutRow::fee, &PayoutRow::state,
      &PayoutRow::receiver, &PayoutRow::receive_text, &PayoutRow::attempts, &PayoutRow::problem);
};

struct BatchRow {
  Uuid id;
  std::string state;
  std::string asset;
  std::int64_t scale = 0;
  Uuid proposed_by;
  std::int64_t proposed_ms = 0;
  std::optional<Uuid> approved_by;
  std::optional<std::int64_t> approved_ms;
  std::int64_t open = 0;
  static constexpr auto columns = std::make_tuple(
      &BatchRow::id, &BatchRow::state, &BatchRow::asset, &BatchRow::scale, &BatchRow::proposed_by,
      &BatchRow::proposed_ms, &BatchRow::approved_by, &BatchRow::approved_ms, &BatchRow::open);
};

Result<std::vector<BatchRow>> read_batches(Transaction& tx) {
  auto rows = tx.query<BatchRow>(
      sql("SELECT payout_batches.id, payout_batches.state, asset, scale, proposed_by, proposed_ms, "
          "approved_by, approved_ms, COUNT(payouts.id) FROM payout_batches LEFT JOIN payouts ON "
          "payouts.batch_id = payout_batches.id AND payouts.state IN ('waiting', 'sending', "
          "'held') GROUP BY payout_batches.id, payout_batches.state, asset, scale, proposed_by, "
          "proposed_ms, approved_by, approved_ms ORDER BY proposed_ms DESC"));
  return rows ? Result<std::vector<BatchRow>>(std::move(*rows)) : rows.error();
}

PayoutBatch batch_of(const BatchRow& row) {
  const bool over = row.state == "approved" && row.open == 0;
  return {row.id,
          over ? "done" : row.state,
          {row.asset, static_cast<int>(row.scale)},
          row.proposed_by,
          row.proposed_ms,
          row.approved_by,
          row.approved_ms,
          {}};
}

Result<PayoutBatch> read_batch(Transaction& tx, const Uuid& batch) {
  const auto rows = read_batches(tx);
  if (!rows) {
    return rows.error();
  }
  const auto found = std::find_if(rows->begin(), rows->end(),
                                  [&](const BatchRow& row) { return row.id == batch; });
  return found == rows->end() ? Error{"there is no such batch", "not_found"}
                              : Result<PayoutBatch>(batch_of(*found));
}

/// One that an administrator may decide on.
Result<PayoutBatch> undecided_batch(Transaction& tx, const Uuid& administrator, const Uuid& batch) {
  if (auto may = require_administrator(tx, administrator); !may) {
    return may.error();
  }
  auto found = read_batch(tx, batch);
  if (found && found->state != "proposed") {
    return Error{"this batch was decided already", "batch_state"};
  }
  return found;
}

Result<PayoutRow> read_payout(Transaction& tx, const Uuid& payout) {
  auto row = tx.find<PayoutRow>(
      sql("SELECT id, batch_id, account_id, wallet, amount, paid, fee, state, receiver, "
          "receive_text, attempts, problem FROM payouts WHERE id = :payout"),
      payout);
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return Error{"there is no such payout", "not_found"};
  }
  return std::move(**row);
}

/// Vested, not in a payout that is open, and with a wallet.
struct Creditor {
  Uuid account;
  std::string wallet;
  std::int64_t vested = 0;  ///< a credit: negative
  static constexpr auto columns =
      std::make_tuple(&Creditor::account, &Creditor::wallet, &Creditor::vested);
};

Result<std::vector<Creditor>> creditors(Transaction& tx, const Asset& asset, std::int64_t least) {
  auto rows = tx.query<Creditor>(
      sql("SELECT wallets.account_id, wallets.wallet, ledger_accounts.balance FROM wallets JOIN "
          "ledger_accounts ON ledger_accounts.owner = wallets.account_id WHERE kind = 'vested' AND "
          "ledger_accounts.asset = :asset AND ledger_accounts.scale = :scale AND balance <= :most "
          "AND NOT EXISTS (SELECT 1 FROM payouts WHERE payouts.account_id = wallets.account_id AND "
          "payouts.state IN ('waiting', 'sending', 'held')) ORDER BY wallets.account_id"),
      asset.code, asset.scale, -std::max<std::int64_t>(least, 1));
  return rows ? Result<std::vector<Creditor>>(std::move(*rows)) : rows.error();
}

std::string problem_text(const Error& error) {
  return error.code + ": " + printable(std::string_view(error.message).substr(0, kLongestProblem));
}

/// Back to waiting, after a pause; before a person where that makes no sense any more. Only while
/// it is in the state that was read: another server may have gone on with it since.
Result<void> put_off(Transaction& tx, const PayoutRow& payout, const std::string& problem,
                     bool hold, const PayoutSettings& settings, std::int64_t now_ms) {
  const std::int64_t attempts = payout.attempts + 1;
  const bool held = hold || attempts >= settings.most_attempts;
  return done(tx.execute(
      sql("UPDATE payouts SET state = :state, amount = :amount, paid = :paid, fee = 0, attempts = "
          ":attempts, next_ms = :next, busy_until_ms = 0, problem = :problem WHERE id = :payout "
          "AND state = :before"),
      held ? "held" : "waiting", payout.amount, payout.paid, attempts,
      now_ms + back_off_ms(attempts), problem, payout.id, payout.state));
}

/// What was open when its account was closed is forgotten once it is over.
Result<void> forget_closed(Transaction& tx, const Uuid& batch) {
  const auto accounts = tx.query<Uuid>(
      sql("SELECT accounts.id FROM payouts JOIN accounts ON accounts.id = payouts.account_id WHERE "
          "payouts.batch_id = :batch AND accounts.closed_ms IS NOT NULL"),
      batch);
  if (!accounts) {
    return accounts.error();
  }
  for (const Uuid& account : *accounts) {
    if (auto forgotten = forget_payouts(tx, account); !forgotten) {
      return forgotten;
    }
  }
  return {};
}

/// What it takes to pay somebody: where to, and by which quote.
struct Prepared {
  std::string receiver;
  Quote quote;
  std::int64_t fee = 0;
};

class Preparation {
 public:
  Preparation(WalletDesk& desk, const PayoutSettings& settings, const PayoutRow& payout)
      : desk_(desk), settings_(settings), payout_(payout) {}

  Result<Prepared> make() {
    const auto site = desk_.site.address();
    if (!site) {
      return site.error();
    }
    const auto wallet = desk_.client.wallet_address(payout_.wallet);
    if (!wallet) {
      return wallet.error();
    }
    const auto incoming = ask_to_be_paid(*wallet);
    if (!incoming) {
      return incoming.error();
    }
    NewQuote wanted{site->id, incoming->id};
    const PaymentAmount amount{static_cast<std::uint64_t>(payout_.amount), desk_.asset};
    const bool same = wallet->asset == desk_.asset;
    (same ? wanted.receive_amount : wanted.debit_amount) = amount;
    auto quote = desk_.site.quoting<Quote>([&](const std::string& token) {
      return desk_.client.create_quote(site->resource_server, token, wanted);
    });
    if (!quote) {
      return quote.error();
    }
    return check(incoming->id, std::move(*quote), same);
  }

 private:
  Result<IncomingPayment> ask_to_be_paid(const WalletAddress& wallet) {
    const auto grant =
        desk_.client.request_grant(wallet.auth_server, {PaymentAccess::to_receive(wallet.id)});
    if (!grant) {
      return grant.error();
    }
    if (!grant->token) {
      return Error{"the wallet wants its owner's consent to be paid", "wallet_request_denied"};
    }
    NewIncomingPayment wanted;
    wanted.wallet_address = wallet.id;
    wanted.description = "Everyface";
    const auto incoming =
        desk_.client.create_incoming_payment(wallet.resource_server, grant->token->value, wanted);
    return incoming ? Result<IncomingPayment>(*incoming) : incoming.error();
  }

  Result<Prepared> check(const std::string& receiver, Quote quote, bool same) const {
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (quote.debit_amount.asset != desk_.asset || quote.debit_amount.value > most ||
        quote.debit_amount.value < static_cast<std::uint64_t>(payout_.amount) ||
        (!same && quote.debit_amount.value != static_cast<std::uint64_t>(payout_.amount))) {
      return Error{"the site's wallet quotes another amount than it was asked for", "quote_wrong"};
    }
    const std::int64_t fee = static_cast<std::int64_t>(quote.debit_amount.value) - payout_.amount;
    if (fee > payout_.amount / kHundred * settings_.most_fee_percent +
                  payout_.amount % kHundred * settings_.most_fee_percent / kHundred) {
      return Error{"the wallet's fee would be " + amount_text(fee, desk_.asset), "fee_too_high"};
    }
    return Prepared{receiver, std::move(quote), fee};
  }

  WalletDesk& desk_;
  const PayoutSettings& settings_;
  const PayoutRow& payout_;
};

/// Another try would end the same way.
bool is_for_a_person(std::string_view code) {
  return code == "quote_wrong" || code == "fee_too_high" || code == "ledger_overdraft" ||
         code == "wallet_not_allowed" || code == "wallet_request_denied";
}

std::string receive_text(const Quote& quote) {
  const PaymentAmount& amount = quote.receive_amount;
  return amount.value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
             ? amount_text(static_cast<std::int64_t>(amount.value), amount.asset)
             : std::string();
}

/// The books, the quote and the order: all or nothing. Only then does anything leave.
Result<Uuid> order(WalletDesk& desk, Transaction& tx, const PayoutRow& payout,
                   const Prepared& prepared, const WalletAddress& site) {
  const std::int64_t now_ms = desk.clock();
  const auto grant = given_grant(tx, kPayoutsPurpose, Uuid());
  if (!grant) {
    return grant.error();
  }
  if (!*grant) {
    return Error{"the site's wallet is not open for payouts", "no_grant"};
  }
  const auto transfer = add_transfer(
      tx, {std::string(kPayoutPurpose), payout.id, (*grant)->id, site, prepared.quote}, now_ms);
  if (!transfer) {
    return transfer.error();
  }
  auto moved = tx.execute(
      sql("UPDATE payouts SET state = 'sending', fee = :fee, receiver = :receiver, receive_text = "
          ":text, busy_until_ms = 0, problem = '' WHERE id = :payout AND state = 'waiting' AND "
          "amount = :amount"),
      prepared.fee, prepared.receiver, receive_text(prepared.quote), payout.id, payout.amount);
  if (!moved) {
    return moved.error();
  }
  if (*moved == 0) {
    return Error{"another server has begun this payout", "payout_state"};
  }
  const auto booked = book_sending(
      tx, {payout.account, desk.asset, payout.amount, prepared.fee, transfer->text()}, now_ms);
  return booked ? Result<Uuid>(*transfer) : booked.error();
}

/// One try of a payout that is claimed.
Result<void> begin_payout(WalletDesk& desk, const PayoutRow& payout, const PayoutSettings& settings,
                          const Settle& settle) {
  const auto prepared = Preparation(desk, settings, payout).make();
  const auto site = desk.site.address();
  const auto transfer = !prepared ? Result<Uuid>(prepared.error())
                        : !site   ? Result<Uuid>(site.error())
                                  : desk.database.transact([&](Transaction& tx) {
                                    return order(desk, tx, payout, *prepared, *site);
                                  });
  if (transfer) {
    return advance_transfer(desk, *transfer, settle);
  }
  const Error& error = transfer.error();
  return desk.database.transact([&](Transaction& tx) {
    return put_off(tx, payout, problem_text(error), is_for_a_person(error.code), settings,
                   desk.clock());
  });
}

}  // namespace

Result<Uuid> propose_batch(Database& database, std::int64_t now_ms, const Uuid& administrator,
                           const Asset& asset, const PayoutSettings& settings) {
  const Uuid id = Uuid::make();
  return database.transact([&](Transaction& tx) -> Result<Uuid> {
    if (auto may = require_administrator(tx, administrator); !may) {
      return may.error();
    }
    const auto open =
        tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM payout_batches WHERE state = 'proposed'"));
    if (!open) {
      return open.error();
    }
    if (*open > 0) {
      return Error{"another batch waits for approval", "batch_open"};
    }
    const auto people = creditors(tx, asset, settings.least);
    if (!people) {
      return people.error();
    }
    if (people->empty()) {
      return Error{"nobody with a verified wallet has enough to be paid", "batch_empty"};
    }
    auto added = tx.execute(
        sql("INSERT INTO payout_batches (id, state, asset, scale, proposed_by, proposed_ms, "
            "approved_by, approved_ms) VALUES (:id, 'proposed', :asset, :scale, :administrator, "
            ":now, NULL, NULL)"),
        id, asset.code, asset.scale, administrator, now_ms);
    if (!added) {
      return added.error();
    }
    for (const Creditor& creditor : *people) {
      auto kept = tx.execute(
          sql("INSERT INTO payouts (id, batch_id, account_id, wallet, amount, paid, fee, state, "
              "receiver, receive_text, attempts, next_ms, busy_until_ms, problem) VALUES (:id, "
              ":batch, :account, :wallet, :amount, 0, 0, 'waiting', '', '', 0, :now, 0, '')"),
          Uuid::make(), id, creditor.account, creditor.wallet, -creditor.vested, now_ms);
      if (!kept) {
        return kept.error();
      }
    }
    const auto logged = audit::append(tx, {administrator, "payout.propose", id.text()}, now_ms);
    return logged ? Result<Uuid>(id) : logged.error();
  });
}

Result<void> approve_batch(Database& database, std::int64_t now_ms, const Uuid& administrator,
                           const Uuid& batch) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    const auto found = undecided_batch(tx, administrator, batch);
    if (!found) {
      return found.error();
    }
    if (found->proposed_by == administrator) {
      return Error{"another administrator has to approve it", "same_person"};
    }
    const auto open = given_grant(tx, kPayoutsPurpose, Uuid());
    if (!open) {
      return open.error();
    }
    if (!*open) {
      return Error{"open the site's wallet for payouts first", "no_grant"};
    }
    auto changed = tx.execute(
        sql("UPDATE payout_batches SET state = 'approved', approved_by = :administrator, "
            "approved_ms = :now WHERE id = :batch"),
        administrator, now_ms, batch);
    return changed ? audit::append(tx, {administrator, "payout.approve", batch.text()}, now_ms)
                   : Result<void>(changed.error());
  });
}

Result<void> cancel_batch(Database& database, std::int64_t now_ms, const Uuid& administrator,
                          const Uuid& batch) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    const auto found = undecided_batch(tx, administrator, batch);
    if (!found) {
      return found.error();
    }
    auto changed =
        tx.execute(sql("UPDATE payout_batches SET state = 'cancelled' WHERE id = :batch"), batch);
    if (!changed) {
      return changed.error();
    }
    auto freed =
        tx.execute(sql("UPDATE payouts SET state = 'returned' WHERE batch_id = :batch"), batch);
    if (!freed) {
      return freed.error();
    }
    if (auto forgotten = forget_closed(tx, batch); !forgotten) {
      return forgotten;
    }
    return audit::append(tx, {administrator, "payout.cancel", batch.text()}, now_ms);
  });
}

Result<PayoutBatch> find_batch(Database& database, const Uuid& batch) {
  return database.read([&](Transaction& tx) -> Result<PayoutBatch> {
    auto found = read_batch(tx, batch);
    if (!found) {
      return found;
    }
    auto rows = tx.query<PayoutRow>(
        sql("SELECT id, batch_id, account_id, wallet, amount, paid, fee, state, receiver, "
            "receive_text, attempts, problem FROM payouts WHERE batch_id = :batch ORDER BY id"),
        batch);
    if (!rows) {
      return rows.error();
    }
    for (PayoutRow& row : *rows) {
      found->payouts.push_back({row.id, row.account, std::move(row.wallet), row.amount, row.paid,
                                std::move(row.state), std::move(row.receive_text),
                                std::move(row.problem)});
    }
    return found;
  });
}

Result<std::vector<PayoutBatch>> list_batches(Database& database) {
  const auto rows = database.read([](Transaction& tx) { return read_batches(tx); });
  if (!rows) {
    return rows.error();
  }
  std::vector<PayoutBatch> batches;
  std::transform(rows->begin(), rows->end(), std::back_inserter(batches), batch_of);
  return batches;
}

Result<void> decide_payout(Database& database, std::int64_t now_ms, const Uuid& administrator,
                           const Uuid& payout, bool again) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    if (auto may = require_administrator(tx, administrator); !may) {
      return may.error();
    }
    const auto row = read_payout(tx, payout);
    if (!row) {
      return row.error();
    }
    if (row->state != "held") {
      return Error{"this payout waits for no decision", "payout_state"};
    }
    auto changed = tx.execute(
        sql("UPDATE payouts SET state = :state, attempts = 0, next_ms = :now, problem = '' WHERE "
            "id = :payout"),
        again ? "waiting" : "returned", now_ms, payout);
    if (!changed) {
      return changed.error();
    }
    if (auto forgotten = forget_closed(tx, row->batch); !forgotten) {
      return forgotten;
    }
    return audit::append(
        tx, {administrator, again ? "payout.again" : "payout.return", payout.text()}, now_ms);
  });
}

Result<void> settle_payout(Transaction& tx, const Transfer& transfer, std::int64_t now_ms,
                           const PayoutSettings& settings) {
  auto payout = read_payout(tx, transfer.subject);
  if (!payout) {
    return payout.error();
  }
  // Of what failed, a wallet says what went out without its fee: that it kept none is assumed, and
  // a person looks.
  const bool is_done = transfer.state == TransferState::kDone;
  const std::int64_t paid = is_done ? payout->amount : std::min(transfer.sent, payout->amount);
  const auto booked = book_sent(
      tx, {payout->account, transfer.asset, payout->amount, payout->fee, transfer.id.text()}, paid,
      is_done, now_ms);
  if (!booked) {
    return booked.error();
  }
  payout->paid += paid;
  payout->amount -= paid;
  // A wallet that refuses will refuse again; what it could not deliver, it may.
  const bool retry = transfer.problem == "expired" || transfer.problem == "failed";
  const auto moved =
      is_done ? done(tx.execute(sql("UPDATE payouts SET state = 'paid', amount = 0, paid = :paid, "
                                    "problem = '' WHERE id = :payout"),
                                payout->paid, payout->id))
              : put_off(tx, *payout, transfer.problem, !retry, settings, now_ms);
  return moved ? forget_closed(tx, payout->batch) : moved;
}

Result<void> forget_payouts(Transaction& tx, const Uuid& account) {
  auto transfers = tx.execute(
      sql("UPDATE transfers SET receiver = '', quote = '' WHERE purpose = 'payout' AND state IN "
          "('done', 'failed') AND subject_id IN (SELECT id FROM payouts WHERE account_id = "
          ":account)"),
      account);
  if (!transfers) {
    return transfers.error();
  }
  return done(tx.execute(sql("UPDATE payouts SET wallet = '', receiver = '' WHERE account_id = "
                             ":account AND state IN ('paid', 'returned')"),
                         account));
}

Result<int> advance_payouts(WalletDesk& desk, const PayoutSettings& settings,
                            const Settle& settle) {
  if (auto ended = end_older_grants(desk, kPayoutsPurpose); !ended) {
    return ended.error();
  }
  const std::int64_t now_ms = desk.clock();
  const auto due = desk.database.read([&](Transaction& tx) {
    return tx.query<Uuid>(
        sql("SELECT payouts.id FROM payouts JOIN payout_batches ON payout_batches.id = "
            "payouts.batch_id WHERE payout_batches.state = 'approved' AND payouts.state = "
            "'waiting' AND next_ms <= :now AND busy_until_ms <= :now ORDER BY next_ms LIMIT :most"),
        now_ms, kAtOnce);
  });
  if (!due) {
    return due.error();
  }
  for (const Uuid& payout : *due) {
    const auto claimed =
        desk.database.transact([&](Transaction& tx) -> Result<std::optional<PayoutRow>> {
          const auto taken = tx.execute(
              sql("UPDATE payouts SET busy_until_ms = :until WHERE id = :payout AND state = "
                  "'waiting' AND busy_until_ms <= :now"),
              desk.clock() + 2 * kClaimMs, payout, desk.clock());
          if (!taken) {
            return taken.error();
          }
          if (*taken == 0) {
            return std::optional<PayoutRow>();
          }
          auto row = read_payout(tx, payout);
          return row ? Result<std::optional<PayoutRow>>(std::move(*row)) : row.error();
        });
    if (!claimed) {
      return claimed.error();
    }
    if (*claimed) {
      if (auto begun = begin_payout(desk, **claimed, settings, settle); !begun) {
        return begun.error();
      }
    }
  }
  return static_cast<int>(due->size());
}

}  // namespace everyface
