#include "everyface/commons/statistics.h"

#include <utility>

#include "commons/people_counts.h"
#include "commons/release_rows.h"

namespace everyface {
namespace {

constexpr std::int64_t kKeptMs = kMinuteMs;
/// Of that, what is left while a request is answered.
constexpr std::int64_t kAtHandMs = 2 * kSecondMs;

}  // namespace

Statistics::Statistics(Database& database, Clock clock, DeclarationChoices choices,
                       std::int64_t smallest_count)
    : database_(database),
      clock_(std::move(clock)),
      choices_(std::move(choices)),
      smallest_count_(smallest_count) {}

Result<std::shared_ptr<const SiteStatistics>> Statistics::current() {
  if (auto kept = kept_for(0)) {
    return kept;
  }
  const std::lock_guard counting(counting_);
  if (auto kept = kept_for(0)) {  // counted while this one waited
    return kept;
  }
  const std::int64_t now_ms = clock_();
  auto counted = database_.read([&](Transaction& tx) { return count(tx); });
  if (!counted) {
    return counted.error();
  }
  counted->at_ms = now_ms;
  const std::lock_guard lock(mutex_);
  kept_ = std::make_shared<const SiteStatistics>(std::move(*counted));
  return kept_;
}

std::shared_ptr<const SiteStatistics> Statistics::at_hand() { return kept_for(kAtHandMs); }

std::shared_ptr<const SiteStatistics> Statistics::kept_for(std::int64_t more_ms) {
  const std::int64_t now_ms = clock_();
  const std::lock_guard lock(mutex_);
  return kept_ && now_ms - kept_->at_ms + more_ms < kKeptMs ? kept_ : nullptr;
}

Result<SiteStatistics> Statistics::count(Transaction& tx) const {
  SiteStatistics statistics;
  statistics.smallest_count = smallest_count_;
  const auto people = read_people(tx, std::nullopt);
  if (!people) {
    return people.error();
  }
  statistics.attributes = count_people(*people, choices_, smallest_count_);
  statistics.people = statistics.attributes.front().total;
  using Counts = std::tuple<std::int64_t, std::int64_t>;
  auto photos = tx.one<Counts>(
      sql("SELECT (SELECT COUNT(*) FROM photos WHERE state = 'approved'), (SELECT COUNT(*) FROM "
          "photos WHERE state IN ('pending', 'escalated'))"));
  if (!photos) {
    return photos.error();
  }
  std::tie(statistics.photos, statistics.waiting) = *photos;
  using Version = std::tuple<std::int64_t, std::int64_t>;
  auto latest =
      tx.find<Version>(sql("SELECT major, minor FROM releases WHERE state = 'published' "
                           "ORDER BY major DESC, minor DESC LIMIT 1"));
  if (!latest) {
    return latest.error();
  }
  if (*latest) {
    statistics.latest_release = ReleaseVersion{std::get<0>(**latest), std::get<1>(**latest)}.text();
  }
  return statistics;
}

}  // namespace everyface
