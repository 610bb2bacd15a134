#include "commons/blob_trash.h"

#include <optional>

#include "everyface/commons/clock.h"

namespace everyface {
namespace {

/// A server that began to erase a blob and has not finished by then is taken for dead.
constexpr std::int64_t kErasingMs = 10 * kMinuteMs;

/// Takes the blob for this server, so that nobody keeps it or erases it at the same time.
Result<bool> claim(Database& database, const std::string& key, std::int64_t now_ms) {
  return database.transact([&](Transaction& tx) -> Result<bool> {
    auto claimed = tx.execute(
        sql("UPDATE blob_trash SET erasing_ms = :now WHERE blob_key = :key AND due_ms <= :now AND "
            "(erasing_ms IS NULL OR erasing_ms <= :dead)"),
        now_ms, key, now_ms - kErasingMs);
    if (!claimed) {
      return claimed.error();
    }
    return *claimed > 0;
  });
}

Result<void> forget(Database& database, const std::string& key) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    auto forgotten = tx.execute(sql("DELETE FROM blob_trash WHERE blob_key = :key"), key);
    if (!forgotten) {
      return forgotten.error();
    }
    return {};
  });
}

Result<std::vector<std::string>> due_keys(Database& database, std::int64_t now_ms) {
  return database.read([&](Transaction& tx) -> Result<std::vector<std::string>> {
    auto keys = tx.query<std::string>(
        sql("SELECT blob_key FROM blob_trash WHERE due_ms <= :now AND (erasing_ms IS NULL OR "
            "erasing_ms <= :dead) ORDER BY due_ms"),
        now_ms, now_ms - kErasingMs);
    if (!keys) {
      return keys.error();
    }
    return std::move(*keys);
  });
}

}  // namespace

Result<void> announce_blobs(Database& database, const std::vector<std::string>& keys,
                            std::int64_t due_ms) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    for (const std::string& key : keys) {
      auto added = tx.execute(sql("INSERT INTO blob_trash (blob_key, due_ms) VALUES (:key, :due)"),
                              key, due_ms);
      if (!added) {
        return added.error();
      }
    }
    return {};
  });
}

Result<void> keep_blob(Transaction& tx, const std::string& key) {
  auto kept =
      tx.execute(sql("DELETE FROM blob_trash WHERE blob_key = :key AND erasing_ms IS NULL"), key);
  if (!kept) {
    return kept.error();
  }
  if (*kept == 0) {
    return Error{"this took too long and was given up; try again", "too_late"};
  }
  return {};
}

Result<void> trash_blob(Transaction& tx, const std::string& key, std::int64_t now_ms) {
  auto added =
      tx.execute(sql("INSERT INTO blob_trash (blob_key, due_ms) VALUES (:key, :now) ON CONFLICT "
                     "(blob_key) DO NOTHING"),
                 key, now_ms);
  if (!added) {
    return added.error();
  }
  return {};
}

Result<void> give_up_blobs(Database& database, const std::vector<std::string>& keys,
                           std::int64_t now_ms) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    for (const std::string& key : keys) {
      auto due =
          tx.execute(sql("UPDATE blob_trash SET due_ms = :now WHERE blob_key = :key"), now_ms, key);
      if (!due) {
        return due.error();
      }
    }
    return {};
  });
}

Result<std::int64_t> erase_blobs(Database& database, BlobStore& blobs,
                                 const std::vector<std::string>& keys, std::int64_t now_ms) {
  std::int64_t erased = 0;
  std::optional<Error> problem;
  for (const std::string& key : keys) {
    const auto mine = claim(database, key, now_ms);
    if (!mine) {
      return mine.error();
    }
    if (!*mine) {
      continue;
    }
    if (auto removed = blobs.remove(key); !removed) {
      problem = problem.value_or(removed.error());
      continue;
    }
    if (auto forgotten = forget(database, key); !forgotten) {
      return forgotten.error();
    }
    ++erased;
  }
  if (problem) {
    return *problem;
  }
  return erased;
}

Result<std::int64_t> erase_trash(Database& database, BlobStore& blobs, std::int64_t now_ms) {
  const auto keys = due_keys(database, now_ms);
  if (!keys) {
    return keys.error();
  }
  return erase_blobs(database, blobs, *keys, now_ms);
}

}  // namespace everyface
