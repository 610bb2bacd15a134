// The small version of bench/photo_check.cpp: whether everybody's photos are accepted alike.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "everyface/base/hash.h"
#include "everyface/commons/photo_check.h"
#include "everyface/dataset/dataset.h"
#include "everyface/image/exposure.h"
#include "everyface/score/intervals.h"
#include "tests/commons/faces.h"

namespace everyface {
namespace {

constexpr std::size_t kPhotosOfEach = 30;

/// Adults, the first of each race label by the hash of their names, of the half that thresholds
/// were not chosen on.
std::map<std::string, std::map<std::uint64_t, Record>> photos_by_race(const Dataset& dataset) {
  const std::set<std::string> kNotAdult = {"0-2", "3-9", "10-19"};
  std::map<std::string, std::map<std::uint64_t, Record>> chosen;
  for (const Record& record : dataset.records) {
    const std::uint64_t hash = stable_hash64(record.name);
    const Groups& groups = record.faces.front().groups;
    if ((hash & 1U) == 1 && !kNotAdult.contains(groups.at("age"))) {
      auto& photos = chosen[groups.at("race")];
      photos[hash] = record;
      if (photos.size() > kPhotosOfEach) {
        photos.erase(std::prev(photos.end()));
      }
    }
  }
  return chosen;
}

TEST(PhotoCheckGroups, AcceptanceDoesNotDifferBeyondChanceInLightOrInTheDark) {
  EVERYFACE_NEEDS_SHARED("data/utkface");
  EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
  const Dataset dataset =
      open_dataset("utkface", testing::shared_folder() / "data/utkface").value();
  auto checker = PhotoChecker::open(testing::shared_models()).value();
  const auto photos = photos_by_race(dataset);
  ASSERT_EQ(photos.size(), 5U);
  for (const double exposure : {0.0, -3.0}) {
    std::vector<Proportion> rates;
    for (const auto& [race, records] : photos) {
      ASSERT_EQ(records.size(), kPhotosOfEach) << race;
      Proportion accepted{0, records.size()};
      for (const auto& [hash, record] : records) {
        const Photo photo = load_photo(record.file).value();
        cv::Mat padded;
        cv::copyMakeBorder(photo.pixels, padded, dataset.pad_px, dataset.pad_px, dataset.pad_px,
                           dataset.pad_px, cv::BORDER_REPLICATE);
        const cv::Mat rendered =
            render_exposure(padded, exposure, exposure_seed(1, photo.sha256, exposure));
        accepted.successes += checker.check(rendered).is_accepted() ? 1U : 0U;
      }
      EXPECT_GE(wilson_interval(accepted).high, 0.98) << race << " at " << exposure << " EV";
      rates.push_back(accepted);
    }
    EXPECT_GT(equal_rates_p_value(rates), 0.05) << exposure << " EV";
  }
}

}  // namespace
}  // namespace everyface
