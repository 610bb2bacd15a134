#include "everyface/money/transfers.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "everyface/base/printable.h"
#include "everyface/money/wallet_grants.h"
#include "money/grant_calls.h"
#include "money/rows.h"

namespace everyface {
namespace {

constexpr std::array<std::string_view, 5> kStates = {"quoted", "posting", "sent", "done", "failed"};
constexpr std::int64_t kAtOnce = 50;
constexpr int kPageSize = 100;
constexpr int kMostPages = 100;
constexpr std::size_t kLongestProblem = 300;
/// After its quote has expired by our clock, until we take the wallet's word that it was not used.
constexpr std::int64_t kExpiryMarginMs = 2 * kMinuteMs;
/// Where a wallet sets no end to its quotes.
constexpr std::int64_t kLongestQuoteMs = kDayMs;

struct TransferRow {
  Uuid id;
  std::string purpose;
  Uuid subject;
  Uuid grant;
  std::string payer;
  std::string resource_server;
  std::string quote;
  std::optional<std::int64_t> quote_until_ms;
  std::int64_t debit = 0;
  std::string asset;
  std::int64_t scale = 0;
  std::string receiver;
  std::int64_t receive = 0;
  std::string receive_asset;
  std::int64_t receive_scale = 0;
  std::string state;
  std::string outgoing;
  std::int64_t sent = 0;
  std::int64_t attempts = 0;
  std::string problem;
  static constexpr auto columns = std::make_tuple(
      &TransferRow::id, &TransferRow::purpose, &TransferRow::subject, &TransferRow::grant,
      &TransferRow::payer, &TransferRow::resource_server, &TransferRow::quote,
      &TransferRow::quote_until_ms, &TransferRow::debit, &TransferRow::asset, &TransferRow::scale,
      &TransferRow::receiver, &TransferRow::receive, &TransferRow::receive_asset,
      &TransferRow::receive_scale, &TransferRow::state, &TransferRow::outgoing, &TransferRow::sent,
      &TransferRow::attempts, &TransferRow::problem);
};

Transfer transfer_of(TransferRow row) {
  Transfer transfer;
  transfer.id = row.id;
  transfer.purpose = std::move(row.purpose);
  transfer.subject = row.subject;
  transfer.grant = row.grant;
  transfer.payer = std::move(row.payer);
  transfer.resource_server = std::move(row.resource_server);
  transfer.quote = std::move(row.quote);
  transfer.quote_until_ms = row.quote_until_ms;
  transfer.debit = row.debit;
  transfer.asset = {std::move(row.asset), static_cast<int>(row.scale)};
  transfer.receiver = std::move(row.receiver);
  transfer.receive = row.receive;
  transfer.receive_asset = {std::move(row.receive_asset), static_cast<int>(row.receive_scale)};
  const auto* const state = std::find(kStates.begin(), kStates.end(), row.state);
  transfer.state = static_cast<TransferState>(state - kStates.begin());
  transfer.outgoing = std::move(row.outgoing);
  transfer.sent = row.sent;
  transfer.attempts = row.attempts;
  transfer.problem = std::move(row.problem);
  return transfer;
}

/// Where the grant no longer works and its owner has given another since, that one.
Result<void> renew_grant(Transaction& tx, Transfer& transfer) {
  const auto grant = find_grant(tx, transfer.grant);
  if (!grant) {
    return grant.error();
  }
  if (grant->state == GrantState::kGiven) {
    return {};
  }
  const auto newer = given_grant(tx, grant->purpose, grant->subject);
  if (!newer) {
    return newer.error();
  }
  if (!*newer) {
    return {};
  }
  transfer.grant = (*newer)->id;
  return done(tx.execute(sql("UPDATE transfers SET grant_id = :grant_id WHERE id = :id"),
                         transfer.grant, transfer.id));
}

/// In which state a server took a transfer, and until when. One that is slower has lost it, and
/// writes nothing: another may have gone on with it since.
struct Hold {
  TransferState state = TransferState::kQuoted;
  std::int64_t until_ms = 0;
};
struct Claim {
  Transfer transfer;
  Hold hold;
};

/// Takes the transfer for one call to its wallet. None: it is settled, not due, or another
/// server's.
Result<std::optional<Claim>> claim(WalletDesk& desk, const Uuid& id) {
  return desk.database.transact([&](Transaction& tx) -> Result<std::optional<Claim>> {
    const std::int64_t now_ms = desk.clock();
    const std::int64_t until_ms = now_ms + kClaimMs;
    const auto claimed = tx.execute(
        sql("UPDATE transfers SET busy_until_ms = :until WHERE id = :id AND busy_until_ms <= :now "
            "AND next_ms <= :now AND state IN ('quoted', 'posting', 'sent')"),
        until_ms, id, now_ms);
    if (!claimed) {
      return claimed.error();
    }
    if (*claimed == 0) {
      return std::optional<Claim>();
    }
    auto transfer = find_transfer(tx, id);
    if (!transfer) {
      return transfer.error();
    }
    if (auto renewed = renew_grant(tx, *transfer); !renewed) {
      return renewed.error();
    }
    const TransferState state = transfer->state;
    return std::optional(Claim{std::move(*transfer), {state, until_ms}});
  });
}

/// What came of a call, and when to go on.
Result<void> keep(WalletDesk& desk, const Transfer& transfer, const Hold& hold,
                  std::int64_t next_ms, const Settle& settle) {
  return desk.database.transact([&](Transaction& tx) -> Result<void> {
    auto kept = tx.execute(
        sql("UPDATE transfers SET state = :state, outgoing = :outgoing, sent = :sent, attempts = "
            ":attempts, problem = :problem, next_ms = :next, busy_until_ms = 0 WHERE id = :id AND "
            "state = :hold_state AND busy_until_ms = :hold_until"),
        transfer_state_name(transfer.state), transfer.outgoing, transfer.sent, transfer.attempts,
        transfer.problem, next_ms, transfer.id, transfer_state_name(hold.state), hold.until_ms);
    if (!kept) {
      return kept.error();
    }
    const bool over = *kept > 0 && (transfer.state == TransferState::kDone ||
                                    transfer.state == TransferState::kFailed);
    return over ? settle(tx, transfer) : Result<void>();
  });
}

std::string problem_text(const Error& error) {
  return error.code + ": " + printable(std::string_view(error.message).substr(0, kLongestProblem));
}

/// The payment that was made of the quote, if the wallet lists one.
Result<std::optional<OutgoingPayment>> look_for(WalletDesk& desk, const Transfer& transfer) {
  PageRequest page{{}, kPageSize, 0};
  for (int pages = 0; pages < kMostPages; ++pages) {
    const auto list = with_token<PaymentPage<OutgoingPayment>>(
        desk, transfer.grant, [&](const std::string& token) {
          return desk.client.list_outgoing_payments(transfer.resource_server, token, transfer.payer,
                                                    page);
        });
    if (!list) {
      return list.error();
    }
    for (const OutgoingPayment& payment : list->items) {
      if (payment.quote_id == transfer.quote) {
        return std::optional(payment);
      }
    }
    if (!list->has_next || list->end_cursor.empty()) {
      return std::optional<OutgoingPayment>();
    }
    page.cursor = list->end_cursor;
  }
  return Error{"the wallet lists payments without end", "wallet_malformed_answer"};
}

bool has_expired(const WalletDesk& desk, const Transfer& transfer, std::int64_t margin_ms) {
  return transfer.quote_until_ms && *transfer.quote_until_ms + margin_ms <= desk.clock();
}

class Steps {
 public:
  Steps(WalletDesk& desk, Claim claimed, const Settle& settle)
      : desk_(desk), transfer_(std::move(claimed.transfer)), hold_(claimed.hold), settle_(settle) {}

  Result<void> take() { return transfer_.state == TransferState::kSent ? see() : post(); }

 private:
  Result<void> keep_for(std::int64_t pause_ms) {
    return keep(desk_, transfer_, hold_, desk_.clock() + pause_ms, settle_);
  }

  Result<void> later(const Error& error) {
    transfer_.problem = problem_text(error);
    return keep_for(back_off_ms(++transfer_.attempts));
  }

  Result<void> fail(std::string problem) {
    transfer_.problem = std::move(problem);
    transfer_.state = TransferState::kFailed;
    return keep_for(0);
  }

  Result<void> post() {
    const TransferState before = transfer_.state;
    if (before == TransferState::kPosting) {
      // It was tried: whether it was done, the wallet knows.
      const auto found = look_for(desk_, transfer_);
      if (!found) {
        return later(found.error());
      }
      if (*found) {
        return take_payment(**found);
      }
      if (has_expired(desk_, transfer_, kExpiryMarginMs)) {
        return fail("expired");
      }
      if (has_expired(desk_, transfer_, 0)) {
        return keep_for(kExpiryMarginMs);
      }
    } else if (has_expired(desk_, transfer_, 0)) {
      return fail("expired");  // nothing was ever sent
    }
    const auto written = write_down();
    if (!written) {
      return written.error();
    }
    if (!*written) {
      return {};
    }
    transfer_.state = TransferState::kPosting;
    Failure failure = Failure::kUnknown;
    const auto payment = with_token<OutgoingPayment>(
        desk_, transfer_.grant,
        [&](const std::string& token) {
          return desk_.client.create_outgoing_payment(transfer_.resource_server, token,
                                                      {transfer_.payer, transfer_.quote});
        },
        &failure);
    if (payment) {
      return take_payment(*payment);
    }
    if (failure == Failure::kNotAsked) {
      transfer_.state = before;
    }
    // Where it was tried before, a refusal may be of the second try alone. The quote's end decides.
    return failure == Failure::kRefused && before == TransferState::kQuoted
               ? fail(problem_text(payment.error()))
               : later(payment.error());
  }

  Result<void> take_payment(const OutgoingPayment& payment) {
    transfer_.outgoing = payment.id;
    transfer_.state = TransferState::kSent;
    transfer_.problem.clear();
    return keep_for(0);
  }

  /// Written down before anything is sent. False: it is another server's by now.
  Result<bool> write_down() {
    const std::int64_t until_ms = desk_.clock() + kClaimMs;
    auto written = desk_.database.transact([&](Transaction& tx) -> Result<bool> {
      const auto changed =
          tx.execute(sql("UPDATE transfers SET state = 'posting', busy_until_ms = :until WHERE id "
                         "= :id AND state = :hold_state AND busy_until_ms = :hold_until"),
                     until_ms, transfer_.id, transfer_state_name(hold_.state), hold_.until_ms);
      if (!changed) {
        return changed.error();
      }
      return *changed > 0;
    });
    if (written && *written) {
      hold_ = {TransferState::kPosting, until_ms};
    }
    return written;
  }

  Result<void> see() {
    const auto payment =
        with_token<OutgoingPayment>(desk_, transfer_.grant, [&](const std::string& token) {
          return desk_.client.outgoing_payment(transfer_.outgoing, token);
        });
    if (!payment) {
      return later(payment.error());
    }
    const auto sent = static_cast<std::int64_t>(
        std::min(payment->sent_amount.value, static_cast<std::uint64_t>(transfer_.debit)));
    if (payment->failed) {
      transfer_.sent = sent;
      return fail(sent > 0 ? "partial" : "failed");
    }
    const auto arrived = has_arrived(sent);
    if (!arrived) {
      return later(arrived.error());
    }
    if (!*arrived) {
      return keep_for(back_off_ms(++transfer_.attempts));  // on its way
    }
    transfer_.sent = transfer_.debit;
    transfer_.problem.clear();
    transfer_.state = TransferState::kDone;
    return keep_for(0);
  }

  /// A wallet's "sent" is without its fees, so that it may never reach the debit, and nothing says
  /// that a payment is over. What it was to bring has to be there.
  Result<bool> has_arrived(std::int64_t sent) const {
    if (sent == 0) {
      return false;
    }
    if (sent >= transfer_.debit ||
        (transfer_.receive_asset == transfer_.asset && sent >= transfer_.receive)) {
      return true;
    }
    const auto received = desk_.client.received_by(transfer_.receiver);
    if (!received) {
      return Error(received.error());
    }
    return received->has_value() && (*received)->asset == transfer_.receive_asset &&
           (*received)->value >= static_cast<std::uint64_t>(transfer_.receive);
  }

  WalletDesk& desk_;
  Transfer transfer_;
  Hold hold_;
  const Settle& settle_;
};

Result<void> read_due(Transaction& tx, std::int64_t now_ms, std::vector<Uuid>& due) {
  auto rows = tx.query<Uuid>(sql("SELECT id FROM transfers WHERE state IN ('quoted', 'posting', "
                                 "'sent') AND next_ms <= :now AND busy_until_ms <= :now ORDER BY "
                                 "next_ms LIMIT :most"),
                             now_ms, kAtOnce);
  if (!rows) {
    return rows.error();
  }
  due = std::move(*rows);
  return {};
}

}  // namespace

std::string_view transfer_state_name(TransferState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

Result<Uuid> add_transfer(Transaction& tx, const NewTransfer& wanted, std::int64_t now_ms) {
  const Quote& quote = wanted.quote;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (quote.debit_amount.value > kMost || quote.receive_amount.value > kMost ||
      quote.debit_amount.value == 0) {
    return Error{"the wallet quotes an amount that cannot be paid", "amount"};
  }
  const Uuid id = Uuid::make();
  const std::int64_t until_ms = std::min(
      instant_ms(quote.expires_at).value_or(now_ms + kLongestQuoteMs), now_ms + kLongestQuoteMs);
  auto added = tx.execute(
      sql("INSERT INTO transfers (id, purpose, subject_id, grant_id, payer, resource_server, "
          "quote, "
          "quote_until_ms, debit, asset, scale, receiver, receive, receive_asset, receive_scale, "
          "state, outgoing, sent, attempts, next_ms, busy_until_ms, problem, created_ms) VALUES "
          "(:id, :purpose, :subject, :grant_id, :payer, :server, :quote, :until, :debit, :asset, "
          ":scale, :receiver, :receive, :receive_asset, :receive_scale, 'quoted', '', 0, 0, :now, "
          "0, "
          "'', :now)"),
      id, wanted.purpose, wanted.subject, wanted.grant, wanted.payer.id,
      wanted.payer.resource_server, quote.id, std::optional(until_ms),
      static_cast<std::int64_t>(quote.debit_amount.value), quote.debit_amount.asset.code,
      quote.debit_amount.asset.scale, quote.receiver,
      static_cast<std::int64_t>(quote.receive_amount.value), quote.receive_amount.asset.code,
      quote.receive_amount.asset.scale, now_ms);
  return added ? Result<Uuid>(id) : added.error();
}

Result<Transfer> find_transfer(Transaction& tx, const Uuid& transfer) {
  auto row = tx.find<TransferRow>(
      sql("SELECT id, purpose, subject_id, grant_id, payer, resource_server, quote, "
          "quote_until_ms, "
          "debit, asset, scale, receiver, receive, receive_asset, receive_scale, state, outgoing, "
          "sent, "
          "attempts, problem FROM transfers WHERE id = "
          ":transfer"),
      transfer);
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return Error{"there is no such transfer", "not_found"};
  }
  return transfer_of(std::move(**row));
}

Result<void> advance_transfer(WalletDesk& desk, const Uuid& transfer, const Settle& settle) {
  while (true) {
    auto claimed = claim(desk, transfer);
    if (!claimed) {
      return claimed.error();
    }
    if (!*claimed) {
      return {};
    }
    if (auto taken = Steps(desk, std::move(**claimed), settle).take(); !taken) {
      return taken;
    }
  }
}

Result<int> advance_transfers(WalletDesk& desk, const Settle& settle) {
  std::vector<Uuid> due;
  const auto read =
      desk.database.read([&](Transaction& tx) { return read_due(tx, desk.clock(), due); });
  if (!read) {
    return read.error();
  }
  for (const Uuid& transfer : due) {
    if (auto advanced = advance_transfer(desk, transfer, settle); !advanced) {
      return advanced.error();
    }
  }
  return static_cast<int>(due.size());
}

Result<void> hurry_transfer(Transaction& tx, std::string_view outgoing) {
  return done(tx.execute(sql("UPDATE transfers SET next_ms = 0 WHERE outgoing = :outgoing AND "
                             "state = 'sent'"),
                         outgoing));
}

}  // namespace everyface
