#include "everyface/score/detection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/score/samples.h"
#include "tests/score/scikit_learn.h"

namespace everyface {
namespace {

using testing::box;
using testing::face;
using testing::ignored_face;

constexpr auto kTrue = DetectionOutcome::kTrue;
constexpr auto kFalse = DetectionOutcome::kFalse;
constexpr auto kIgnored = DetectionOutcome::kIgnored;
constexpr auto kBelow = DetectionOutcome::kBelowThreshold;

std::vector<DetectionOutcome> outcomes(const Matching& matching) {
  std::vector<DetectionOutcome> list;
  for (const MatchedDetection& detection : matching.detections) {
    list.push_back(detection.outcome);
  }
  return list;
}

using Outcomes = std::vector<DetectionOutcome>;

TEST(Match, FindsFacesAndTellsWhichBoxFoundWhich) {
  const DetectionSample sample{{face(0), face(1), face(2)},
                               {box(2, 0.5), box(7, 0.6), box(0, 0.9)}};
  const Matching matching = match(sample, 0.5, 0);
  EXPECT_EQ(outcomes(matching), (Outcomes{kTrue, kFalse, kTrue}));
  EXPECT_EQ(matching.detections[0].face, 2U);
  EXPECT_EQ(matching.detections[1].face, std::nullopt);
  EXPECT_EQ(matching.detections[2].face, 0U);
  EXPECT_EQ(matching.faces[0], 2U);
  EXPECT_EQ(matching.faces[1], std::nullopt);
  EXPECT_EQ(matching.faces[2], 0U);
}

TEST(Match, NothingThereMatchesNothing) {
  EXPECT_TRUE(match({}, 0.5, 0).detections.empty());
  EXPECT_EQ(outcomes(match({{}, {box(0, 1)}}, 0.5, 0)), Outcomes{kFalse});
  EXPECT_EQ(match({{face(0)}, {}}, 0.5, 0).faces[0], std::nullopt);
}

TEST(Match, SecondBoxOnAFaceIsFalseWhateverTheOrderGiven) {
  EXPECT_EQ(outcomes(match({{face(0)}, {box(0, 0.4), box(0, 0.8)}}, 0.5, 0)),
            (Outcomes{kFalse, kTrue}));
}

TEST(Match, OfEqualScoresTheFirstListedGoesFirst) {
  EXPECT_EQ(outcomes(match({{face(0)}, {box(0, 0.8), box(0, 0.8)}}, 0.5, 0)),
            (Outcomes{kTrue, kFalse}));
}

TEST(Match, TakesTheFaceWithTheHighestOverlapAndThenTheNextFreeOne) {
  const DetectionSample sample{{{{0, 0, 10, 10}}, {{2, 0, 12, 10}}},
                               {{{1.9, 0, 11.9, 10}, 0.9}, {{1.9, 0, 11.9, 10}, 0.8}}};
  const Matching matching = match(sample, 0.5, 0);
  EXPECT_EQ(outcomes(matching), (Outcomes{kTrue, kTrue}));
  EXPECT_EQ(matching.detections[0].face, 1U);
  EXPECT_EQ(matching.detections[1].face, 0U);
}

TEST(Match, OfEqualOverlapsTheFirstFaceIsTaken) {
  const Matching matching = match({{face(0), face(0)}, {box(0, 1)}}, 0.5, 0);
  EXPECT_EQ(matching.faces[0], 0U);
  EXPECT_EQ(matching.faces[1], std::nullopt);
}

TEST(Match, ThresholdsAreInclusive) {
  const DetectionSample half{{{{0, 0, 10, 10}}}, {{{0, 0, 10, 5}, 0.5}}};
  EXPECT_EQ(outcomes(match(half, 0.5, 0.5)), Outcomes{kTrue});
  EXPECT_EQ(outcomes(match(half, 0.5001, 0.5)), Outcomes{kFalse});
  EXPECT_EQ(outcomes(match(half, 0.5, 0.5001)), Outcomes{kBelow});
}

TEST(Match, IgnoredFaceSwallowsAnyNumberButOnlyWhatNoFaceTakes) {
  const DetectionSample sample{{ignored_face(0), face(0), ignored_face(1)},
                               {box(0, 0.9), box(0, 0.8), box(1, 0.7), box(1, 0.6), box(2, 0.5)}};
  const Matching matching = match(sample, 0.5, 0);
  EXPECT_EQ(outcomes(matching), (Outcomes{kTrue, kIgnored, kIgnored, kIgnored, kFalse}));
  EXPECT_EQ(matching.detections[0].face, 1U);
  EXPECT_EQ(matching.detections[1].face, 0U);
  EXPECT_EQ(matching.detections[3].face, 2U);
  EXPECT_EQ(matching.faces[0], std::nullopt);
  EXPECT_EQ(matching.faces[1], 0U);
}

TEST(Match, FaceThatCountsGoesBeforeAnIgnoredOneThatOverlapsMore) {
  const DetectionSample sample{{{{0, 0, 10, 10}, true}, {{0, 0, 10, 6}, false}},
                               {{{0, 0, 10, 10}, 1}}};
  EXPECT_EQ(match(sample, 0.5, 0).detections[0].face, 1U);
}

TEST(Match, BoxesWithoutAreaMatchNothing) {
  EXPECT_EQ(outcomes(match({{{{5, 5, 5, 5}}}, {{{5, 5, 5, 5}, 1}}}, 0.5, 0)), Outcomes{kFalse});
  EXPECT_EQ(outcomes(match({{{{9, 9, 5, 5}}}, {{{9, 9, 5, 5}, 1}}}, 0.5, 0)), Outcomes{kFalse});
}

TEST(Match, HigherScoreThresholdChangesNothingButWhatFallsBelow) {
  for (const DetectionSample& sample : testing::random_samples(1, 50, true)) {
    const Matching all = match(sample, 0.5, 0);
    const Matching some = match(sample, 0.5, 0.6);
    for (std::size_t i = 0; i < sample.detections.size(); ++i) {
      EXPECT_EQ(some.detections[i].outcome,
                sample.detections[i].score < 0.6 ? kBelow : all.detections[i].outcome);
    }
  }
}

TEST(CountsAt, AddUpOverImages) {
  const std::vector<DetectionSample> samples = {
      {{face(0), face(1), ignored_face(2)}, {box(0, 0.9), box(2, 0.8), box(5, 0.7), box(1, 0.1)}},
      {{}, {box(0, 0.5)}},
      {{face(0)}, {}}};
  const Counts counts = counts_at(samples, 0.5, 0.5);
  EXPECT_EQ(counts.images, 3U);
  EXPECT_EQ(counts.faces, 3U);
  EXPECT_EQ(counts.predictions, 4U);
  EXPECT_EQ(counts.true_positives, 1U);
  EXPECT_EQ(counts.false_positives, 2U);
  EXPECT_DOUBLE_EQ(counts.recall().value(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(counts.precision().value(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(counts.f1().value(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(counts.false_positives_per_image().value(), 2.0 / 3);
}

TEST(CountsAt, RatesThatMeanNothingAreAbsent) {
  const Counts nothing = counts_at({}, 0.5, 0.5);
  EXPECT_FALSE(nothing.recall() || nothing.precision() || nothing.f1() ||
               nothing.false_positives_per_image());

  const std::vector<DetectionSample> only_ignored = {{{ignored_face(0)}, {box(0, 1)}}};
  const Counts ignored = counts_at(only_ignored, 0.5, 0.5);
  EXPECT_EQ(ignored.predictions, 1U);
  EXPECT_FALSE(ignored.recall() || ignored.precision() || ignored.f1());
  EXPECT_EQ(ignored.false_positives_per_image(), 0.0);

  const std::vector<DetectionSample> missed = {{{face(0)}, {}}};
  const Counts none_found = counts_at(missed, 0.5, 0.5);
  EXPECT_EQ(none_found.recall(), 0.0);
  EXPECT_FALSE(none_found.precision());
  EXPECT_EQ(none_found.f1(), 0.0);
}

TEST(FoundCounts, CountBoxesPerImageWhetherFacesOrNot) {
  const std::vector<DetectionSample> samples = {
      {{face(0)}, {box(0, 0.9), box(3, 0.5), box(4, 0.4)}}, {}, {{}, {box(0, 0.6)}}};
  const FoundCounts counts = found_counts(samples, 0.5);
  EXPECT_EQ(counts.per_image, (std::vector<std::size_t>{2, 0, 1}));
  EXPECT_EQ(counts.total, 3U);
}

TEST(PrecisionRecallCurve, EqualScoresAreOnePoint) {
  const std::vector<DetectionSample> samples = {
      {{face(0), face(1)}, {box(0, 0.9), box(5, 0.8), box(1, 0.8)}},
      {{face(0), face(1), ignored_face(3)}, {box(3, 0.95), box(7, 0.7)}}};
  const std::vector<PrecisionRecall> curve = precision_recall_curve(samples, 0.5);
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_DOUBLE_EQ(curve[0].score, 0.9);
  EXPECT_DOUBLE_EQ(curve[0].recall, 0.25);
  EXPECT_DOUBLE_EQ(curve[0].precision, 1);
  EXPECT_DOUBLE_EQ(curve[1].score, 0.8);
  EXPECT_DOUBLE_EQ(curve[1].recall, 0.5);
  EXPECT_DOUBLE_EQ(curve[1].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(curve[2].recall, 0.5);
  EXPECT_DOUBLE_EQ(curve[2].precision, 0.5);
}

TEST(PrecisionRecallCurve, IsEmptyWhereNoFaceCounts) {
  const std::vector<DetectionSample> samples = {{{ignored_face(0)}, {box(0, 1), box(1, 1)}}};
  EXPECT_TRUE(precision_recall_curve(samples, 0.5).empty());
  EXPECT_TRUE(precision_recall_curve({}, 0.5).empty());
}

TEST(PrecisionRecallCurve, RisesInRecallAndAgreesWithTheCountsAtEachScore) {
  const std::vector<DetectionSample> samples = testing::random_samples(2, 60, true);
  const std::vector<PrecisionRecall> curve = precision_recall_curve(samples, 0.5);
  ASSERT_GT(curve.size(), 100U);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (i > 0) {
      EXPECT_GE(curve[i].recall, curve[i - 1].recall);
      EXPECT_LT(curve[i].score, curve[i - 1].score);
    }
    const Counts counts = counts_at(samples, 0.5, curve[i].score);
    EXPECT_DOUBLE_EQ(curve[i].recall, counts.recall().value());
    EXPECT_DOUBLE_EQ(curve[i].precision, counts.precision().value());
  }
}

TEST(PrecisionRecallCurve, DoesNotDependOnTheOrderGiven) {
  const std::vector<DetectionSample> samples = testing::random_samples(3, 60, true);
  const auto curve = precision_recall_curve(samples, 0.5);
  const auto other = precision_recall_curve(testing::shuffled(samples, 4), 0.5);
  ASSERT_EQ(curve.size(), other.size());
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].recall, other[i].recall);
    EXPECT_EQ(curve[i].precision, other[i].precision);
  }
}

TEST(PrecisionRecallCurve, EqualsScikitLearn) {
  std::vector<DetectionSample> samples = testing::random_samples(5, 80, true);
  for (DetectionSample& sample : samples) {
    for (ScoredBox& detection : sample.detections) {
      detection.score = std::round(detection.score * 50) / 50;  // many ties
    }
  }
  std::vector<testing::LabelledScore> scores;
  for (const DetectionSample& sample : samples) {
    const Matching matching = match(sample, 0.5, 0);
    for (std::size_t i = 0; i < sample.detections.size(); ++i) {
      if (matching.detections[i].outcome != kIgnored) {
        scores.emplace_back(matching.detections[i].outcome == kTrue, sample.detections[i].score);
      }
    }
  }
  const auto expected = testing::scikit_learn_curve("precision-recall", scores);
  EVERYFACE_NEEDS_SCIKIT_LEARN(expected);

  const std::vector<PrecisionRecall> curve = precision_recall_curve(samples, 0.5);
  // scikit-learn sees the detections only, so its recall is of the faces found in the end.
  const double found = curve.back().recall;
  ASSERT_EQ(expected->size(), curve.size());
  EXPECT_GT(curve.size(), 20U);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const auto& [recall, precision, score] = (*expected)[i];
    EXPECT_NEAR(curve[i].recall, recall * found, 1e-6);
    EXPECT_NEAR(curve[i].precision, precision, 1e-6);
    EXPECT_NEAR(curve[i].score, score, 1e-6);
  }
}

TEST(ThinCurve, KeepsBothEndsAndAtMostTheNumberAskedFor) {
  const auto curve = precision_recall_curve(testing::random_samples(6, 100, false), 0.5);
  ASSERT_GT(curve.size(), 200U);
  for (const std::size_t most : {std::size_t{2}, std::size_t{3}, std::size_t{50}}) {
    const auto thinned = thin_curve(curve, most);
    EXPECT_LE(thinned.size(), most);
    EXPECT_GE(thinned.size(), most / 2);
    EXPECT_EQ(thinned.front().score, curve.front().score);
    EXPECT_EQ(thinned.back().score, curve.back().score);
    for (std::size_t i = 1; i < thinned.size(); ++i) {
      EXPECT_LT(thinned[i].score, thinned[i - 1].score);
    }
  }
}

TEST(ThinCurve, LeavesNoLongStretchWithoutAPoint) {
  std::vector<PrecisionRecall> line;
  for (int i = 0; i <= 1000; ++i) {
    line.push_back({i / 1000.0, 1.0, 1000.0 - i});
  }
  const auto thinned = thin_curve(line, 11);
  ASSERT_EQ(thinned.size(), 11U);
  for (std::size_t i = 1; i < thinned.size(); ++i) {
    EXPECT_NEAR(thinned[i].recall - thinned[i - 1].recall, 0.1, 0.0015);
  }
}

TEST(ThinCurve, ReturnsAShortCurveAsItIs) {
  EXPECT_TRUE(thin_curve({}, 2).empty());
  const std::vector<PrecisionRecall> two = {{0.1, 1, 0.9}, {0.2, 0.5, 0.8}};
  EXPECT_EQ(thin_curve(two, 2).size(), 2U);
}

TEST(LogAverageMissRate, IsTheGeometricMeanAtNinePoints) {
  // Up to one false positive in the one image the miss rate is 1/2, from there on 0 (as 1e-10).
  const std::vector<DetectionSample> samples = {
      {{face(0), face(1)}, {box(0, 0.9), box(5, 0.8), box(1, 0.7)}}};
  EXPECT_NEAR(log_average_miss_rate(samples, 0.5).value(),
              std::exp((8 * std::log(0.5) + std::log(1e-10)) / 9), 1e-12);
}

TEST(LogAverageMissRate, OneFalsePositiveInAHundredImagesIsWithinTheFirstPoint) {
  std::vector<DetectionSample> samples(100);
  samples[0] = {{face(0), face(1)}, {box(5, 0.9), box(0, 0.8)}};
  EXPECT_NEAR(log_average_miss_rate(samples, 0.5).value(), 0.5, 1e-12);
  samples.pop_back();
  EXPECT_NEAR(log_average_miss_rate(samples, 0.5).value(), std::pow(0.5, 8.0 / 9), 1e-12);
}

TEST(LogAverageMissRate, IsOneWithoutDetectionsAndWhereFalseOnesComeFirst) {
  const std::vector<DetectionSample> missed = {{{face(0)}, {}}};
  EXPECT_DOUBLE_EQ(log_average_miss_rate(missed, 0.5).value(), 1);
  const std::vector<DetectionSample> late = {{{face(0)}, {box(5, 0.9), box(6, 0.8), box(0, 0.7)}}};
  EXPECT_DOUBLE_EQ(log_average_miss_rate(late, 0.5).value(), 1);
}

TEST(LogAverageMissRate, KeepsEqualScoresTogether) {
  const std::vector<DetectionSample> tied = {{{face(0)}, {box(0, 0.9), box(5, 0.9), box(6, 0.9)}}};
  EXPECT_DOUBLE_EQ(log_average_miss_rate(tied, 0.5).value(), 1);
}

TEST(LogAverageMissRate, NeedsAFaceThatCounts) {
  const std::vector<DetectionSample> ignored = {{{ignored_face(0)}, {box(0, 0.9)}}};
  EXPECT_FALSE(log_average_miss_rate(ignored, 0.5));
  EXPECT_FALSE(log_average_miss_rate({}, 0.5));
}

}  // namespace
}  // namespace everyface
