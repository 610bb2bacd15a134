// Which photos resemble a new one. A photo is shown to moderators when it has been screened. Of two
// that are sent at the same time each is kept before it is screened, so that at least one of them
// finds the other.
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "commons/face_templates.h"
#include "commons/photo_rows.h"
#include "everyface/commons/duplicates.h"
#include "everyface/commons/photos.h"

namespace everyface {
namespace {

struct Likeness {
  Uuid other;
  std::string kind;
  double distance = 0;
};

struct HashRow {
  Uuid photo;
  std::int64_t hash = 0;
  static constexpr auto columns = std::make_tuple(&HashRow::photo, &HashRow::hash);
};

struct ScreenedRow {
  std::string sha256;
  std::int64_t hash = 0;
  static constexpr auto columns = std::make_tuple(&ScreenedRow::sha256, &ScreenedRow::hash);
};

/// Hashes read at a time.
constexpr std::int64_t kAtOnce = 10'000;

Result<void> find_same_file(Transaction& tx, const Uuid& photo, const std::string& sha256,
                            std::vector<Likeness>& found) {
  auto same = tx.query<Uuid>(
      sql("SELECT id FROM photos WHERE sha256 = :sha256 AND id <> :photo ORDER BY id"), sha256,
      photo);
  if (!same) {
    return same.error();
  }
  for (const Uuid& other : *same) {
    found.push_back({other, "file", 0});
  }
  return {};
}

Result<void> find_same_picture(Transaction& tx, const Uuid& photo, std::int64_t hash, int limit,
                               std::vector<Likeness>& found) {
  Uuid after;
  for (;;) {
    auto rows = tx.query<HashRow>(
        sql("SELECT id, perceptual_hash FROM photos WHERE id > :after AND id <> :photo AND "
            "perceptual_hash IS NOT NULL ORDER BY id LIMIT :at_once"),
        after, photo, kAtOnce);
    if (!rows) {
      return rows.error();
    }
    if (rows->empty()) {
      return {};
    }
    for (const HashRow& row : *rows) {
      const int bits = hamming_distance(std::bit_cast<PerceptualHash>(row.hash),
                                        std::bit_cast<PerceptualHash>(hash));
      if (bits <= limit) {
        found.push_back({row.photo, "perceptual", static_cast<double>(bits)});
      }
    }
    after = rows->back().photo;
  }
}

/// What the photo is compared by; none where it needs no screening.
DbResult<std::optional<ScreenedRow>> unscreened(Transaction& tx, const Uuid& photo) {
  return tx.find<ScreenedRow>(
      sql("SELECT sha256, perceptual_hash FROM photos WHERE id = :photo AND "
          "state <> 'withdrawn' AND screened_ms IS NULL"),
      photo);
}

/// All that resembles the photo.
Result<std::vector<Likeness>> find_likenesses(Transaction& tx, const Vault& vault,
                                              const Uuid& photo, const PhotoPolicy& policy) {
  std::vector<Likeness> found;
  const auto row = unscreened(tx, photo);
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return found;
  }
  if (auto done = find_same_file(tx, photo, (*row)->sha256, found); !done) {
    return done.error();
  }
  if (auto done = find_same_picture(tx, photo, (*row)->hash, policy.perceptual_bits, found);
      !done) {
    return done.error();
  }
  const auto faces = find_alike_faces(tx, vault, photo);
  if (!faces) {
    return faces.error();
  }
  for (const AlikeFace& face : *faces) {
    found.push_back({face.photo, "face", face.distance});
  }
  return found;
}

/// Writes a likeness down, unless one of the two was withdrawn meanwhile.
Result<void> note(Transaction& tx, const Uuid& photo, const Likeness& likeness) {
  return change(
      tx,
      sql("INSERT INTO photo_duplicates (photo_id, other_id, kind, distance) SELECT photo.id, "
          "other.id, CAST(:kind AS TEXT), CAST(:distance AS DOUBLE) FROM photos photo, "
          "photos other WHERE photo.id = :photo AND other.id = :other AND photo.state <> "
          "'withdrawn' AND other.state <> 'withdrawn' ON CONFLICT (photo_id, other_id, kind) DO "
          "NOTHING"),
      likeness.kind, likeness.distance, photo, likeness.other);
}

}  // namespace

Result<void> Photos::screen(const Uuid& photo) {
  const auto found =
      database_.read([&](Transaction& tx) { return find_likenesses(tx, vault_, photo, policy_); });
  if (!found) {
    return found.error();
  }
  return database_.transact([&](Transaction& tx) -> Result<void> {
    for (const Likeness& likeness : *found) {
      if (auto noted = note(tx, photo, likeness); !noted) {
        return noted;
      }
    }
    return change(tx,
                  sql("UPDATE photos SET screened_ms = :now WHERE id = :photo AND screened_ms IS "
                      "NULL"),
                  clock_(), photo);
  });
}

Result<std::int64_t> Photos::screen_all() {
  std::int64_t screened = 0;
  for (Uuid after;; ++screened) {
    const auto next = database_.read([&](Transaction& tx) {
      return tx.find<Uuid>(sql("SELECT id FROM photos WHERE state = 'pending' AND screened_ms IS "
                               "NULL AND id > :after ORDER BY id LIMIT 1"),
                           after);
    });
    if (!next) {
      return next.error();
    }
    if (!*next) {
      return screened;
    }
    if (auto done = screen(**next); !done) {
      return done.error();
    }
    after = **next;
  }
}

}  // namespace everyface
