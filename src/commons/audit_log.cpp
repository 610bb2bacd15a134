#include "everyface/commons/audit_log.h"

#include <fmt/format.h>

#include "everyface/base/hash.h"

namespace everyface::audit {
namespace {

struct HeadRow {
  std::int64_t position = 0;
  std::string hash;
  static constexpr auto columns = std::make_tuple(&HeadRow::position, &HeadRow::hash);
};

Head start_of_chain() { return {0, std::string(64, '0')}; }

std::string hash_of(const Recorded& entry) {
  std::string text;
  const auto add = [&text](std::string_view field) {
    text += fmt::format("{}:{}", field.size(), field);
  };
  add(entry.previous_hash);
  add(std::to_string(entry.position));
  add(std::to_string(entry.at_ms));
  add(entry.actor ? entry.actor->text() : "");
  add(entry.action);
  add(entry.subject);
  add(entry.details);
  return sha256_hex(text);
}

/// Whether the entry is what its place in the chain asks for.
Result<void> check(const Recorded& entry, const Head& before, const std::optional<Head>& noted) {
  if (entry.position != before.position + 1) {
    return Error{fmt::format("audit log: entry {} is missing", before.position + 1)};
  }
  if (entry.previous_hash != before.hash) {
    return Error{
        fmt::format("audit log, entry {}: does not follow the entry before it", entry.position)};
  }
  if (entry.hash != hash_of(entry)) {
    return Error{
        fmt::format("audit log, entry {}: was changed after it was written", entry.position)};
  }
  if (noted && noted->position == entry.position && noted->hash != entry.hash) {
    return Error{
        fmt::format("audit log, entry {}: has another hash than was noted; the log up to "
                    "it was written anew",
                    entry.position)};
  }
  return {};
}

}  // namespace

Result<void> append(Transaction& tx, const Entry& entry, std::int64_t now_ms) {
  auto last =
      tx.find<HeadRow>(sql("SELECT position, hash FROM audit_log ORDER BY position DESC LIMIT 1"));
  if (!last) {
    return last.error();
  }
  const Head before = *last ? Head{(*last)->position, std::move((*last)->hash)} : start_of_chain();
  Recorded next{before.position + 1, now_ms,        entry.actor, entry.action,
                entry.subject,       entry.details, before.hash, {}};
  next.hash = hash_of(next);
  auto added = tx.execute(
      sql("INSERT INTO audit_log (position, at_ms, actor_id, action, subject, details, "
          "previous_hash, hash) VALUES (:position, :at, :actor, :action, :subject, :details, "
          ":previous, :hash)"),
      next.position, next.at_ms, next.actor, next.action, next.subject, next.details,
      next.previous_hash, next.hash);
  if (!added) {
    return added.error();
  }
  return {};
}

Result<std::vector<Recorded>> list_after(Database& database, std::int64_t position,
                                         std::int64_t limit) {
  return database.read([&](Transaction& tx) -> Result<std::vector<Recorded>> {
    auto rows = tx.query<Recorded>(
        sql("SELECT position, at_ms, actor_id, action, subject, details, previous_hash, hash FROM "
            "audit_log WHERE position > :position ORDER BY position LIMIT :limit"),
        position, limit);
    if (!rows) {
      return rows.error();
    }
    return std::move(*rows);
  });
}

Result<std::vector<Recorded>> list_before(Database& database, std::optional<std::int64_t> position,
                                          std::string_view subject, std::int64_t limit) {
  const std::int64_t before = position.value_or(INT64_MAX);
  return database.read([&](Transaction& tx) -> Result<std::vector<Recorded>> {
    auto rows =
        subject.empty()
            ? tx.query<Recorded>(sql("SELECT position, at_ms, actor_id, action, subject, details, "
                                     "previous_hash, hash FROM audit_log WHERE position < :before "
                                     "ORDER BY position DESC LIMIT :limit"),
                                 before, limit)
            : tx.query<Recorded>(sql("SELECT position, at_ms, actor_id, action, subject, details, "
                                     "previous_hash, hash FROM audit_log WHERE subject = :subject "
                                     "AND position < :before ORDER BY position DESC LIMIT :limit"),
                                 subject, before, limit);
    if (!rows) {
      return rows.error();
    }
    return std::move(*rows);
  });
}

Result<Head> verify(Database& database, const std::optional<Head>& noted) {
  constexpr std::int64_t kAtOnce = 1000;
  Head head = start_of_chain();
  while (true) {
    auto entries = list_after(database, head.position, kAtOnce);
    if (!entries) {
      return entries.error();
    }
    if (entries->empty()) {
      break;
    }
    for (const Recorded& entry : *entries) {
      if (auto fine = check(entry, head, noted); !fine) {
        return fine.error();
      }
      head = {entry.position, entry.hash};
    }
  }
  if (noted && noted->position > head.position) {
    return Error{
        fmt::format("audit log: ends at entry {}, but entry {} was noted; entries were cut "
                    "off",
                    head.position, noted->position)};
  }
  return head;
}

}  // namespace everyface::audit
