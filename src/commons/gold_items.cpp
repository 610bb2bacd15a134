// Photos whose verdict is certain, hidden among those to judge.
#include <optional>
#include <string>
#include <vector>

#include "commons/blob_trash.h"
#include "commons/moderation_rows.h"
#include "commons/photo_rows.h"
#include "commons/review_input.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/moderation.h"

namespace everyface {
namespace {

/// How long the writing of a gold item's blobs may take.
constexpr std::int64_t kGoldMs = kHourMs;

}  // namespace

Result<void> Moderation::add_gold(const std::optional<Uuid>& administrator,
                                  const PreparedPhoto& photo, const ReviewInput& right) {
  if (auto fine = check_input(right); !fine) {
    return fine;
  }
  if (right.verdict == Verdict::kEscalate) {
    return invalid_verdict("a gold item's verdict is certain: approve or reject");
  }
  const std::vector<std::string> keys = new_photo_keys("gold");
  if (auto told = announce_blobs(database_, keys, clock_() + kGoldMs); !told) {
    return told;
  }
  auto kept = write_gold(administrator, photo, right, keys);
  if (!kept) {
    static_cast<void>(give_up_blobs(database_, keys, clock_()));  // else when their time has come
  }
  return kept;
}

Result<void> Moderation::write_gold(const std::optional<Uuid>& administrator,
                                    const PreparedPhoto& photo, const ReviewInput& right,
                                    const std::vector<std::string>& keys) {
  if (auto written = blobs_.put(keys.front(), photo.jpeg); !written) {
    return written.error();
  }
  if (auto written = blobs_.put(keys.back(), photo.thumbnail); !written) {
    return written.error();
  }
  return database_.transact([&](Transaction& tx) -> Result<void> {
    if (administrator) {
      if (auto may = require_role(tx, *administrator, AccountRole::administrator); !may) {
        return may;
      }
    }
    const Uuid id = Uuid::make();
    const std::int64_t now_ms = clock_();
    auto added = change(
        tx,
        sql("INSERT INTO gold_items (id, review_code, verdict, reason, added_by, added_ms, width, "
            "height, face_x1, face_y1, face_x2, face_y2, quality, camera, software, photo_key, "
            "thumbnail_key) VALUES (:id, :code, :verdict, :reason, :by, :now, :width, :height, "
            ":x1, :y1, :x2, :y2, :quality, :camera, :software, :photo, :thumbnail)"),
        id, random_code(), right.verdict, right.reason, administrator, now_ms, photo.width,
        photo.height, photo.face.x1, photo.face.y1, photo.face.x2, photo.face.y2, photo.quality,
        photo.camera, photo.software, keys.front(), keys.back());
    if (!added) {
      return added;
    }
    for (const std::string& key : keys) {
      if (auto done = keep_blob(tx, key); !done) {
        return done;
      }
    }
    return audit::append(tx, {administrator, "gold.add", id.text()}, now_ms);
  });
}

}  // namespace everyface
