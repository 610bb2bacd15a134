// The items that moderators judge, as they are read from the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/commons/moderation.h"
#include "everyface/store/database.h"

namespace everyface {

template <>
struct SqlType<Verdict> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(Verdict verdict) { return std::string(verdict_name(verdict)); }
  static std::optional<Verdict> from(SqlValue&& value) {
    return parse_verdict(std::get<std::string>(value));
  }
};

/// An item and where it comes from: a photo, or a hidden gold item.
struct QueuedItem {
  ReviewItem item;
  Uuid id;
  bool gold = false;
  std::string photo_key;
  std::string thumbnail_key;
};

/// Who asks. Roles are those of this transaction.
struct Judge {
  Uuid account;
  bool administrator = false;
};
/// Code: not_allowed.
Result<Judge> read_judge(Transaction& tx, const Uuid& account);

/// The photos of the judge's queue, the oldest first.
Result<std::vector<QueuedItem>> queued_photos(Transaction& tx, const Judge& judge,
                                              const QueueFilter& filter, std::int64_t new_since_ms);

/// Gold items that the judge has not answered and did not add, in an order of the judge's own.
Result<std::vector<QueuedItem>> open_gold(Transaction& tx, const Judge& judge);

/// An item of the judge's queue by its code. Code: not_found.
Result<QueuedItem> find_item(Transaction& tx, const Judge& judge, std::string_view code,
                             std::int64_t new_since_ms);

/// Puts gold items among the photos, one for each 1 / share of them, at places that stay the same
/// for the judge. A gold item shows the time of the photo that it follows.
std::vector<QueuedItem> mix_gold(std::vector<QueuedItem> photos, std::vector<QueuedItem> gold,
                                 const Judge& judge, double share);

/// How many gold items mix_gold() puts among so many photos.
std::size_t gold_among(std::size_t photos, std::size_t gold, const Judge& judge, double share);

Error no_such_item();

}  // namespace everyface
