#include "everyface/commons/releases.h"

#include <fmt/format.h>

#include <utility>

#include "commons/blob_trash.h"
#include "commons/photo_rows.h"
#include "commons/release_cutter.h"
#include "commons/release_rows.h"
#include "commons/texts.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

/// How often a cut begins again because of withdrawals that came between.
constexpr int kAttempts = 5;

struct ReleaseRow {
  Uuid id;
  std::int64_t major = 0;
  std::int64_t minor = 0;
  ReleaseState state = ReleaseState::kPublished;
  std::int64_t created_ms = 0;
  std::int64_t published_ms = 0;
  std::string notes;
  std::int64_t photos = 0;
  std::int64_t people = 0;
  std::int64_t removed = 0;
  std::int64_t downloads = 0;
  static constexpr auto columns = std::make_tuple(
      &ReleaseRow::id, &ReleaseRow::major, &ReleaseRow::minor, &ReleaseRow::state,
      &ReleaseRow::created_ms, &ReleaseRow::published_ms, &ReleaseRow::notes, &ReleaseRow::photos,
      &ReleaseRow::people, &ReleaseRow::removed, &ReleaseRow::downloads);
};

struct FileRow {
  std::string name;
  std::string media_type;
  std::int64_t bytes = 0;
  std::string sha256;
  std::optional<std::string> blob_key;
  static constexpr auto columns = std::make_tuple(
      &FileRow::name, &FileRow::media_type, &FileRow::bytes, &FileRow::sha256, &FileRow::blob_key);
};

ReleaseFile file_of(FileRow&& row) {
  return {std::move(row.name), std::move(row.media_type), row.bytes, std::move(row.sha256),
          std::move(row.blob_key).value_or("")};
}

Result<std::vector<ReleaseFile>> read_files(Transaction& tx, const Uuid& release) {
  auto rows = tx.query<FileRow>(sql("SELECT name, media_type, bytes, sha256, blob_key FROM "
                                    "release_files WHERE release_id = :release ORDER BY name"),
                                release);
  if (!rows) {
    return rows.error();
  }
  std::vector<ReleaseFile> files;
  for (FileRow& row : *rows) {
    files.push_back(file_of(std::move(row)));
  }
  return files;
}

Result<std::vector<Release>> read_releases(Transaction& tx) {
  auto rows = tx.query<ReleaseRow>(
      sql("SELECT releases.id, releases.major, releases.minor, releases.state, "
          "releases.created_ms, releases.published_ms, releases.notes, releases.photos, "
          "releases.people, releases.removed, (SELECT CAST(COALESCE(SUM(downloads.count), 0) AS "
          "BIGINT) FROM downloads WHERE downloads.release_id = releases.id) FROM releases WHERE "
          "releases.state IN ('published', 'retired') ORDER BY releases.major DESC, "
          "releases.minor DESC"));
  if (!rows) {
    return rows.error();
  }
  std::vector<Release> releases;
  for (ReleaseRow& row : *rows) {
    auto files = read_files(tx, row.id);
    if (!files) {
      return files.error();
    }
    releases.push_back({row.id,
                        {row.major, row.minor},
                        row.state,
                        row.created_ms,
                        row.published_ms,
                        std::move(row.notes),
                        row.photos,
                        row.people,
                        row.removed,
                        std::move(*files),
                        row.downloads});
  }
  return releases;
}

Error no_such_release() { return {"there is no such release", "not_found"}; }

}  // namespace

std::string ReleaseVersion::text() const { return fmt::format("{}.{}", major, minor); }

std::optional<ReleaseVersion> ReleaseVersion::parse(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 2) {
    return std::nullopt;
  }
  const auto major = parse_int(parts[0]);
  const auto minor = parse_int(parts[1]);
  if (!major || !minor || *major < 1 || *minor < 0) {
    return std::nullopt;
  }
  const ReleaseVersion version{*major, *minor};
  return version.text() == text ? std::optional(version) : std::nullopt;
}

Releases::Releases(Database& database, BlobStore& blobs, const Vault& vault, const ReleaseKey& key,
                   Clock clock, ReleaseSettings settings)
    : database_(database),
      blobs_(blobs),
      vault_(vault),
      key_(key),
      clock_(std::move(clock)),
      settings_(std::move(settings)) {}

std::string_view Releases::licence() const {
  return settings_.licence_text.empty() ? program_text("release/licence.txt")
                                        : std::string_view(settings_.licence_text);
}

Result<Release> Releases::cut(const std::optional<Uuid>& administrator, const std::string& notes,
                              const ReleaseProgress& progress) {
  if (administrator) {
    auto may = database_.read([&](Transaction& tx) {
      return require_role(tx, *administrator, AccountRole::administrator);
    });
    if (!may) {
      return may.error();
    }
  }
  ReleaseCutter cutter(database_, blobs_, vault_, key_, clock_, settings_, licence());
  for (int attempt = 1;; ++attempt) {
    const auto version = cutter.cut(administrator, notes, progress);
    if (version) {
      return publish_verified(*version);
    }
    if (version.error().code != "overtaken" || attempt == kAttempts) {
      return version.error();
    }
  }
}

Result<Release> Releases::publish_verified(const ReleaseVersion& version) {
  static_cast<void>(erase_trash(database_, blobs_, clock_()));  // of retired ones; else by tidy()
  auto release = find(version);
  if (!release) {
    return release;
  }
  if (auto intact = verify(version); !intact) {
    auto taken_back = database_.transact(
        [&](Transaction& tx) { return take_back_release(tx, release->id, clock_()); });
    return taken_back ? intact.error() : taken_back.error();
  }
  return release;
}

Result<Releases::Preview> Releases::preview() {
  return database_.read([&](Transaction& tx) { return preview_release(tx, clock_()); });
}

Result<std::vector<Release>> list_releases(Database& database) {
  return database.read(read_releases);
}

Result<std::vector<Release>> Releases::list() { return list_releases(database_); }

Result<Release> Releases::find(const ReleaseVersion& version) {
  auto releases = list();
  if (!releases) {
    return releases.error();
  }
  for (Release& release : *releases) {
    if (release.version == version) {
      return std::move(release);
    }
  }
  return no_such_release();
}

Result<std::optional<Release>> Releases::latest() {
  auto releases = list();
  if (!releases) {
    return releases.error();
  }
  for (Release& release : *releases) {
    if (release.state == ReleaseState::kPublished) {
      return std::optional(std::move(release));
    }
  }
  return std::optional<Release>();
}

Result<ReleaseFile> Releases::file(const ReleaseVersion& version, std::string_view name) {
  auto row = database_.read([&](Transaction& tx) {
    return tx.find<FileRow>(
        sql("SELECT release_files.name, release_files.media_type, release_files.bytes, "
            "release_files.sha256, release_files.blob_key FROM release_files JOIN releases ON "
            "releases.id = release_files.release_id WHERE releases.major = :major AND "
            "releases.minor = :minor AND releases.state = 'published' AND release_files.name = "
            ":name"),
        version.major, version.minor, name);
  });
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return Error{"there is no such file in a release that is offered", "not_found"};
  }
  return file_of(std::move(**row));
}

Result<void> Releases::count_download(const Uuid& release) {
  const std::int64_t day = clock_() / kDayMs;
  return database_.transact([&](Transaction& tx) {
    return change(
        tx,
        sql("INSERT INTO downloads (release_id, day, count) VALUES (:release, :day, 1) ON "
            "CONFLICT (release_id, day) DO UPDATE SET count = downloads.count + 1"),
        release, day);
  });
}

Result<void> Releases::verify(const ReleaseVersion& version) {
  const auto release = find(version);
  if (!release) {
    return release.error();
  }
  if (release->state != ReleaseState::kPublished) {
    return Error{"release " + version.text() + " is no longer offered", "not_found"};
  }
  return check_stored_files(blobs_, release->files, key_.public_pem());
}

Result<SignedText> Releases::tombstones() {
  auto tombstones = database_.read(read_tombstones);
  if (!tombstones) {
    return tombstones.error();
  }
  std::string text = tombstones_json(*tombstones);
  std::string signature = key_.sign(text);
  return SignedText{std::move(text), std::move(signature)};
}

}  // namespace everyface
