#include "commons/release_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "commons/blob_trash.h"
#include "commons/photo_rows.h"
#include "commons/sodium.h"
#include "everyface/base/text.h"
#include "everyface/commons/audit_log.h"

namespace everyface {
namespace {

constexpr std::array<std::pair<ReleaseState, std::string_view>, 4> kStates = {{
    {ReleaseState::kBuilding, "building"},
    {ReleaseState::kPublished, "published"},
    {ReleaseState::kRetired, "retired"},
    {ReleaseState::kFailed, "failed"},
}};

constexpr std::size_t kNameBytes = 10;  // 16 characters of base32

/// The newest release that was ever published.
struct LastRelease {
  Uuid id;
  std::int64_t major = 0;
  std::int64_t minor = 0;
  ReleaseState state = ReleaseState::kPublished;
  static constexpr auto columns = std::make_tuple(&LastRelease::id, &LastRelease::major,
                                                  &LastRelease::minor, &LastRelease::state);
};

DbResult<std::optional<LastRelease>> last_release(Transaction& tx) {
  return tx.find<LastRelease>(
      sql("SELECT id, major, minor, state FROM releases WHERE state IN "
          "('published', 'retired') ORDER BY major DESC, minor DESC LIMIT 1"));
}

DbResult<std::int64_t> living_cuts(Transaction& tx, std::int64_t now_ms) {
  return tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM releases WHERE state = 'building' AND heartbeat_ms > :dead"),
      now_ms - kDeadMs);
}

/// Gives every approved photo that has none a name, the same in all releases from now on.
Result<void> name_photos(Transaction& tx) {
  auto unnamed = tx.query<Uuid>(
      sql("SELECT id FROM photos WHERE state = 'approved' AND public_name IS NULL ORDER BY id"));
  if (!unnamed) {
    return unnamed.error();
  }
  for (const Uuid& photo : *unnamed) {
    const std::string name = lower_case(base32(random_bytes(kNameBytes)));
    auto named =
        change(tx, sql("UPDATE photos SET public_name = :name WHERE id = :photo"), name, photo);
    if (!named) {
      return named;
    }
  }
  return {};
}

/// A release's files are no longer offered; their digests stay.
Result<void> trash_files(Transaction& tx, const Uuid& release, std::int64_t now_ms) {
  auto keys = tx.query<std::string>(sql("SELECT blob_key FROM release_files WHERE release_id = "
                                        ":release AND blob_key IS NOT NULL"),
                                    release);
  if (!keys) {
    return keys.error();
  }
  for (const std::string& key : *keys) {
    if (auto trashed = trash_blob(tx, key, now_ms); !trashed) {
      return trashed;
    }
  }
  return change(tx, sql("UPDATE release_files SET blob_key = NULL WHERE release_id = :release"),
                release);
}

}  // namespace

Error overtaken() {
  return {"a photo was withdrawn while the release was cut, or the cut took too long", "overtaken"};
}

SqlValue SqlType<ReleaseState>::to(ReleaseState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) {
      return std::string(name);
    }
  }
  throw std::logic_error("no such state of a release");
}

std::optional<ReleaseState> SqlType<ReleaseState>::from(SqlValue&& value) {
  for (const auto& [state, name] : kStates) {
    if (name == std::get<std::string>(value)) {
      return state;
    }
  }
  return std::nullopt;
}

DbResult<std::int64_t> count_gone_photos(Transaction& tx, const Uuid& release) {
  return tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM release_photos JOIN photos ON photos.id = release_photos.photo_id "
          "WHERE release_photos.release_id = :release AND photos.state <> 'approved'"),
      release);
}

Result<Releases::Preview> preview_release(Transaction& tx, std::int64_t now_ms) {
  Releases::Preview preview;
  using Counts = std::tuple<std::int64_t, std::int64_t>;
  auto counts = tx.one<Counts>(
      sql("SELECT COUNT(*), COUNT(DISTINCT account_id) FROM photos WHERE state = 'approved'"));
  if (!counts) {
    return counts.error();
  }
  std::tie(preview.photos, preview.people) = *counts;
  auto last = last_release(tx);
  if (!last) {
    return last.error();
  }
  const Uuid before = *last ? (*last)->id : Uuid();
  auto added = tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM photos WHERE state = 'approved' AND NOT EXISTS (SELECT 1 FROM "
          "release_photos WHERE release_photos.photo_id = photos.id AND release_photos.release_id "
          "= :before)"),
      before);
  if (!added) {
    return added.error();
  }
  const auto removed = count_gone_photos(tx, before);
  if (!removed) {
    return removed.error();
  }
  auto living = living_cuts(tx, now_ms);
  if (!living) {
    return living.error();
  }
  preview.changed = *added > 0 || *removed > 0 || !*last ||
                    (*last)->state != ReleaseState::kPublished;  // taken back
  preview.added = *added;
  preview.removed = *removed;
  preview.cutting = *living > 0;
  if (!*last) {
    preview.version = {1, 0};
  } else if (*removed > 0) {
    preview.version = {(*last)->major + 1, 0};
  } else {
    preview.version = {(*last)->major, (*last)->minor + 1};
  }
  return preview;
}

Result<BegunRelease> begin_release(Transaction& tx, const std::string& notes, std::int64_t now_ms) {
  if (auto failed = fail_dead_releases(tx, now_ms); !failed) {
    return failed.error();
  }
  const auto preview = preview_release(tx, now_ms);
  if (!preview) {
    return preview.error();
  }
  if (preview->cutting) {
    return Error{"another release is being cut; wait until it is done", "cutting"};
  }
  if (!preview->changed) {
    return Error{"nothing has changed since the last release", "nothing_new"};
  }
  if (preview->photos == 0 && preview->removed == 0) {
    return Error{"there is no approved photo to release", "no_photos"};
  }
  if (auto named = name_photos(tx); !named) {
    return named.error();
  }
  const BegunRelease begun{Uuid::make(), preview->version};
  auto added = change(
      tx,
      sql("INSERT INTO releases (id, major, minor, state, created_ms, heartbeat_ms, notes, photos, "
          "people, removed) VALUES (:id, :major, :minor, 'building', :now, :now, :notes, :photos, "
          ":people, :removed)"),
      begun.id, begun.version.major, begun.version.minor, now_ms, notes, preview->photos,
      preview->people, preview->removed);
  if (!added) {
    return added.error();
  }
  auto chosen = change(tx,
                       sql("INSERT INTO release_photos (release_id, photo_id) SELECT releases.id, "
                           "photos.id FROM releases, photos WHERE releases.id = :release AND "
                           "photos.state = 'approved'"),
                       begun.id);
  if (!chosen) {
    return chosen.error();
  }
  return begun;
}

Result<void> beat(Transaction& tx, const Uuid& release, std::int64_t now_ms) {
  auto beaten = tx.execute(
      sql("UPDATE releases SET heartbeat_ms = :now WHERE id = :release AND state = 'building'"),
      now_ms, release);
  if (!beaten) {
    return beaten.error();
  }
  return *beaten == 0 ? Result<void>(overtaken()) : Result<void>();
}

Result<void> publish_release(Transaction& tx, const Uuid& release,
                             const std::vector<ReleaseFile>& files,
                             const std::optional<Uuid>& administrator, std::int64_t now_ms) {
  if (auto alive = beat(tx, release, now_ms); !alive) {
    return alive;
  }
  const auto gone = count_gone_photos(tx, release);
  if (!gone) {
    return gone.error();
  }
  if (*gone > 0) {
    return overtaken();
  }
  for (const ReleaseFile& file : files) {
    auto added =
        change(tx,
               sql("INSERT INTO release_files (release_id, name, media_type, bytes, "
                   "sha256, blob_key) VALUES (:release, :name, :type, :bytes, :sha256, "
                   ":key)"),
               release, file.name, file.media_type, file.bytes, file.sha256, file.blob_key);
    if (!added) {
      return added;
    }
    if (auto kept = keep_blob(tx, file.blob_key); !kept) {
      return kept;
    }
  }
  auto stale = tx.query<Uuid>(
      sql("SELECT DISTINCT releases.id FROM releases JOIN release_photos ON "
          "release_photos.release_id = releases.id JOIN photos ON photos.id = "
          "release_photos.photo_id WHERE releases.state = 'published' AND photos.state <> "
          "'approved' ORDER BY releases.id"));
  if (!stale) {
    return stale.error();
  }
  for (const Uuid& earlier : *stale) {
    if (auto trashed = trash_files(tx, earlier, now_ms); !trashed) {
      return trashed;
    }
    if (auto retired =
            change(tx, sql("UPDATE releases SET state = 'retired' WHERE id = :release"), earlier);
        !retired) {
      return retired;
    }
  }
  auto published = change(tx,
                          sql("UPDATE releases SET state = 'published', published_ms = :now WHERE "
                              "id = :release"),
                          now_ms, release);
  if (!published) {
    return published;
  }
  return audit::append(tx, {administrator, "release.publish", release.text()}, now_ms);
}

Result<void> fail_release(Transaction& tx, const Uuid& release) {
  auto failed = tx.execute(sql("UPDATE releases SET state = 'failed', major = NULL, minor = NULL "
                               "WHERE id = :release AND state = 'building'"),
                           release);
  if (!failed) {
    return failed.error();
  }
  if (*failed == 0) {
    return {};
  }
  return change(tx, sql("DELETE FROM release_photos WHERE release_id = :release"), release);
}

Result<void> take_back_release(Transaction& tx, const Uuid& release, std::int64_t now_ms) {
  if (auto trashed = trash_files(tx, release, now_ms); !trashed) {
    return trashed;
  }
  // It was public for a moment, so its photos stay known as released.
  if (auto retired =
          change(tx, sql("UPDATE releases SET state = 'retired' WHERE id = :release"), release);
      !retired) {
    return retired;
  }
  return audit::append(tx, {std::nullopt, "release.take_back", release.text()}, now_ms);
}

Result<std::int64_t> fail_dead_releases(Transaction& tx, std::int64_t now_ms) {
  auto dead = tx.query<Uuid>(
      sql("SELECT id FROM releases WHERE state = 'building' AND heartbeat_ms <= :dead"),
      now_ms - kDeadMs);
  if (!dead) {
    return dead.error();
  }
  for (const Uuid& release : *dead) {
    if (auto failed = fail_release(tx, release); !failed) {
      return failed.error();
    }
  }
  return static_cast<std::int64_t>(dead->size());
}

}  // namespace everyface
