#include "everyface/commons/outbox.h"

#include <algorithm>

namespace everyface {
namespace {

constexpr std::int64_t kClaimMs = 10 * kMinuteMs;
constexpr std::int64_t kMaxPauseMs = 6 * kHourMs;
constexpr std::int64_t kMaxAttempts = 12;

struct QueuedMail {
  Uuid id;
  std::string recipient;
  std::string subject;
  std::string body;
  std::int64_t attempts = 0;
  static constexpr auto columns =
      std::make_tuple(&QueuedMail::id, &QueuedMail::recipient, &QueuedMail::subject,
                      &QueuedMail::body, &QueuedMail::attempts);
};

/// The oldest mail that is due, claimed so that no other server sends it meanwhile.
Result<std::optional<QueuedMail>> claim(Database& database, std::int64_t now_ms) {
  return database.transact([&](Transaction& tx) -> Result<std::optional<QueuedMail>> {
    auto mail = tx.find<QueuedMail>(
        sql("SELECT id, recipient, subject, body, attempts FROM mail_outbox WHERE next_ms <= :now "
            "ORDER BY next_ms, id LIMIT 1"),
        now_ms);
    if (!mail) {
      return mail.error();
    }
    if (!*mail) {
      return std::optional<QueuedMail>{};
    }
    (*mail)->attempts += 1;
    auto claimed = tx.execute(
        sql("UPDATE mail_outbox SET attempts = :attempts, next_ms = :next WHERE id = :id"),
        (*mail)->attempts, now_ms + kClaimMs, (*mail)->id);
    if (!claimed) {
      return claimed.error();
    }
    return std::move(*mail);
  });
}

Result<void> remove(Database& database, const Uuid& mail) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    auto removed = tx.execute(sql("DELETE FROM mail_outbox WHERE id = :id"), mail);
    if (!removed) {
      return removed.error();
    }
    return {};
  });
}

Result<void> postpone(Database& database, const QueuedMail& mail, std::int64_t now_ms) {
  const std::int64_t pause_ms =
      std::min(kMaxPauseMs, kMinuteMs << static_cast<unsigned>(mail.attempts - 1));
  return database.transact([&](Transaction& tx) -> Result<void> {
    auto changed = tx.execute(sql("UPDATE mail_outbox SET next_ms = :next WHERE id = :id"),
                              now_ms + pause_ms, mail.id);
    if (!changed) {
      return changed.error();
    }
    return {};
  });
}

}  // namespace

Result<void> queue_mail(Transaction& tx, const Mail& mail, std::int64_t now_ms) {
  auto added =
      tx.execute(sql("INSERT INTO mail_outbox (id, recipient, subject, body, attempts, created_ms, "
                     "next_ms) VALUES (:id, :recipient, :subject, :body, 0, :now, :now)"),
                 Uuid::make(), mail.recipient, mail.subject, mail.body, now_ms);
  if (!added) {
    return added.error();
  }
  return {};
}

Result<Delivery> deliver_mail(Database& database, Mailer& mailer, const Clock& clock,
                              std::size_t limit, std::string* problem) {
  Delivery delivery;
  for (std::size_t i = 0; i < limit; ++i) {
    auto mail = claim(database, clock());
    if (!mail) {
      return mail.error();
    }
    if (!*mail) {
      break;
    }
    const QueuedMail& queued = **mail;
    const auto sent = mailer.send({queued.recipient, queued.subject, queued.body});
    const bool hopeless =
        !sent && (sent.error().code == "mail_refused" || queued.attempts >= kMaxAttempts);
    if (!sent && problem != nullptr) {
      *problem = sent.error().message;
    }
    (sent ? delivery.sent : hopeless ? delivery.given_up : delivery.postponed) += 1;
    auto noted =
        sent || hopeless ? remove(database, queued.id) : postpone(database, queued, clock());
    if (!noted) {
      return noted.error();
    }
  }
  return delivery;
}

Result<std::int64_t> waiting_mails(Database& database) {
  return database.read([](Transaction& tx) -> Result<std::int64_t> {
    auto count = tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM mail_outbox"));
    if (!count) {
      return count.error();
    }
    return *count;
  });
}

}  // namespace everyface
