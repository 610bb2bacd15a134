#include "everyface/commons/upkeep.h"

#include <chrono>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "commons/blob_trash.h"
#include "commons/face_templates.h"
#include "commons/photo_rows.h"
#include "commons/release_rows.h"

namespace everyface {
namespace {

/// Keeps the first error of several steps, each of which is tried.
class Steps {
 public:
  void take(const Result<std::int64_t>& result, std::int64_t& count) {
    if (result) {
      count += *result;
    } else {
      problem_ = problem_.value_or(result.error());
    }
  }
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

 private:
  std::optional<Error> problem_;
};

Result<std::int64_t> forget_networks(Transaction& tx, std::int64_t before_ms) {
  auto forgotten = tx.execute(
      sql("UPDATE photos SET network = NULL WHERE network IS NOT NULL AND sent_ms <= :before"),
      before_ms);
  if (!forgotten) {
    return forgotten.error();
  }
  return *forgotten;
}

/// Whether a row names each blob, or the trash does.
Result<std::vector<bool>> known_blobs(Database& database, std::span<const std::string> keys) {
  std::vector<bool> known;
  for (const std::string& key : keys) {
    const auto rows = database.read([&](Transaction& tx) {
      return tx.one<std::int64_t>(
          sql("SELECT (SELECT COUNT(*) FROM photos WHERE photo_key = :key) + (SELECT COUNT(*) FROM "
              "photos WHERE thumbnail_key = :key) + (SELECT COUNT(*) FROM gold_items WHERE "
              "photo_key = :key OR thumbnail_key = :key) + (SELECT COUNT(*) FROM release_files "
              "WHERE blob_key = :key) + (SELECT COUNT(*) FROM blob_trash WHERE blob_key = :key)"),
          key);
    });
    if (!rows) {
      return rows.error();
    }
    known.push_back(*rows > 0);
  }
  return known;
}

}  // namespace

Result<UpkeepDone> tidy(Photos& photos, Database& database, BlobStore& blobs, std::int64_t now_ms) {
  UpkeepDone done;
  Steps steps;
  steps.take(
      database.transact([&](Transaction& tx) { return delete_expired_templates(tx, now_ms); }),
      done.templates_expired);
  steps.take(database.transact([&](Transaction& tx) {
    return forget_networks(tx, now_ms - photos.policy().network_days * kDayMs);
  }),
             done.networks_forgotten);
  steps.take(database.transact([&](Transaction& tx) { return fail_dead_releases(tx, now_ms); }),
             done.releases_failed);
  steps.take(photos.screen_all(), done.photos_screened);
  steps.take(erase_trash(database, blobs, now_ms), done.blobs_erased);
  steps.take(blobs.remove_leftovers(now_ms - kDayMs), done.files_unfinished);
  if (steps.problem()) {
    return *steps.problem();
  }
  return done;
}

Result<std::int64_t> remove_dead_work(const std::filesystem::path& folder, std::int64_t now_ms) {
  namespace fs = std::filesystem;
  const auto before =
      fs::file_time_type::clock::from_sys(std::chrono::sys_time<std::chrono::milliseconds>(
          std::chrono::milliseconds(now_ms - kDeadMs)));
  std::int64_t removed = 0;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    std::error_code gone;  // by its owner, or another server
    if (const auto touched = entry.last_write_time(gone); gone || touched >= before) {
      continue;
    }
    removed += fs::remove_all(entry.path(), gone) > 0 && !gone ? 1 : 0;
  }
  if (problem && problem != std::errc::no_such_file_or_directory) {
    return Error{"cannot list " + folder.string() + ": " + problem.message()};
  }
  return removed;
}

Result<std::int64_t> trash_orphans(Database& database, BlobStore& blobs, std::int64_t now_ms) {
  // A blob is announced before it is written, so that one which is found here was known then.
  const auto report = sweep_orphans(
      blobs, "", std::numeric_limits<std::int64_t>::max(),
      [&](std::span<const std::string> keys) { return known_blobs(database, keys); }, false);
  if (!report) {
    return report.error();
  }
  auto trashed = database.transact([&](Transaction& tx) -> Result<void> {
    for (const BlobEntry& orphan : report->orphans) {
      if (auto done = trash_blob(tx, orphan.key, now_ms); !done) {
        return done;
      }
    }
    return {};
  });
  if (!trashed) {
    return trashed.error();
  }
  return static_cast<std::int64_t>(report->orphans.size());
}

}  // namespace everyface
