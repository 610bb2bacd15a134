#include "everyface/commons/statistics.h"

#include <utility>

#include "commons/people_counts.h"
#include "commons/release_rows.h"

namespace everyface {
namespace {

constexpr std::int64_t kKeptMs = kMinuteMs;

}  // namespace

Statistics::Statistics(Database& database, Clock clock, DeclarationChoices choices,
                       std::int64_t smallest_count)
    : database_(database),
      clock_(std::move(clock)),
      choices_(std::move(choices)),
      smallest_count_(smallest_count) {}

Result<SiteStatistics> Statistics::current() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ms = clock_();
  if (kept_ && now_ms - kept_->at_ms < kKeptMs) {
    return *kept_;
  }
  auto counted = database_.read([&](Transaction& tx) { return count(tx); });
  if (counted) {
    counted->at_ms = now_ms;
    kept_ = *counted;
  }
  return counted;
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
