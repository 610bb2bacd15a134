#include "everyface/score/average_precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/score/samples.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using testing::box;
using testing::face;
using testing::ignored_face;

using Samples = std::vector<DetectionSample>;

/// Three faces; a true detection, a false and a true one.
Samples two_of_three() {
  return {{{face(0), face(1)}, {box(5, 0.8), box(0, 0.9)}}, {{face(0)}, {box(0, 0.7)}}};
}

double voc(const Samples& samples, double iou = 0.5) {
  return voc_average_precision(samples, iou).value().all_point;
}
double coco(const Samples& samples) { return coco_stats(samples).ap_50.value(); }
double wider(const Samples& samples, double iou = 0.5) {
  return wider_average_precision(samples, iou).value();
}

TEST(AveragePrecision, EqualsAHandComputedCaseInEachProtocol) {
  const Samples samples = two_of_three();
  EXPECT_NEAR(voc(samples), (1 + 2.0 / 3) / 3, 1e-12);
  // The envelope is 1 at recall 0, 0.1, 0.2, 0.3; 2/3 at 0.4, 0.5, 0.6; 0 above.
  EXPECT_NEAR(voc_average_precision(samples, 0.5)->eleven_point, (4 + 3 * 2.0 / 3) / 11, 1e-12);
  // 1 at 0, 0.01 … 0.33; 2/3 at 0.34 … 0.66.
  EXPECT_NEAR(coco(samples), (34 + 33 * 2.0 / 3) / 101, 1e-12);
  EXPECT_NEAR(coco_stats(samples).ap.value(), (34 + 33 * 2.0 / 3) / 101, 1e-12);
  EXPECT_NEAR(wider(samples), (1 + 2.0 / 3) / 3, 1e-12);
}

TEST(AveragePrecision, IsAbsentWhereNoFaceCounts) {
  for (const Samples& samples :
       {Samples{}, Samples{{{}, {box(0, 1)}}}, Samples{{{ignored_face(0)}, {box(0, 1)}}}}) {
    EXPECT_FALSE(voc_average_precision(samples, 0.5));
    EXPECT_FALSE(wider_average_precision(samples));
    EXPECT_FALSE(voc_bootstrap_interval(samples, 0.5, 1));
    const CocoStats stats = coco_stats(samples);
    EXPECT_FALSE(stats.ap || stats.ap_50 || stats.ap_75 || stats.ap_small || stats.ap_medium ||
                 stats.ap_large || stats.ar_1 || stats.ar_10 || stats.ar_100 || stats.ar_small ||
                 stats.ar_medium || stats.ar_large);
  }
}

TEST(AveragePrecision, IsZeroWhereNothingIsFound) {
  for (const Samples& samples : {Samples{{{face(0)}, {}}}, Samples{{{face(0)}, {box(1, 0.5)}}}}) {
    EXPECT_EQ(voc(samples), 0);
    EXPECT_EQ(voc_average_precision(samples, 0.5)->eleven_point, 0);
    EXPECT_EQ(coco(samples), 0);
    EXPECT_EQ(coco_stats(samples).ar_100, 0.0);
    EXPECT_EQ(wider(samples), 0);
    EXPECT_EQ(voc_bootstrap_interval(samples, 0.5, 1)->high, 0);
  }
}

TEST(AveragePrecision, IsOneWhereAllAndOnlyFacesAreFound) {
  const Samples samples = {
      {{face(0), face(1)}, {box(0, 0.5), box(1, 0.9)}}, {{}, {}}, {{face(4)}, {box(4, 0.1)}}};
  EXPECT_DOUBLE_EQ(voc(samples), 1);
  EXPECT_DOUBLE_EQ(voc_average_precision(samples, 0.5)->eleven_point, 1);
  EXPECT_NEAR(coco_stats(samples).ap.value(), 1, 1e-12);
  EXPECT_DOUBLE_EQ(coco_stats(samples).ar_100.value(), 1);
  EXPECT_DOUBLE_EQ(wider(samples), 1);
}

TEST(AveragePrecision, CountsASecondBoxOnAFaceAsFalse) {
  const Samples samples = {{{face(0), face(1)}, {box(0, 0.9), box(0, 0.8), box(1, 0.7)}}};
  EXPECT_NEAR(voc(samples), (1 + 2.0 / 3) / 2, 1e-12);
  EXPECT_NEAR(coco(samples), (51 + 50 * 2.0 / 3) / 101, 1e-12);
  EXPECT_NEAR(wider(samples), (1 + 2.0 / 3) / 2, 1e-12);
}

TEST(AveragePrecision, SecondBoxMayTakeAnotherFaceOnlyInCoco) {
  const Samples samples = {{{{{0, 0, 100, 100}}, {{20, 0, 120, 100}}},
                            {{{19, 0, 119, 100}, 0.9}, {{19, 0, 119, 100}, 0.8}}}};
  EXPECT_NEAR(voc(samples), 0.5, 1e-12);
  EXPECT_NEAR(wider(samples), 0.5, 1e-12);
  EXPECT_NEAR(coco(samples), 1, 1e-12);
}

TEST(AveragePrecision, AddsAPixelInVocAndWiderButNotInCoco) {
  // 0.46 as continuous boxes, 11 × 5.6 / 121 = 0.509 as ranges of pixels.
  const Samples samples = {{{{{0, 0, 10, 10}}}, {{{0, 0, 10, 4.6}, 1}}}};
  EXPECT_DOUBLE_EQ(voc(samples), 1);
  EXPECT_DOUBLE_EQ(wider(samples), 1);
  EXPECT_DOUBLE_EQ(coco(samples), 0);
}

TEST(AveragePrecision, BridgesAGapBelowAPixelOnlyInWider) {
  // A gap of 0.2 pixels: shared 0.8 × 2 of 4 + 4 − 1.6.
  const Samples samples = {{{{{0, 0, 1, 1}}}, {{{1.2, 0, 2.2, 1}, 1}}}};
  EXPECT_DOUBLE_EQ(voc(samples, 0.2), 0);
  EXPECT_DOUBLE_EQ(wider(samples, 0.2), 1);
}

TEST(AveragePrecision, ZeroAreaBoxesAreAPixelInVocAndWiderAndNothingInCoco) {
  const Samples samples = {{{{{5, 5, 5, 5}}}, {{{5, 5, 5, 5}, 1}}}};
  EXPECT_DOUBLE_EQ(voc(samples), 1);
  EXPECT_DOUBLE_EQ(wider(samples), 1);
  EXPECT_DOUBLE_EQ(coco(samples), 0);
}

TEST(AveragePrecision, IgnoredFaceSwallowsManyInVocAndWiderButOneInCoco) {
  const Samples samples = {{{ignored_face(0), face(1)}, {box(0, 0.9), box(0, 0.8), box(1, 0.7)}}};
  EXPECT_DOUBLE_EQ(voc(samples), 1);
  EXPECT_DOUBLE_EQ(wider(samples), 1);
  EXPECT_NEAR(coco(samples), 0.5, 1e-12);
}

TEST(AveragePrecision, TakesEqualScoresOneByOneExceptInWider) {
  const Samples samples = {{{face(0)}, {box(0, 0.5), box(3, 0.5)}}};
  EXPECT_DOUBLE_EQ(voc(samples), 1);
  EXPECT_NEAR(coco(samples), 1, 1e-12);
  EXPECT_DOUBLE_EQ(wider(samples), 0.5);
  const Samples turned = {{{face(0)}, {box(3, 0.5), box(0, 0.5)}}};
  EXPECT_DOUBLE_EQ(voc(turned), 0.5);
  EXPECT_NEAR(coco(turned), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(wider(turned), 0.5);
}

TEST(AveragePrecision, ReadsTheEnvelopeAtTheRecallsOfTheReferencesFloatingPoint) {
  // 3 of 10 does not reach 3 × 0.1, nor 7 of 20 35 × 0.01: both products round up.
  Samples samples(1);
  for (int i = 0; i < 20; ++i) {
    samples[0].truth.push_back(face(i));
  }
  for (int i = 0; i < 7; ++i) {
    samples[0].detections.push_back(box(i, 0.5));
  }
  EXPECT_NEAR(coco(samples), 35.0 / 101, 1e-12);
  samples[0].truth.resize(10);
  samples[0].detections.resize(3);
  EXPECT_NEAR(voc_average_precision(samples, 0.5)->eleven_point, 3.0 / 11, 1e-12);
}

TEST(Coco, AreaRangesIncludeBothEnds) {
  const Samples samples = {{{{{0, 0, 32, 32}}}, {{{0, 0, 32, 32}, 1}}}, {{{{0, 0, 96, 96}}}, {}}};
  const CocoStats stats = coco_stats(samples);
  EXPECT_NEAR(stats.ap_small.value(), 1, 1e-12);
  EXPECT_NEAR(stats.ap_medium.value(), 51.0 / 101, 1e-12);
  EXPECT_DOUBLE_EQ(stats.ar_medium.value(), 0.5);
  EXPECT_DOUBLE_EQ(stats.ap_large.value(), 0);
}

TEST(Coco, FalseDetectionsOfOtherAreasDoNotCount) {
  const Samples samples = {
      {{{{0, 0, 20, 20}}}, {{{0, 0, 20, 20}, 0.5}, {{200, 200, 300, 300}, 0.9}}}};
  const CocoStats stats = coco_stats(samples);
  EXPECT_NEAR(stats.ap_small.value(), 1, 1e-12);
  EXPECT_NEAR(stats.ap.value(), 0.5, 1e-12);
  EXPECT_FALSE(stats.ap_large);
}

TEST(Coco, TakesTheBestDetectionsOfAnImageOnly) {
  Samples samples(1);
  for (int i = 0; i < 100; ++i) {
    samples[0].detections.push_back(box(i + 1, 0.9));
  }
  samples[0].truth = {face(0), face(1), face(2), face(3)};
  samples[0].detections.push_back(box(0, 0.1));
  const CocoStats stats = coco_stats(samples);
  EXPECT_DOUBLE_EQ(stats.ar_1.value(), 0.25);
  EXPECT_DOUBLE_EQ(stats.ar_10.value(), 0.75);
  EXPECT_DOUBLE_EQ(stats.ar_100.value(), 0.75);
}

TEST(Coco, FaceThatCountsGoesBeforeAnIgnoredOneThatOverlapsMore) {
  const Samples samples = {
      {{{{0, 0, 10, 10}, true}, {{0, 0, 10, 6}, false}}, {{{0, 0, 10, 10}, 1}}}};
  EXPECT_NEAR(coco(samples), 1, 1e-12);
}

TEST(Wider, DetectionsOnImagesWithoutAnyFaceCostNothing) {
  Samples samples = two_of_three();
  samples.push_back({{}, {box(0, 0.85), box(1, 0.85)}});
  EXPECT_NEAR(wider(samples), (1 + 2.0 / 3) / 3, 1e-12);
  samples.back().truth.push_back(ignored_face(8));
  EXPECT_NEAR(wider(samples), (1 + 2.0 / 5) / 3, 1e-12);
}

TEST(Wider, ScoresOfAnyRangeAreScaled) {
  // 1 is the highest scaled score, whatever the detector's range; only the order counts here.
  Samples samples = two_of_three();
  for (DetectionSample& sample : samples) {
    for (ScoredBox& detection : sample.detections) {
      detection.score = detection.score * 40 - 20;
    }
  }
  EXPECT_NEAR(wider(samples), (1 + 2.0 / 3) / 3, 1e-12);
}

TEST(Wider, ScoreAtAThresholdReachesIt) {
  const Samples samples = {
      {{face(0), face(1)}, {box(0, 1.0), box(1, 0.5), box(8, 0.4995), box(9, 0.0)}}};
  EXPECT_DOUBLE_EQ(wider(samples), 1);
}

TEST(Wider, ScoresCloserThanAThousandthOfTheRangeAreOneStep) {
  // 0.5002 (false) and 0.5001 (true) fall between the thresholds 0.501 and 0.500.
  const Samples samples = {
      {{face(0), face(1), face(2)}, {box(0, 1.0), box(9, 0.5002), box(1, 0.5001), box(2, 0.0)}}};
  EXPECT_NEAR(wider(samples), (1 + 0.75 + 0.75) / 3, 1e-12);
}

/// The area by the textbook: cumulative sums, envelope, sum of rectangles.
double textbook_area(const Samples& samples, double iou_threshold) {
  struct Entry {
    double score;
    std::size_t sample;
    const ScoredBox* box;
  };
  std::vector<Entry> entries;
  std::vector<std::vector<bool>> taken;
  double faces = 0;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    taken.emplace_back(samples[s].truth.size(), false);
    faces += static_cast<double>(samples[s].truth.size());
    for (const ScoredBox& detection : samples[s].detections) {
      entries.push_back({detection.score, s, &detection});
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.score > b.score; });
  std::vector<double> recall = {0};
  std::vector<double> precision = {0};
  double found = 0;
  double seen = 0;
  for (const Entry& entry : entries) {
    const auto grown = [](Box b) { return Box{b.x1, b.y1, b.x2 + 1, b.y2 + 1}; };
    double best = 0;
    std::size_t best_face = 0;
    for (std::size_t i = 0; i < samples[entry.sample].truth.size(); ++i) {
      const double overlap = iou(grown(entry.box->box), grown(samples[entry.sample].truth[i].box));
      if (overlap > best) {
        best = overlap;
        best_face = i;
      }
    }
    if (best >= iou_threshold && !taken[entry.sample][best_face]) {
      taken[entry.sample][best_face] = true;
      found += 1;
    }
    seen += 1;
    recall.push_back(found / faces);
    precision.push_back(found / seen);
  }
  double area = 0;
  for (std::size_t i = 1; i < recall.size(); ++i) {
    const double envelope =
        *std::max_element(precision.begin() + static_cast<std::ptrdiff_t>(i), precision.end());
    area += (recall[i] - recall[i - 1]) * envelope;
  }
  return area;
}

TEST(Voc, EqualsTheTextbook) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Samples samples = testing::random_samples(seed, 30, false);
    EXPECT_NEAR(voc(samples, 0.5), textbook_area(samples, 0.5), 1e-12);
    EXPECT_NEAR(voc(samples, 0.75), textbook_area(samples, 0.75), 1e-12);
  }
}

/// All numbers of all protocols.
std::vector<double> everything(const Samples& samples) {
  const VocAveragePrecision by_voc = voc_average_precision(samples, 0.5).value();
  const CocoStats by_coco = coco_stats(samples);
  return {by_voc.all_point,          by_voc.eleven_point,      by_coco.ap.value(),
          by_coco.ap_50.value(),     by_coco.ap_75.value(),    by_coco.ap_small.value(),
          by_coco.ap_medium.value(), by_coco.ap_large.value(), by_coco.ar_1.value(),
          by_coco.ar_10.value(),     by_coco.ar_100.value(),   by_coco.ar_small.value(),
          by_coco.ar_medium.value(), by_coco.ar_large.value(), wider(samples)};
}

TEST(AveragePrecision, DoesNotDependOnTheOrderGiven) {
  const Samples samples = testing::random_samples(11, 100, true);
  const std::vector<double> numbers = everything(samples);
  const std::vector<double> other = everything(testing::shuffled(samples, 12));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_GT(numbers[i], 0.05) << i;
    EXPECT_LT(numbers[i], 1) << i;
    EXPECT_NEAR(numbers[i], other[i], 1e-12) << i;
  }
}

TEST(AveragePrecision, IsNotRaisedByAFalseDetectionAtTheLowestScore) {
  Samples samples = testing::random_samples(13, 40, true);
  double lowest = 1;
  for (const DetectionSample& sample : samples) {
    for (const ScoredBox& detection : sample.detections) {
      lowest = std::min(lowest, detection.score);
    }
  }
  const std::vector<double> before = everything(samples);
  for (DetectionSample& sample : samples) {
    sample.detections.push_back({{5000, 5000, 5050, 5050}, lowest});
  }
  const std::vector<double> after = everything(samples);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_LE(after[i], before[i] + 1e-15) << i;
  }
}

TEST(AveragePrecision, FallsWhereAFalseDetectionComesFirst) {
  Samples samples = testing::random_samples(14, 40, false);
  const Samples before = samples;
  const auto with_face = std::find_if(samples.begin(), samples.end(),
                                      [](const DetectionSample& s) { return !s.truth.empty(); });
  ASSERT_NE(with_face, samples.end());
  with_face->detections.push_back({{5000, 5000, 5050, 5050}, 1.0});
  EXPECT_LT(voc(samples), voc(before));
  EXPECT_LT(coco(samples), coco(before));
  EXPECT_LT(wider(samples), wider(before));
}

TEST(Bootstrap, EqualsResamplingTheImagesThemselves) {
  const Samples samples = testing::random_samples(15, 25, true);
  constexpr std::uint64_t kSeed = 99;
  constexpr std::size_t kReplicates = 300;
  Random random(kSeed);
  std::vector<double> areas;
  for (std::size_t replicate = 0; replicate < kReplicates; ++replicate) {
    Samples drawn;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      drawn.push_back(samples[random.below(samples.size())]);
    }
    areas.push_back(voc(drawn));
  }
  std::sort(areas.begin(), areas.end());
  const Interval interval = voc_bootstrap_interval(samples, 0.5, kSeed, kReplicates).value();
  EXPECT_NEAR(interval.low, percentile_of_sorted(areas, 0.025), 1e-12);
  EXPECT_NEAR(interval.high, percentile_of_sorted(areas, 0.975), 1e-12);
}

TEST(Bootstrap, HoldsTheEstimateAndNarrowsWithMoreImages) {
  const Samples few = testing::random_samples(16, 30, false);
  const Samples many = testing::random_samples(16, 600, false);
  const Interval wide = voc_bootstrap_interval(few, 0.5, 1).value();
  const Interval narrow = voc_bootstrap_interval(many, 0.5, 1).value();
  EXPECT_LT(wide.low, voc(few));
  EXPECT_GT(wide.high, voc(few));
  EXPECT_LT(narrow.low, voc(many));
  EXPECT_GT(narrow.high, voc(many));
  EXPECT_LT(narrow.high - narrow.low, (wide.high - wide.low) / 2);
}

TEST(Bootstrap, RepeatsWithItsSeedAndDiffersWithAnother) {
  const Samples samples = testing::random_samples(17, 40, false);
  const Interval one = voc_bootstrap_interval(samples, 0.5, 5).value();
  const Interval same = voc_bootstrap_interval(samples, 0.5, 5).value();
  const Interval other = voc_bootstrap_interval(samples, 0.5, 6).value();
  EXPECT_EQ(one.low, same.low);
  EXPECT_EQ(one.high, same.high);
  EXPECT_NE(one.low, other.low);
}

TEST(Bootstrap, HasNoWidthWithOneImageAndLeavesOutDrawsWithoutFaces) {
  const Samples one = {{{face(0), face(1)}, {box(0, 1)}}};
  EXPECT_DOUBLE_EQ(voc_bootstrap_interval(one, 0.5, 1)->low, 0.5);
  EXPECT_DOUBLE_EQ(voc_bootstrap_interval(one, 0.5, 1)->high, 0.5);
  const Samples with_empty = {{{face(0), face(1)}, {box(0, 1)}}, {}, {}};
  EXPECT_DOUBLE_EQ(voc_bootstrap_interval(with_empty, 0.5, 1)->low, 0.5);
}

/// The images of ../shared/data/reference/ap, what public implementations give on them.
class Reference : public ::testing::Test {
 protected:
  void SetUp() override {
    EVERYFACE_NEEDS_SHARED("data/reference/ap/ap.json");
    std::ifstream file(testing::shared_folder() / "data/reference/ap/ap.json");
    reference_ = nlohmann::json::parse(file);
    for (const auto& image : reference_.at("images")) {
      DetectionSample sample;
      for (std::size_t i = 0; i < image.at("faces_xywh").size(); ++i) {
        sample.truth.push_back(
            {to_box(image.at("faces_xywh")[i]), image.at("kept")[i].get<int>() == 0});
      }
      for (const auto& row : image.at("detections_xywh_score")) {
        sample.detections.push_back({to_box(row), row[4].get<double>()});
      }
      flagged_.push_back(sample);
      for (TruthBox& truth : sample.truth) {
        truth.ignored = false;
      }
      all_kept_.push_back(std::move(sample));
    }
  }

  static Box to_box(const nlohmann::json& row) {
    const double x = row[0].get<double>();
    const double y = row[1].get<double>();
    return {x, y, x + row[2].get<double>(), y + row[3].get<double>()};
  }

  [[nodiscard]] double expected(const char* protocol, const char* name) const {
    return reference_.at("expected").at(protocol).at(name).get<double>();
  }

  nlohmann::json reference_;
  Samples all_kept_;
  Samples flagged_;
};

TEST_F(Reference, CocoEqualsPycocotools) {
  const CocoStats stats = coco_stats(all_kept_);
  EXPECT_NEAR(stats.ap.value(), expected("coco", "AP"), 1e-6);
  EXPECT_NEAR(stats.ap_50.value(), expected("coco", "AP50"), 1e-6);
  EXPECT_NEAR(stats.ap_75.value(), expected("coco", "AP75"), 1e-6);
  EXPECT_NEAR(stats.ap_small.value(), expected("coco", "AP_small"), 1e-6);
  EXPECT_NEAR(stats.ap_medium.value(), expected("coco", "AP_medium"), 1e-6);
  EXPECT_NEAR(stats.ap_large.value(), expected("coco", "AP_large"), 1e-6);
  EXPECT_NEAR(stats.ar_1.value(), expected("coco", "AR_1"), 1e-6);
  EXPECT_NEAR(stats.ar_10.value(), expected("coco", "AR_10"), 1e-6);
  EXPECT_NEAR(stats.ar_100.value(), expected("coco", "AR_100"), 1e-6);
  EXPECT_NEAR(stats.ar_small.value(), expected("coco", "AR_small"), 1e-6);
  EXPECT_NEAR(stats.ar_medium.value(), expected("coco", "AR_medium"), 1e-6);
  EXPECT_NEAR(stats.ar_large.value(), expected("coco", "AR_large"), 1e-6);
}

TEST_F(Reference, VocEqualsReviewObjectDetectionMetrics) {
  const VocAveragePrecision half = voc_average_precision(all_kept_, 0.5).value();
  EXPECT_NEAR(half.all_point, expected("voc", "all_point_0.5"), 1e-6);
  EXPECT_NEAR(half.eleven_point, expected("voc", "11_point_0.5"), 1e-6);
  const VocAveragePrecision strict = voc_average_precision(all_kept_, 0.75).value();
  EXPECT_NEAR(strict.all_point, expected("voc", "all_point_0.75"), 1e-6);
  EXPECT_NEAR(strict.eleven_point, expected("voc", "11_point_0.75"), 1e-6);
}

TEST_F(Reference, WiderEqualsWiderFaceEvaluation) {
  EXPECT_NEAR(wider(all_kept_), expected("wider_protocol", "all_faces_kept"), 1e-6);
  EXPECT_NEAR(wider(flagged_), expected("wider_protocol", "with_ignored"), 1e-6);
}

}  // namespace
}  // namespace everyface
