#include "commons/photo_rows.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "commons/blob_trash.h"
#include "commons/sodium.h"
#include "everyface/commons/audit_log.h"

namespace everyface {
namespace {

constexpr std::array<std::pair<PhotoState, std::string_view>, 5> kStates = {{
    {PhotoState::kPending, "pending"},
    {PhotoState::kApproved, "approved"},
    {PhotoState::kRejected, "rejected"},
    {PhotoState::kEscalated, "escalated"},
    {PhotoState::kWithdrawn, "withdrawn"},
}};

constexpr std::size_t kCodeBytes = 16;

struct KeysRow {
  std::string photo;
  std::string thumbnail;
  std::optional<std::string> public_name;
  static constexpr auto columns =
      std::make_tuple(&KeysRow::photo, &KeysRow::thumbnail, &KeysRow::public_name);
};

/// The photo was in a release: those who have it learn that it is withdrawn.
Result<void> add_tombstone(Transaction& tx, const Uuid& photo, const std::string& public_name,
                           std::int64_t now_ms) {
  auto first = tx.query<std::tuple<std::int64_t, std::int64_t>>(
      sql("SELECT releases.major, releases.minor FROM release_photos JOIN releases ON releases.id "
          "= "
          "release_photos.release_id WHERE release_photos.photo_id = :photo AND releases.state IN "
          "('published', 'retired') ORDER BY releases.major, releases.minor LIMIT 1"),
      photo);
  if (!first) {
    return first.error();
  }
  if (first->empty()) {
    return {};
  }
  const auto [major, minor] = first->front();
  return change(tx,
                sql("INSERT INTO tombstones (public_name, photo_id, withdrawn_ms, first_release) "
                    "VALUES (:name, :photo, :now, :release)"),
                public_name, photo, now_ms, std::to_string(major) + "." + std::to_string(minor));
}

}  // namespace

std::string_view photo_state_name(PhotoState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) {
      return name;
    }
  }
  throw std::logic_error("no such state of a photo");
}

std::optional<PhotoState> parse_photo_state(std::string_view name) {
  for (const auto& [state, known] : kStates) {
    if (known == name) {
      return state;
    }
  }
  return std::nullopt;
}

std::vector<std::string> new_photo_keys(std::string_view folder) {
  const std::string name = std::string(folder) + "/" + random_code();
  return {name + ".jpg", name + ".thumbnail.jpg"};
}

Result<std::string> read_photo_blob(const BlobStore& blobs, const std::string& key) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;
  return blobs.get(key, kMostBytes);
}

std::string random_code() { return hexadecimal(random_bytes(kCodeBytes)); }

Result<std::vector<std::string>> withdraw_photo(Transaction& tx, const Uuid& photo,
                                                const Uuid& actor, std::int64_t now_ms) {
  auto keys = tx.one<KeysRow>(
      sql("SELECT photo_key, thumbnail_key, public_name FROM photos WHERE id = :photo"), photo);
  if (!keys) {
    return keys.error();
  }
  std::vector<std::string> trash = {keys->photo, keys->thumbnail};
  for (const std::string& key : trash) {
    if (auto trashed = trash_blob(tx, key, now_ms); !trashed) {
      return trashed.error();
    }
  }
  if (keys->public_name) {
    if (auto added = add_tombstone(tx, photo, *keys->public_name, now_ms); !added) {
      return added.error();
    }
  }
  // Judgements stay, for the statistics of moderators; what they said of the photo goes.
  for (const SqlFor<Uuid>& statement : std::initializer_list<SqlFor<Uuid>>{
           sql("DELETE FROM face_templates WHERE photo_id = :photo"),
           sql("DELETE FROM photo_duplicates WHERE photo_id = :photo OR other_id = :photo"),
           sql("DELETE FROM appeals WHERE photo_id = :photo"),
           sql("UPDATE reviews SET words = '' WHERE photo_id = :photo")}) {
    if (auto done = change<Uuid>(tx, statement, photo); !done) {
      return done.error();
    }
  }
  auto withdrawn = change(
      tx,
      sql("UPDATE photos SET state = 'withdrawn', withdrawn_ms = :now, sha256 = NULL, "
          "perceptual_hash = NULL, width = 0, height = 0, face_x1 = 0.0, face_y1 = 0.0, face_x2 = "
          "0.0, face_y2 = 0.0, quality = 0.0, camera = FALSE, software = '', network = NULL, "
          "photo_key = NULL, thumbnail_key = NULL WHERE id = :photo"),
      now_ms, photo);
  if (!withdrawn) {
    return withdrawn.error();
  }
  auto noted = audit::append(tx, {actor, "photo.withdraw", photo.text()}, now_ms);
  if (!noted) {
    return noted.error();
  }
  return trash;
}

Error no_such_photo() { return {"there is no such photo, or it is not yours", "not_found"}; }

Result<void> require_role(Transaction& tx, const Uuid& account, AccountRole least) {
  auto found = find_account(tx, account);
  if (!found) {
    return found.error();
  }
  if (!*found || (*found)->closed || (*found)->role < least) {
    return Error{"this needs the role of " + std::string(role_name(least)), "not_allowed"};
  }
  return {};
}

}  // namespace everyface
