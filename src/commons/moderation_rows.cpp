#include "commons/moderation_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "commons/photo_rows.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

/// What photos and gold items have in common.
struct ItemRow {
  Uuid id;
  std::string code;
  std::int64_t sent_ms = 0;
  std::int64_t round = 1;
  bool escalated = false;
  std::int64_t width = 0;
  std::int64_t height = 0;
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;
  double quality = 0;
  bool camera = false;
  std::string software;
  std::string photo_key;
  std::string thumbnail_key;
  static constexpr auto columns =
      std::make_tuple(&ItemRow::id, &ItemRow::code, &ItemRow::sent_ms, &ItemRow::round,
                      &ItemRow::escalated, &ItemRow::width, &ItemRow::height, &ItemRow::x1,
                      &ItemRow::y1, &ItemRow::x2, &ItemRow::y2, &ItemRow::quality, &ItemRow::camera,
                      &ItemRow::software, &ItemRow::photo_key, &ItemRow::thumbnail_key);
};

/// Whether a file's note of the software that wrote it names a program that changes pictures;
/// cameras and phones write their own names there.
bool names_editor(std::string_view software) {
  constexpr std::array<std::string_view, 12> kEditors = {
      "photoshop", "lightroom", "gimp",  "snapseed",   "facetune", "faceapp",
      "picsart",   "affinity",  "paint", "pixelmator", "photopea", "canva"};
  const std::string name = lower_case(software);
  return std::any_of(kEditors.begin(), kEditors.end(), [&name](std::string_view editor) {
    return name.find(editor) != std::string::npos;
  });
}

QueuedItem queued(ItemRow&& row) {
  QueuedItem queued;
  queued.id = row.id;
  queued.photo_key = std::move(row.photo_key);
  queued.thumbnail_key = std::move(row.thumbnail_key);
  ReviewItem& item = queued.item;
  item.code = std::move(row.code);
  item.submitted_ms = row.sent_ms;
  item.round = static_cast<int>(row.round);
  item.escalated = row.escalated;
  item.width = static_cast<int>(row.width);
  item.height = static_cast<int>(row.height);
  item.face = {row.x1, row.y1, row.x2, row.y2};
  item.quality = row.quality;
  item.signals.no_camera_data = !row.camera;
  item.signals.edited = names_editor(row.software);
  return queued;
}

/// A gold item, without its time.
QueuedItem queued_gold(ItemRow&& row) {
  QueuedItem item = queued(std::move(row));
  item.gold = true;
  return item;
}

Result<void> add_duplicates(Transaction& tx, QueuedItem& queued) {
  using Row = std::tuple<std::string, double, bool, std::string>;
  auto rows = tx.query<Row>(
      sql("SELECT found.kind, found.distance, other.account_id = photo.account_id, "
          "other.review_code FROM photo_duplicates found JOIN photos photo ON photo.id = "
          "found.photo_id JOIN photos other ON other.id = found.other_id WHERE photo.id = :photo "
          "UNION SELECT found.kind, found.distance, other.account_id = photo.account_id, "
          "other.review_code FROM photo_duplicates found JOIN photos photo ON photo.id = "
          "found.other_id JOIN photos other ON other.id = found.photo_id WHERE photo.id = :photo "
          "ORDER BY 1, 2, 4"),
      queued.id);
  if (!rows) {
    return rows.error();
  }
  for (auto& [kind, distance, same_account, other] : *rows) {
    queued.item.signals.duplicates.push_back(
        {std::move(kind), distance, same_account, std::move(other)});
  }
  return {};
}

/// What the photo's row does not say itself.
Result<void> add_surroundings(Transaction& tx, QueuedItem& queued, std::int64_t new_since_ms) {
  if (auto added = add_duplicates(tx, queued); !added) {
    return added;
  }
  using Account = std::tuple<bool, std::int64_t>;
  auto account = tx.one<Account>(
      sql("SELECT accounts.created_ms > :new_since, (SELECT COUNT(DISTINCT other.account_id) FROM "
          "photos other WHERE other.network = photos.network AND other.account_id <> "
          "photos.account_id) FROM photos JOIN accounts ON accounts.id = photos.account_id WHERE "
          "photos.id = :photo"),
      new_since_ms, queued.id);
  if (!account) {
    return account.error();
  }
  queued.item.signals.new_account = std::get<0>(*account);
  queued.item.signals.accounts_on_network = static_cast<int>(std::get<1>(*account));
  auto appeal =
      tx.find<std::string>(sql("SELECT words FROM appeals WHERE photo_id = :photo"), queued.id);
  if (!appeal) {
    return appeal.error();
  }
  queued.item.appeal = appeal->value_or("");
  auto escalations = tx.query<std::string>(
      sql("SELECT words FROM reviews WHERE photo_id = :photo AND round = :round AND verdict = "
          "'escalate' ORDER BY at_ms DESC LIMIT 1"),
      queued.id, queued.item.round);
  if (!escalations) {
    return escalations.error();
  }
  if (!escalations->empty() && queued.item.escalated) {
    queued.item.escalation = std::move(escalations->front());
  }
  return {};
}

/// The photos that this judge may judge; all of them, or the one with this code.
Result<std::vector<QueuedItem>> read_photos(Transaction& tx, const Judge& judge,
                                            const QueueFilter& filter, std::string_view code,
                                            std::int64_t new_since_ms) {
  using Kind = QueueFilter::Kind;
  const bool first = filter.kind == Kind::kAll || filter.kind == Kind::kFirstRound;
  const bool appeals = filter.kind == Kind::kAll || filter.kind == Kind::kAppeals;
  const bool escalated =
      judge.administrator && (filter.kind == Kind::kAll || filter.kind == Kind::kEscalated);
  const bool all_codes = code.empty();
  auto rows = tx.query<ItemRow>(
      sql("SELECT photos.id, photos.review_code, photos.sent_ms, photos.round, photos.state = "
          "'escalated', photos.width, photos.height, photos.face_x1, photos.face_y1, "
          "photos.face_x2, photos.face_y2, photos.quality, photos.camera, photos.software, "
          "photos.photo_key, photos.thumbnail_key FROM photos JOIN accounts ON accounts.id = "
          "photos.account_id WHERE (:all_codes OR photos.review_code = :code) AND (photos.state = "
          "'pending' AND (photos.round = 1 AND :first OR photos.round > 1 AND :appeals) OR "
          "photos.state = 'escalated' AND :escalated) AND photos.screened_ms IS NOT NULL AND "
          "photos.account_id <> :judge AND NOT EXISTS (SELECT 1 FROM reviews WHERE "
          "reviews.photo_id = photos.id AND reviews.moderator_id = :judge) AND (NOT :signals OR "
          "NOT photos.camera OR accounts.created_ms > :new_since OR EXISTS (SELECT 1 FROM "
          "photo_duplicates found WHERE found.photo_id = photos.id OR found.other_id = photos.id) "
          "OR EXISTS (SELECT 1 FROM photos other WHERE other.network = photos.network AND "
          "other.account_id <> photos.account_id)) ORDER BY photos.sent_ms, photos.id LIMIT "
          ":limit"),
      all_codes, code, first, appeals, escalated, judge.account, filter.with_signals, new_since_ms,
      static_cast<std::int64_t>(filter.limit));
  if (!rows) {
    return rows.error();
  }
  std::vector<QueuedItem> items;
  for (ItemRow& row : *rows) {
    QueuedItem item = queued(std::move(row));
    if (auto added = add_surroundings(tx, item, new_since_ms); !added) {
      return added.error();
    }
    items.push_back(std::move(item));
  }
  return items;
}

std::size_t stride_of(double share) {
  return static_cast<std::size_t>(std::max(1.0, std::round(1 / share)));
}

/// After which photo of the queue the n-th gold item comes.
std::size_t place_of_gold(std::size_t n, const Judge& judge, std::size_t stride) {
  const std::uint64_t drawn = stable_hash64(judge.account.text() + std::to_string(n));
  return n * stride + static_cast<std::size_t>(drawn % stride);
}

}  // namespace

Result<Judge> read_judge(Transaction& tx, const Uuid& account) {
  if (auto allowed = require_role(tx, account, AccountRole::moderator); !allowed) {
    return allowed.error();
  }
  return Judge{account, require_role(tx, account, AccountRole::administrator).ok()};
}

Result<std::vector<QueuedItem>> queued_photos(Transaction& tx, const Judge& judge,
                                              const QueueFilter& filter,
                                              std::int64_t new_since_ms) {
  return read_photos(tx, judge, filter, "", new_since_ms);
}

Result<std::vector<QueuedItem>> open_gold(Transaction& tx, const Judge& judge) {
  auto rows = tx.query<ItemRow>(
      sql("SELECT id, review_code, added_ms, 1, FALSE, width, height, face_x1, face_y1, face_x2, "
          "face_y2, quality, camera, software, photo_key, thumbnail_key FROM gold_items WHERE "
          "(added_by IS NULL OR added_by <> :judge) AND NOT EXISTS (SELECT 1 FROM gold_answers "
          "WHERE gold_answers.gold_id = gold_items.id AND gold_answers.moderator_id = :judge)"),
      judge.account);
  if (!rows) {
    return rows.error();
  }
  std::vector<QueuedItem> gold;
  for (ItemRow& row : *rows) {
    gold.push_back(queued_gold(std::move(row)));
  }
  const auto order = [&judge](const QueuedItem& item) {
    return stable_hash64(judge.account.text() + item.id.text());
  };
  std::sort(gold.begin(), gold.end(), [&order](const QueuedItem& a, const QueuedItem& b) {
    return std::pair(order(a), a.id) < std::pair(order(b), b.id);
  });
  return gold;
}

Result<QueuedItem> find_item(Transaction& tx, const Judge& judge, std::string_view code,
                             std::int64_t new_since_ms) {
  if (code.empty()) {
    return no_such_item();
  }
  auto photos = read_photos(tx, judge, {}, code, new_since_ms);
  if (!photos) {
    return photos.error();
  }
  if (!photos->empty()) {
    return std::move(photos->front());
  }
  auto gold = open_gold(tx, judge);
  if (!gold) {
    return gold.error();
  }
  for (QueuedItem& item : *gold) {
    if (item.item.code == code) {
      return std::move(item);
    }
  }
  return no_such_item();
}

std::size_t gold_among(std::size_t photos, std::size_t gold, const Judge& judge, double share) {
  if (share <= 0) {
    return 0;
  }
  const std::size_t stride = stride_of(share);
  std::size_t n = 0;
  while (n < gold && place_of_gold(n, judge, stride) < photos) {
    ++n;
  }
  return n;
}

std::vector<QueuedItem> mix_gold(std::vector<QueuedItem> photos, std::vector<QueuedItem> gold,
                                 const Judge& judge, double share) {
  const std::size_t count = gold_among(photos.size(), gold.size(), judge, share);
  std::vector<QueuedItem> mixed;
  std::size_t next = 0;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    mixed.push_back(std::move(photos[i]));
    if (next < count && place_of_gold(next, judge, stride_of(share)) == i) {
      gold[next].item.submitted_ms = mixed.back().item.submitted_ms;
      mixed.push_back(std::move(gold[next++]));
    }
  }
  return mixed;
}

Error no_such_item() {
  return {"there is no such item in your queue; it may have been decided meanwhile", "not_found"};
}

}  // namespace everyface
