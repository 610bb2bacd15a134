// What contributors see of their own photos, and their export.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commons/photo_rows.h"
#include "everyface/commons/photos.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

struct PhotoRow {
  Uuid id;
  PhotoState state = PhotoState::kPending;
  std::int64_t round = 1;
  std::int64_t sent_ms = 0;
  std::optional<std::int64_t> decided_ms;
  std::optional<std::int64_t> withdrawn_ms;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::optional<std::int64_t> quality_points;
  std::optional<std::string> appeal;
  static constexpr auto columns =
      std::make_tuple(&PhotoRow::id, &PhotoRow::state, &PhotoRow::round, &PhotoRow::sent_ms,
                      &PhotoRow::decided_ms, &PhotoRow::withdrawn_ms, &PhotoRow::width,
                      &PhotoRow::height, &PhotoRow::quality_points, &PhotoRow::appeal);
};

struct RejectionRow {
  Uuid photo;
  std::string reason;
  std::string words;
  static constexpr auto columns =
      std::make_tuple(&RejectionRow::photo, &RejectionRow::reason, &RejectionRow::words);
};

using ReleaseRow = std::tuple<Uuid, std::int64_t, std::int64_t>;

MyPhoto my_photo(const PhotoRow& row) {
  MyPhoto photo;
  photo.id = row.id;
  photo.state = row.state;
  photo.sent_ms = row.sent_ms;
  photo.decided_ms = row.decided_ms;
  photo.withdrawn_ms = row.withdrawn_ms;
  photo.width = static_cast<int>(row.width);
  photo.height = static_cast<int>(row.height);
  photo.may_appeal = row.state == PhotoState::kRejected && !row.appeal;
  photo.in_appeal = row.appeal.has_value() &&
                    (row.state == PhotoState::kPending || row.state == PhotoState::kEscalated);
  if (row.quality_points) {
    photo.quality = static_cast<int>(*row.quality_points);
  }
  return photo;
}

/// Adds why photos were rejected (of the newest round) and which releases hold them.
Result<void> add_history(Transaction& tx, const Uuid& account, std::vector<MyPhoto>& photos) {
  std::map<Uuid, MyPhoto*> by_id;
  for (MyPhoto& photo : photos) {
    by_id[photo.id] = &photo;
  }
  auto rejections = tx.query<RejectionRow>(
      sql("SELECT reviews.photo_id, reviews.reason, reviews.words FROM reviews JOIN photos ON "
          "photos.id = reviews.photo_id WHERE photos.account_id = :account AND reviews.verdict = "
          "'reject' AND photos.state = 'rejected' ORDER BY reviews.round"),
      account);
  if (!rejections) {
    return rejections.error();
  }
  for (RejectionRow& rejection : *rejections) {
    if (const auto found = by_id.find(rejection.photo); found != by_id.end()) {
      found->second->reason = std::move(rejection.reason);
      found->second->words = std::move(rejection.words);
    }
  }
  auto releases = tx.query<ReleaseRow>(
      sql("SELECT release_photos.photo_id, releases.major, releases.minor FROM release_photos JOIN "
          "releases ON releases.id = release_photos.release_id JOIN photos ON photos.id = "
          "release_photos.photo_id WHERE photos.account_id = :account AND releases.state = "
          "'published' ORDER BY releases.major, releases.minor"),
      account);
  if (!releases) {
    return releases.error();
  }
  for (const auto& [photo, major, minor] : *releases) {
    if (const auto found = by_id.find(photo); found != by_id.end()) {
      found->second->releases.push_back(std::to_string(major) + "." + std::to_string(minor));
    }
  }
  return {};
}

Json to_json(const MyPhoto& photo) {
  Json json = {{"id", photo.id.text()},     {"state", photo_state_name(photo.state)},
               {"sent_ms", photo.sent_ms},  {"decided_ms", nullptr},
               {"withdrawn_ms", nullptr},   {"width", photo.width},
               {"height", photo.height},    {"reason", photo.reason},
               {"words", photo.words},      {"quality", nullptr},
               {"releases", photo.releases}};
  if (photo.decided_ms) {
    json["decided_ms"] = *photo.decided_ms;
  }
  if (photo.withdrawn_ms) {
    json["withdrawn_ms"] = *photo.withdrawn_ms;
  }
  if (photo.quality) {
    json["quality"] = *photo.quality;
  }
  return json;
}

Result<void> export_photos(Photos& photos, ZipWriter& zip, const Uuid& account) {
  const auto list = photos.list(account);
  if (!list) {
    return list.error();
  }
  Json all = Json::array();
  for (const MyPhoto& photo : *list) {
    all.push_back(to_json(photo));
    if (photo.state == PhotoState::kWithdrawn) {
      continue;
    }
    const auto bytes = photos.image(account, photo.id, PhotoSize::kFull);
    if (!bytes) {
      return bytes.error();
    }
    if (auto added = zip.add("photos/" + photo.id.text() + ".jpg", *bytes, photo.sent_ms); !added) {
      return added;
    }
  }
  const std::int64_t newest_ms = list->empty() ? 0 : list->front().sent_ms;
  return zip.add("photos.json", all.dump(1) + "\n", newest_ms);
}

}  // namespace

Result<std::vector<MyPhoto>> Photos::list(const Uuid& account) {
  using List = std::vector<MyPhoto>;
  return database_.read([&](Transaction& tx) -> Result<List> {
    auto rows = tx.query<PhotoRow>(
        sql("SELECT photos.id, photos.state, photos.round, photos.sent_ms, photos.decided_ms, "
            "photos.withdrawn_ms, photos.width, photos.height, photos.quality_points, "
            "appeals.words FROM photos LEFT JOIN appeals ON appeals.photo_id = photos.id WHERE "
            "photos.account_id = :account ORDER BY photos.sent_ms DESC, photos.id DESC"),
        account);
    if (!rows) {
      return rows.error();
    }
    List list;
    for (const PhotoRow& row : *rows) {
      list.push_back(my_photo(row));
    }
    if (auto added = add_history(tx, account, list); !added) {
      return added.error();
    }
    return list;
  });
}

Result<MyPhoto> Photos::find(const Uuid& account, const Uuid& photo) {
  auto all = list(account);
  if (!all) {
    return all.error();
  }
  for (MyPhoto& mine : *all) {
    if (mine.id == photo) {
      return std::move(mine);
    }
  }
  return no_such_photo();
}

Result<std::string> Photos::image(const Uuid& account, const Uuid& photo, PhotoSize size) {
  using Keys = std::tuple<std::string, std::string>;
  const auto keys = database_.read([&](Transaction& tx) {
    return tx.find<Keys>(sql("SELECT photo_key, thumbnail_key FROM photos WHERE id = :photo AND "
                             "account_id = :account AND state <> 'withdrawn'"),
                         photo, account);
  });
  if (!keys) {
    return keys.error();
  }
  if (!*keys) {
    return no_such_photo();
  }
  const auto& [full, thumbnail] = **keys;
  return read_photo_blob(blobs_, size == PhotoSize::kFull ? full : thumbnail);
}

ExportPart photos_export(Photos& photos) {
  return [&photos](ZipWriter& zip, const Uuid& account) {
    return export_photos(photos, zip, account);
  };
}

}  // namespace everyface
