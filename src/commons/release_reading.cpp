// What a release holds, read from the database.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "commons/photo_rows.h"
#include "commons/release_rows.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr std::size_t kPseudonymDigits = 16;  // 64 bits

struct PhotoRow {
  Uuid account;
  Uuid declaration;
  PhotoState state = PhotoState::kApproved;
  std::string name;
  std::optional<std::string> blob_key;
  std::int64_t width = 0;
  std::int64_t height = 0;
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  std::string gender;
  std::string age_band;
  std::string country;
  std::optional<std::int64_t> monk_tone;
  static constexpr auto columns =
      std::make_tuple(&PhotoRow::account, &PhotoRow::declaration, &PhotoRow::state, &PhotoRow::name,
                      &PhotoRow::blob_key, &PhotoRow::width, &PhotoRow::height, &PhotoRow::x1,
                      &PhotoRow::y1, &PhotoRow::x2, &PhotoRow::y2, &PhotoRow::gender,
                      &PhotoRow::age_band, &PhotoRow::country, &PhotoRow::monk_tone);
};

using GroupRow = std::tuple<Uuid, std::string>;

std::string tone_text(const std::optional<std::int64_t>& tone) {
  return tone ? std::to_string(*tone) : "";
}

/// declaration -> codes in the person's order.
using GroupsOf = std::map<Uuid, std::vector<std::string>>;

Result<GroupsOf> read_groups(Transaction& tx) {
  auto rows = tx.query<GroupRow>(
      sql("SELECT declaration_groups.declaration_id, declaration_groups.group_code FROM "
          "declaration_groups JOIN declarations ON declarations.id = "
          "declaration_groups.declaration_id WHERE declarations.state = 'active' ORDER BY "
          "declaration_groups.declaration_id, declaration_groups.place"));
  if (!rows) {
    return rows.error();
  }
  GroupsOf groups;
  for (auto& [declaration, code] : *rows) {
    groups[declaration].push_back(std::move(code));
  }
  return groups;
}

}  // namespace

Result<ReleaseContent> read_content(Transaction& tx, const BegunRelease& begun, const Vault& vault,
                                    const std::string& notes, std::int64_t now_ms) {
  auto rows = tx.query<PhotoRow>(
      sql("SELECT photos.account_id, declarations.id, photos.state, photos.public_name, "
          "photos.photo_key, photos.width, photos.height, photos.face_x1, photos.face_y1, "
          "photos.face_x2, photos.face_y2, declarations.gender, declarations.age_band, "
          "declarations.country, declarations.monk_tone FROM release_photos JOIN photos ON "
          "photos.id = release_photos.photo_id JOIN declarations ON declarations.account_id = "
          "photos.account_id AND declarations.state = 'active' WHERE release_photos.release_id = "
          ":release ORDER BY photos.public_name"),
      begun.id);
  if (!rows) {
    return rows.error();
  }
  const auto groups = read_groups(tx);
  if (!groups) {
    return groups.error();
  }
  ReleaseContent content;
  content.version = begun.version;
  content.date = date_text(now_ms);
  content.notes = notes;
  for (PhotoRow& row : *rows) {
    if (row.state != PhotoState::kApproved || !row.blob_key) {
      return overtaken();
    }
    ReleasedPhoto& photo = content.photos.emplace_back();
    photo.name = std::move(row.name);
    photo.blob_key = std::move(*row.blob_key);
    photo.width = row.width;
    photo.height = row.height;
    photo.face = {row.x1, row.y1, row.x2, row.y2};
    photo.subject =
        vault.keyed_digest(fmt::format("subject:{}:{}", begun.id.text(), row.account.text()))
            .substr(0, kPseudonymDigits);
    const auto declared = groups->find(row.declaration);
    photo.groups = declared == groups->end() ? "" : join(declared->second, ";");
    photo.gender = std::move(row.gender);
    photo.age_band = std::move(row.age_band);
    photo.country = std::move(row.country);
    photo.monk_tone = tone_text(row.monk_tone);
  }
  auto people = read_people(tx, begun.id);
  if (!people) {
    return people.error();
  }
  content.people = std::move(*people);
  auto tombstones = read_tombstones(tx);
  if (!tombstones) {
    return tombstones.error();
  }
  content.tombstones = std::move(*tombstones);
  return content;
}

Result<std::vector<Tombstone>> read_tombstones(Transaction& tx) {
  using Row = std::tuple<std::string, std::int64_t, std::string>;
  auto rows = tx.query<Row>(
      sql("SELECT public_name, withdrawn_ms, first_release FROM tombstones ORDER BY public_name"));
  if (!rows) {
    return rows.error();
  }
  std::vector<Tombstone> tombstones;
  for (auto& [name, withdrawn_ms, first_release] : *rows) {
    tombstones.push_back({std::move(name), date_text(withdrawn_ms), std::move(first_release)});
  }
  return tombstones;
}

Result<std::vector<PersonAttributes>> read_people(Transaction& tx,
                                                  const std::optional<Uuid>& release) {
  using Row = std::tuple<Uuid, std::string, std::string, std::string, std::optional<std::int64_t>>;
  auto rows = tx.query<Row>(
      sql("SELECT declarations.id, declarations.gender, declarations.age_band, "
          "declarations.country, declarations.monk_tone FROM declarations WHERE declarations.state "
          "= 'active' AND EXISTS (SELECT 1 FROM photos WHERE photos.account_id = "
          "declarations.account_id AND photos.state = 'approved' AND (:all_approved OR EXISTS "
          "(SELECT 1 FROM release_photos WHERE release_photos.photo_id = photos.id AND "
          "release_photos.release_id = :release))) ORDER BY declarations.id"),
      !release, release.value_or(Uuid()));
  if (!rows) {
    return rows.error();
  }
  const auto groups = read_groups(tx);
  if (!groups) {
    return groups.error();
  }
  std::vector<PersonAttributes> people;
  for (auto& [declaration, gender, age_band, country, tone] : *rows) {
    const auto declared = groups->find(declaration);
    const bool one = declared != groups->end() && declared->second.size() == 1;
    people.push_back({one ? declared->second.front() : std::string(kSeveralGroups),
                      std::move(gender), std::move(age_band), std::move(country), tone_text(tone)});
  }
  return people;
}

}  // namespace everyface
