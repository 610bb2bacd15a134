#include "everyface/score/score_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/score/scores.h"

namespace everyface {
namespace {

using Floats = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

ScoreDistribution distribution(const Floats& scores, std::size_t tail) {
  ScoreHistogram histogram(tail);
  histogram.add(scores);
  return std::move(histogram).finish();
}

/// Scores of every kind: ties, edges of bins and what lies beside them, both ends and beyond.
Floats awkward_scores(std::size_t count) {
  Random random(1);
  Floats scores = {0.0F, -0.0F, 1.0F, -1.0F, 1.5F, -1.5F, kInfinity, -kInfinity, 1e-30F, -1e-30F};
  while (scores.size() < count) {
    const auto score = static_cast<float>(0.2 * testing::normal(random));
    const float edge = std::floor(score * 32768) / 32768;
    const Floats kinds = {score, std::round(score * 100) / 100, edge, std::nextafter(edge, -2.0F),
                          std::nextafter(edge, 2.0F)};
    scores.push_back(kinds[random.below(kinds.size())]);
  }
  return scores;
}

/// The plain twin: how many scores reach a threshold.
std::uint64_t counted(const Floats& scores, double threshold) {
  return static_cast<std::uint64_t>(
      std::count_if(scores.begin(), scores.end(), [&](float score) { return score >= threshold; }));
}

TEST(ScoreHistogram, CountsExactlyAtEveryEdgeOfABin) {
  // A prime number, so that no block is full.
  const Floats scores = awkward_scores(10007);
  const ScoreDistribution found = distribution(scores, 100);
  EXPECT_EQ(found.size(), scores.size());
  Floats sorted = scores;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t bin = 0; bin < ScoreHistogram::kBins; ++bin) {
    const double edge = ScoreDistribution::edge(bin);
    const auto expected = static_cast<std::uint64_t>(
        sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), edge));
    ASSERT_EQ(found.at_or_above_edge(bin), expected) << edge;
    ASSERT_TRUE(found.at_or_above(edge).exact());
    ASSERT_EQ(found.at_or_above(edge).low, expected);
  }
}

TEST(ScoreHistogram, BoundsTheCountEverywhereAndIsExactInTheTail) {
  const Floats scores = awkward_scores(5003);
  const ScoreDistribution found = distribution(scores, 200);
  for (const float score : scores) {
    for (const double threshold : {static_cast<double>(score), score + 1e-9, score - 1e-6}) {
      const CountBounds bounds = found.at_or_above(threshold);
      const std::uint64_t expected = counted(scores, threshold);
      EXPECT_LE(bounds.low, expected);
      EXPECT_GE(bounds.high, expected);
      if (threshold > found.highest().back()) {
        EXPECT_TRUE(bounds.exact());
      }
    }
  }
}

TEST(ScoreHistogram, KeepsTheHighestScores) {
  Floats scores = awkward_scores(3001);
  const ScoreDistribution found = distribution(scores, 64);
  std::sort(scores.begin(), scores.end(), std::greater<>());
  EXPECT_TRUE(std::equal(found.highest().begin(), found.highest().end(), scores.begin()));
  EXPECT_EQ(found.highest().size(), 64U);
  EXPECT_EQ(distribution({0.5F, 0.25F}, 0).highest().size(), 1U);
}

TEST(ScoreHistogram, DoesNotDependOnOrderSplitAndMerge) {
  Floats scores = awkward_scores(20011);
  const ScoreDistribution whole = distribution(scores, 500);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    testing::shuffle(scores, seed);
    Random random(seed);
    std::vector<ScoreHistogram> parts(3, ScoreHistogram(500));
    for (std::size_t start = 0; start < scores.size();) {
      const std::size_t length = std::min<std::size_t>(scores.size() - start, random.below(3000));
      parts[random.below(parts.size())].add(std::span(scores).subspan(start, length));
      start += length;
    }
    parts[0].merge(parts[2]);
    parts[1].merge(parts[0]);
    const ScoreDistribution merged = std::move(parts[1]).finish();
    ASSERT_TRUE(std::equal(whole.highest().begin(), whole.highest().end(), merged.highest().begin(),
                           merged.highest().end()));
    for (std::size_t bin = 0; bin < ScoreHistogram::kBins; ++bin) {
      ASSERT_EQ(whole.at_or_above_edge(bin), merged.at_or_above_edge(bin));
    }
  }
}

TEST(ScoreHistogram, TakesMoreScoresAfterAMerge) {
  const Floats scores = awkward_scores(4001);
  ScoreHistogram first(50);
  ScoreHistogram second(50);
  first.add(std::span(scores).first(1000));
  second.add(std::span(scores).subspan(1000, 2000));
  first.merge(second);
  first.add(std::span(scores).subspan(3000));
  const ScoreDistribution found = std::move(first).finish();
  const ScoreDistribution whole = distribution(scores, 50);
  EXPECT_TRUE(std::equal(whole.highest().begin(), whole.highest().end(), found.highest().begin()));
  EXPECT_EQ(found.size(), whole.size());
}

TEST(ScoreHistogram, RefusesToMergeOtherTails) {
  ScoreHistogram first(5);
  EXPECT_THROW(first.merge(ScoreHistogram(6)), std::invalid_argument);
}

TEST(ScoreHistogram, ThresholdsAreThoseOfTheListAsFarAsTheTailReaches) {
  const Floats scores = awkward_scores(3001);
  const ScoreList nonmated{std::span(scores)};
  const ScoreList mated(testing::normal_scores(2, 50, 0.4, 0));
  const ScoreDistribution found = distribution(scores, 300);
  for (std::size_t allowed = 0; allowed < 300; ++allowed) {
    const double f = static_cast<double>(allowed) / 3001;
    for (const ScoreList& with : {ScoreList(), mated}) {
      const BinnedThreshold threshold = threshold_at_fmr(with, found, f).value();
      EXPECT_TRUE(threshold.exact);
      EXPECT_EQ(threshold.threshold, threshold_at_fmr(with, nonmated, f)) << allowed;
    }
  }
}

TEST(ScoreHistogram, ThresholdsBelowTheTailKeepTheRateAndAreOffByABinAtMost) {
  const Floats scores = awkward_scores(3001);
  const ScoreList nonmated{std::span(scores)};
  const ScoreDistribution found = distribution(scores, 100);
  for (int per_cent = 4; per_cent < 99; ++per_cent) {
    const double f = per_cent / 100.0;
    const BinnedThreshold threshold = threshold_at_fmr({}, found, f).value();
    EXPECT_FALSE(threshold.exact);
    EXPECT_LE(false_match_rate(nonmated, threshold.threshold).value(), f);
    // Lower thresholds down to the highest score that must be refused are as good.
    const double refused = nonmated.rising()[3000 - static_cast<std::size_t>(f * 3001)];
    EXPECT_LE(threshold.threshold, refused + 1.0 / 32768);
  }
  EXPECT_EQ(threshold_at_fmr({}, found, 1)->threshold, -kInfinity);
}

TEST(ScoreHistogram, KeepsTheRateWhereTheLastBinHoldsTooManyScores) {
  const Floats scores = {1.0F, 1.0F, 1.25F, 1.5F, 2.0F};
  const BinnedThreshold threshold = threshold_at_fmr({}, distribution(scores, 1), 0.4).value();
  EXPECT_FALSE(threshold.exact);
  EXPECT_LE(counted(scores, threshold.threshold), 2U);
}

TEST(ScoreHistogram, HoldsAllScoresOfAShortListExactly) {
  const Floats scores = {0.5F, 0.25F, 0.25F};
  const ScoreDistribution found = distribution(scores, 10);
  EXPECT_EQ(found.at_or_above(0.2500001).low, 1U);
  EXPECT_EQ(found.at_or_above(0.1).high, 3U);
  EXPECT_TRUE(found.at_or_above(0.1).exact());
  EXPECT_TRUE(threshold_at_fmr({}, found, 1)->exact);
  EXPECT_EQ(threshold_at_fmr({}, found, 1)->threshold, 0.25);
}

TEST(ScoreHistogram, OfNothingSaysNothing) {
  const ScoreDistribution found = distribution({}, 10);
  EXPECT_EQ(found.size(), 0U);
  EXPECT_TRUE(found.at_or_above(0.5).exact());
  EXPECT_FALSE(threshold_at_fmr({}, found, 0.1));
  EXPECT_TRUE(error_curve(ScoreList(testing::normal_scores(1, 5, 0, 0)), found).empty());
  EXPECT_FALSE(area_under_roc(ScoreList(testing::normal_scores(1, 5, 0, 0)), found));
}

TEST(ScoreHistogram, CurveLiesOnTheCurveOfTheList) {
  Floats scores;
  for (const double score : testing::normal_scores(3, 20011, 0.1, 0)) {
    scores.push_back(static_cast<float>(score));
  }
  const ScoreList nonmated{std::span(scores)};
  const ScoreList mated(testing::normal_scores(4, 500, 0.35, 0), 2);
  const auto curve = error_curve(mated, distribution(scores, 1000));
  EXPECT_EQ(curve.front().threshold, error_curve(mated, nonmated).front().threshold);
  EXPECT_EQ(curve[1].fmr, 0);
  EXPECT_LT(curve[1].fnmr, 1);
  EXPECT_EQ(curve.back().fmr, 1);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    ASSERT_EQ(curve[i].fmr, false_match_rate(nonmated, curve[i].threshold));
    ASSERT_EQ(curve[i].fnmr, false_non_match_rate(mated, curve[i].threshold));
    if (i > 0) {
      ASSERT_LE(curve[i].threshold, curve[i - 1].threshold);
    }
  }
  const EqualErrorRate exact = equal_error_rate(error_curve(mated, nonmated)).value();
  const EqualErrorRate binned = equal_error_rate(curve).value();
  EXPECT_NEAR(binned.midpoint(), exact.midpoint(), 0.002);
  EXPECT_NEAR(area_under_roc(mated, distribution(scores, 1000)).value(),
              area_under_roc(mated, nonmated).value(), 1e-4);
}

TEST(ScoreHistogram, AreaCountsScoresOfOneBinAsTies) {
  const ScoreList mated(std::vector<double>{0.5, 0.5 + 1e-6, 0.2}, 1);
  // Ties with both in the bin of 0.5, and the win over 0.1: 2 × (1 + 2 × 0.5) + 1 of 12.
  EXPECT_DOUBLE_EQ(area_under_roc(mated, distribution({0.5F, 0.50001F, 0.1F}, 1)).value(),
                   5.0 / 12);
}

}  // namespace
}  // namespace everyface
