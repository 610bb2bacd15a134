// What the home page says of the data: numbers of people and photos, who is in it, nothing about
// anyone.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/declaration.h"
#include "everyface/commons/suppression.h"
#include "everyface/store/database.h"

namespace everyface {

/// People by one attribute of their declaration. Values are the codes of the declaration's lists,
/// all of them, except that countries are listed only where published; "several" for those who
/// named several groups, "undisclosed" for those who prefer not to say.
struct AttributeCounts {
  std::string attribute;  ///< "group", "gender", "age_band", "country" or "monk_tone"
  /// None: not published, because fewer than k have the value or another number would tell how
  /// many.
  std::vector<std::pair<std::string, std::optional<std::int64_t>>> people;
  std::optional<std::int64_t> total;
};

struct SiteStatistics {
  std::optional<std::int64_t> people;  ///< with an approved photo; none: not published
  std::int64_t photos = 0;             ///< approved
  std::int64_t waiting = 0;            ///< for moderators
  std::optional<std::string> latest_release;
  std::vector<AttributeCounts> attributes;
  std::int64_t smallest_count = kSmallestPublishedCount;  ///< k
  std::int64_t at_ms = 0;
};

class Statistics {
 public:
  /// The database outlives it.
  Statistics(Database& database, Clock clock,
             DeclarationChoices choices = DeclarationChoices::standard(),
             std::int64_t smallest_count = kSmallestPublishedCount);

  /// At most a minute old: many visitors cost the database one count. Thread-safe.
  Result<std::shared_ptr<const SiteStatistics>> current();

  /// What current() gives without the database; none where it would ask. Does not wait for it.
  std::shared_ptr<const SiteStatistics> at_hand();

 private:
  Result<SiteStatistics> count(Transaction& tx) const;
  /// What is kept, where it is still good for so long.
  std::shared_ptr<const SiteStatistics> kept_for(std::int64_t more_ms);

  Database& database_;
  Clock clock_;
  DeclarationChoices choices_;
  std::int64_t smallest_count_;
  std::mutex counting_;  ///< held by whoever asks the database
  std::mutex mutex_;     ///< of what follows
  std::shared_ptr<const SiteStatistics> kept_;
};

}  // namespace everyface
