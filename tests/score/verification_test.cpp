#include "everyface/score/verification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/score/scikit_learn.h"
#include "tests/score/scores.h"

namespace everyface {
namespace {

using Scores = std::vector<double>;

const double kInfinity = std::numeric_limits<double>::infinity();

ScoreList list(const Scores& scores, std::size_t failed = 0) { return ScoreList(scores, failed); }

double above(double score) { return std::nextafter(static_cast<float>(score), 2.0F); }

TEST(ErrorRates, AcceptAtTheThresholdAndAbove) {
  const ScoreList scores = list({0.5, 0.1, 0.3, 0.3});
  EXPECT_EQ(false_match_rate(scores, 0.3), 0.75);
  EXPECT_EQ(false_non_match_rate(scores, 0.3), 0.25);
  EXPECT_EQ(false_match_rate(scores, above(0.5)), 0.0);
  EXPECT_EQ(false_non_match_rate(scores, -kInfinity), 0.0);
}

TEST(ErrorRates, AreAbsentWithoutPairs) {
  EXPECT_FALSE(false_match_rate({}, 0.3));
  EXPECT_FALSE(false_non_match_rate({}, 0.3));
  EXPECT_FALSE(accuracy({}, {}, 0.3));
  EXPECT_FALSE(threshold_at_fmr(list({0.1}), {}, 0.1));
  EXPECT_FALSE(area_under_roc(list({0.1}), {}));
  EXPECT_FALSE(area_under_roc({}, list({0.1})));
  EXPECT_TRUE(error_curve(list({0.1}), {}).empty());
  EXPECT_TRUE(error_curve({}, list({0.1})).empty());
  EXPECT_FALSE(equal_error_rate({}));
  EXPECT_FALSE(most_accurate_threshold({}, {}));
}

TEST(ErrorRates, ComparisonsThatFailedAreAcceptedAtNoThreshold) {
  const ScoreList scores = list({0.2, 0.6}, 2);
  EXPECT_EQ(scores.size(), 4U);
  EXPECT_EQ(false_match_rate(scores, -kInfinity), 0.5);
  EXPECT_EQ(false_non_match_rate(scores, 0.5), 0.75);
  EXPECT_EQ(accuracy(list({0.9}, 1), list({0.1}, 2), 0.5), 0.8);
}

TEST(ThresholdAtFmr, IsTheSmallestObservedScoreThatKeepsTheRate) {
  const ScoreList nonmated = list({0.1, 0.2, 0.3, 0.4});
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.5), 0.3);
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.49), 0.4);
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.25), 0.4);
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 1), 0.1);
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 7), 0.1);
  // A mated score between two non-mated ones is an observed score too.
  EXPECT_EQ(threshold_at_fmr(list({0.25, 0.27}), nonmated, 0.5), 0.25);
  EXPECT_EQ(threshold_at_fmr(list({0.05}), nonmated, 1), 0.05);
}

TEST(ThresholdAtFmr, KeepsTiesWhole) {
  const ScoreList nonmated = list({0.1, 0.3, 0.3, 0.3, 0.4});
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.6), 0.4);
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.79), 0.4);
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.8), 0.3);
}

TEST(ThresholdAtFmr, StepsAboveTheMaximumWhereNothingElseWillDo) {
  const ScoreList nonmated = list({0.1, 0.4, 0.4});
  EXPECT_EQ(threshold_at_fmr({}, nonmated, 0.1), above(0.4));
  EXPECT_EQ(threshold_at_fmr(list({0.3}), nonmated, 0), above(0.4));
  EXPECT_EQ(threshold_at_fmr(list({0.3, 0.9}), nonmated, 0), 0.9);
}

TEST(ThresholdAtFmr, StaysAboveTheMaximumWhenRoundedToFloat) {
  for (const double highest : {0.1, 0.3, 0.7, 1.0, -0.2, 0.0}) {
    const double threshold = threshold_at_fmr({}, list({highest}), 0).value();
    EXPECT_GT(threshold, highest);
    EXPECT_GT(static_cast<float>(threshold), static_cast<float>(highest));
  }
}

TEST(ThresholdAtFmr, FailedComparisonsWidenWhatTheRateAllows) {
  EXPECT_EQ(threshold_at_fmr({}, list({0.1, 0.2}), 0.25), above(0.2));
  EXPECT_EQ(threshold_at_fmr({}, list({0.1, 0.2}, 2), 0.25), 0.2);
  EXPECT_EQ(threshold_at_fmr({}, list({}, 2), 0), above(-kInfinity));
}

TEST(ThresholdAtFmr, NeverExceedsTheRateAndHasTheLowestFnmr) {
  const ScoreList mated = list(testing::normal_scores(1, 300, 0.5, 0.01));
  const ScoreList nonmated = list(testing::normal_scores(2, 700, 0.3, 0.01));
  Scores all(mated.rising().begin(), mated.rising().end());
  all.insert(all.end(), nonmated.rising().begin(), nonmated.rising().end());
  for (int step = 0; step < 333; ++step) {
    const double f = 0.003 * step;
    const double threshold = threshold_at_fmr(mated, nonmated, f).value();
    EXPECT_LE(false_match_rate(nonmated, threshold).value(), f);
    for (const double other : all) {
      if (false_match_rate(nonmated, other).value() <= f) {
        EXPECT_GE(other, threshold);
      }
    }
  }
}

TEST(ThresholdAtFmr, AllowsExactlyTheShareThatDividesEvenly) {
  // 0.29 × 100 is 28.999999999999996 in doubles, 0.07 × 100 is 7.000000000000001.
  Scores hundred(100);
  for (std::size_t i = 0; i < hundred.size(); ++i) {
    hundred[i] = static_cast<double>(i);
  }
  for (int per_cent = 1; per_cent <= 100; ++per_cent) {
    EXPECT_EQ(threshold_at_fmr({}, list(hundred), per_cent / 100.0), 100.0 - per_cent);
  }
}

TEST(ThresholdAtFmr, AppliesToAnotherSet) {
  const double threshold = threshold_at_fmr({}, list({0.1, 0.2, 0.3, 0.4}), 0.25).value();
  EXPECT_EQ(false_match_rate(list({0.1, 0.5, 0.6}), threshold), 2.0 / 3);
}

TEST(ErrorCurve, HasAPointAboveAllAndOneAtEachDistinctScore) {
  const auto curve = error_curve(list({0.9, 0.5, 0.5}), list({0.5, 0.1}));
  ASSERT_EQ(curve.size(), 4U);
  const double expected[4][3] = {{above(0.9), 0, 1}, {0.9, 0, 2.0 / 3}, {0.5, 0.5, 0}, {0.1, 1, 0}};
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].threshold, expected[i][0]);
    EXPECT_EQ(curve[i].fmr, expected[i][1]);
    EXPECT_EQ(curve[i].fnmr, expected[i][2]);
  }
}

TEST(ErrorCurve, IsMonotoneAndAgreesWithTheRates) {
  const ScoreList mated = list(testing::normal_scores(3, 400, 0.5, 0.01), 3);
  const ScoreList nonmated = list(testing::normal_scores(4, 900, 0.3, 0.01), 5);
  const auto curve = error_curve(mated, nonmated);
  ASSERT_GT(curve.size(), 50U);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].fmr, false_match_rate(nonmated, curve[i].threshold));
    EXPECT_EQ(curve[i].fnmr, false_non_match_rate(mated, curve[i].threshold));
    if (i > 0) {
      EXPECT_LT(curve[i].threshold, curve[i - 1].threshold);
      EXPECT_GE(curve[i].fmr, curve[i - 1].fmr);
      EXPECT_LE(curve[i].fnmr, curve[i - 1].fnmr);
    }
  }
}

TEST(ErrorCurve, DoesNotDependOnTheOrderOrTheWidthOfTheScores) {
  Scores mated = testing::normal_scores(5, 100, 0.5, 1.0 / 128);
  const Scores nonmated = testing::normal_scores(6, 100, 0.3, 1.0 / 128);
  const auto curve = error_curve(list(mated), list(nonmated));
  testing::shuffle(mated, 7);
  const std::vector<float> narrow(mated.begin(), mated.end());
  const auto other = error_curve(ScoreList(narrow), list(nonmated));
  ASSERT_EQ(curve.size(), other.size());
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].threshold, other[i].threshold);
    EXPECT_EQ(curve[i].fmr, other[i].fmr);
    EXPECT_EQ(curve[i].fnmr, other[i].fnmr);
  }
}

TEST(ErrorCurve, EqualsTheRocCurveOfScikitLearn) {
  const Scores mated = testing::normal_scores(16, 200, 0.5, 1.0 / 64);
  const Scores nonmated = testing::normal_scores(17, 500, 0.3, 1.0 / 64);
  std::vector<testing::LabelledScore> scores;
  for (const double score : mated) {
    scores.emplace_back(true, score);
  }
  for (const double score : nonmated) {
    scores.emplace_back(false, score);
  }
  const auto expected = testing::scikit_learn_curve("roc", scores);
  EVERYFACE_NEEDS_SCIKIT_LEARN(expected);
  const auto curve = error_curve(list(mated), list(nonmated));
  ASSERT_EQ(curve.size(), expected->size() + 1);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const auto& [fmr, true_match_rate, threshold] = (*expected)[i - 1];
    EXPECT_EQ(curve[i].fmr, fmr);
    EXPECT_NEAR(curve[i].fnmr, 1 - true_match_rate, 1e-15);
    EXPECT_EQ(curve[i].threshold, threshold);
  }
}

TEST(ThinErrorCurve, KeepsBothEndsAndSmallRates) {
  const auto curve = error_curve(list(testing::normal_scores(8, 2000, 0.6, 0)),
                                 list(testing::normal_scores(9, 20000, 0.2, 0)));
  const auto thinned = thin_error_curve(curve, 100);
  EXPECT_LE(thinned.size(), 100U);
  EXPECT_GE(thinned.size(), 50U);
  EXPECT_EQ(thinned.front().threshold, curve.front().threshold);
  EXPECT_EQ(thinned.back().threshold, curve.back().threshold);
  EXPECT_GT(std::count_if(thinned.begin(), thinned.end(),
                          [](const ErrorPoint& point) { return point.fmr < 1e-3; }),
            10);
  EXPECT_EQ(thin_error_curve(curve, curve.size()).size(), curve.size());
  EXPECT_TRUE(thin_error_curve({}, 2).empty());
}

TEST(AreaUnderRoc, CountsTiesHalf) {
  EXPECT_EQ(area_under_roc(list({0.9}), list({0.1})), 1.0);
  EXPECT_EQ(area_under_roc(list({0.1}), list({0.9})), 0.0);
  EXPECT_EQ(area_under_roc(list({0.5, 0.5}), list({0.5})), 0.5);
  // 0.5 beats 0.1 and ties with 0.5; 0.3 beats 0.1 only.
  EXPECT_EQ(area_under_roc(list({0.5, 0.3}), list({0.5, 0.1})), 2.5 / 4);
}

TEST(AreaUnderRoc, FailedComparisonsScoreBelowAllOthers) {
  const Scores mated = testing::normal_scores(10, 50, 0.4, 0.02);
  const Scores nonmated = testing::normal_scores(11, 60, 0.3, 0.02);
  Scores mated_low = mated;
  Scores nonmated_low = nonmated;
  mated_low.insert(mated_low.end(), 4, -9);
  nonmated_low.insert(nonmated_low.end(), 7, -9);
  EXPECT_EQ(area_under_roc(list(mated, 4), list(nonmated, 7)),
            area_under_roc(list(mated_low), list(nonmated_low)));
}

TEST(AreaUnderRoc, EqualsTheCountOfAllPairs) {
  const Scores mated = testing::normal_scores(12, 80, 0.4, 0.02);
  const Scores nonmated = testing::normal_scores(13, 90, 0.3, 0.02);
  double wins = 0;
  for (const double a : mated) {
    for (const double b : nonmated) {
      wins += a > b ? 1 : (a == b ? 0.5 : 0);
    }
  }
  EXPECT_DOUBLE_EQ(area_under_roc(list(mated), list(nonmated)).value(), wins / (80 * 90));
}

TEST(EqualErrorRate, IsAnIntervalWhereErrorsJumpPastEachOther) {
  // Errors (FMR, FNMR) by falling threshold: (0, 1), (0, 2/3), (1/4, 1/3), (1/2, 1/3) or so.
  const auto curve = error_curve(list({0.9, 0.6, 0.3}), list({0.6, 0.5, 0.2, 0.1}));
  // At 0.6: (1/4, 1/3). At 0.5: (1/2, 1/3). t2 = 0.6, t1 = 0.5, and t2 has the smaller sum.
  const EqualErrorRate eer = equal_error_rate(curve).value();
  EXPECT_EQ(eer.low, 0.25);
  EXPECT_EQ(eer.high, 1.0 / 3);
  EXPECT_DOUBLE_EQ(eer.midpoint(), 7.0 / 24);
}

TEST(EqualErrorRate, IsAPointWhereErrorsMeet) {
  const auto even = equal_error_rate(error_curve(list({0.9, 0.3}), list({0.5, 0.1}))).value();
  EXPECT_EQ(even.low, 0.5);
  EXPECT_EQ(even.high, 0.5);
  const auto none = equal_error_rate(error_curve(list({0.9, 0.8}), list({0.5, 0.1}))).value();
  EXPECT_EQ(none.low, 0);
  EXPECT_EQ(none.high, 0);
}

TEST(EqualErrorRate, IsTheLastPointWhereFailuresKeepTheErrorsApart) {
  // At best half of the mated pairs is accepted, and then a quarter of the non-mated.
  const auto eer = equal_error_rate(error_curve(list({0.9}, 1), list({0.1}, 3))).value();
  EXPECT_EQ(eer.low, 0.25);
  EXPECT_EQ(eer.high, 0.5);
}

TEST(Accuracy, CountsRightDecisionsOfBothKinds) {
  EXPECT_EQ(accuracy(list({0.9, 0.5, 0.3}), list({0.5}), 0.5), 0.5);
  EXPECT_EQ(accuracy(list({0.9, 0.5, 0.3}), {}, 0.5), 2.0 / 3);
}

TEST(MostAccurateThreshold, IsTheHighestOfEquallyGoodOnes) {
  // 0.9 and 0.5: each makes one mistake of four.
  EXPECT_EQ(most_accurate_threshold(list({0.9, 0.5}), list({0.6, 0.1})), 0.9);
  EXPECT_EQ(most_accurate_threshold(list({0.9, 0.5}), list({0.4, 0.1})), 0.5);
  // Refusing everybody is best where the wrong score high.
  EXPECT_EQ(most_accurate_threshold(list({0.2}), list({0.8, 0.9})), above(0.9));
  EXPECT_EQ(most_accurate_threshold({}, list({0.5})), above(0.5));
  EXPECT_EQ(most_accurate_threshold(list({0.5}), {}), 0.5);
  EXPECT_FALSE(most_accurate_threshold(list({}, 3), list({}, 2)));
}

TEST(MostAccurateThreshold, IsBeatenByNone) {
  const ScoreList mated = list(testing::normal_scores(14, 200, 0.5, 0.01), 2);
  const ScoreList nonmated = list(testing::normal_scores(15, 300, 0.3, 0.01), 1);
  const double best = most_accurate_threshold(mated, nonmated).value();
  for (const ErrorPoint& point : error_curve(mated, nonmated)) {
    EXPECT_LE(accuracy(mated, nonmated, point.threshold), accuracy(mated, nonmated, best));
  }
}

TEST(FoldAccuracy, JudgesEachFoldByTheThresholdOfTheOthers) {
  const std::vector<Fold> folds = {{list({0.9, 0.8}), list({0.1, 0.2})},
                                   {list({0.7, 0.6}), list({0.3, 0.4})},
                                   {list({0.5, 0.4}), list({0.5, 0.3})}};
  const FoldAccuracy result = fold_accuracy(folds).value();
  // Without fold 1: mated .7 .6 .5 .4, non-mated .3 .4 .5 .3; 0.6 makes 2 mistakes, 0.5 two, 0.4
  // two. Without fold 2: mated .9 .8 .5 .4, non-mated .1 .2 .5 .3; 0.4 makes one. Without fold 3:
  // 0.6 makes none.
  EXPECT_EQ(result.thresholds, (std::vector<double>{0.6, 0.4, 0.6}));
  EXPECT_EQ(result.accuracies, (std::vector<double>{1, 0.75, 0.5}));
  EXPECT_DOUBLE_EQ(result.mean, 0.75);
  EXPECT_DOUBLE_EQ(result.standard_error, 0.25 / std::sqrt(3.0));
}

TEST(FoldAccuracy, CountsMatedPairsThatFailedAsMistakes) {
  const std::vector<Fold> folds = {{list({0.9}, 1), list({0.1}, 1)}, {list({0.8}), list({0.2})}};
  const FoldAccuracy result = fold_accuracy(folds).value();
  EXPECT_EQ(result.accuracies, (std::vector<double>{0.75, 0.5}));
}

TEST(FoldAccuracy, IsAbsentWithoutOtherFoldsOrPairs) {
  EXPECT_FALSE(fold_accuracy({}));
  const Fold fold{list({0.9}), list({0.1})};
  EXPECT_FALSE(fold_accuracy(std::vector<Fold>{fold}));
  EXPECT_FALSE(fold_accuracy(std::vector<Fold>{fold, Fold{}}));
}

/// ../shared/data/reference/verification/one_to_one.json, to the last digit.
class OneToOneReference : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string file = testing::verification_reference("one_to_one.json");
    EVERYFACE_NEEDS_SHARED(file);
    const nlohmann::json json = testing::read_shared_json(file);
    mated_ = list(json.at("genuine").get<Scores>());
    nonmated_ = list(json.at("impostor").get<Scores>());
    expected_ = json.at("expected");
  }

  ScoreList mated_;
  ScoreList nonmated_;
  nlohmann::json expected_;
};

TEST_F(OneToOneReference, FnmrAtFmr) {
  ASSERT_EQ(expected_.at("fnmr_at_fmr").size(), 5U);
  for (const auto& [f, expected] : expected_.at("fnmr_at_fmr").items()) {
    const double threshold = threshold_at_fmr(mated_, nonmated_, std::stod(f)).value();
    EXPECT_EQ(threshold, expected.at("threshold").get<double>()) << f;
    EXPECT_EQ(false_match_rate(nonmated_, threshold), expected.at("fmr").get<double>()) << f;
    EXPECT_EQ(false_non_match_rate(mated_, threshold), expected.at("fnmr").get<double>()) << f;
  }
}

TEST_F(OneToOneReference, RocAucAndNumberOfPointsOfScikitLearn) {
  EXPECT_EQ(area_under_roc(mated_, nonmated_), expected_.at("roc_auc_sklearn").get<double>());
  EXPECT_EQ(error_curve(mated_, nonmated_).size(),
            expected_.at("sklearn_roc_points").get<std::size_t>());
}

TEST_F(OneToOneReference, EqualErrorRate) {
  const EqualErrorRate eer = equal_error_rate(error_curve(mated_, nonmated_)).value();
  EXPECT_EQ(eer.low, expected_.at("eer_fvc").at("low").get<double>());
  EXPECT_EQ(eer.high, expected_.at("eer_fvc").at("high").get<double>());
  EXPECT_EQ(eer.midpoint(), expected_.at("eer_fvc").at("eer").get<double>());
}

}  // namespace
}  // namespace everyface
