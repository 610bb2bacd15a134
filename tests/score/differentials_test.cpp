#include "everyface/score/differentials.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/score/scores.h"

namespace everyface {
namespace {

using Rates = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Differentials, EqualTheReferenceToTheLastDigit) {
  const std::string file = testing::verification_reference("fairness.json");
  EVERYFACE_NEEDS_SHARED(file);
  const nlohmann::json json = testing::read_shared_json(file);
  const auto fmr = json.at("fmr").get<Rates>();
  const auto fnmr = json.at("fnmr").get<Rates>();
  const auto alpha = json.at("alpha").get<double>();
  const auto expected = [&](const char* name) { return json.at(name).get<double>(); };
  EXPECT_EQ(fairness_discrepancy_rate(fmr, fnmr, alpha), expected("fdr"));
  EXPECT_EQ(inequity_rate(fmr, fnmr, alpha), expected("inequity_rate"));
  EXPECT_EQ(garbe(fmr, fnmr, alpha), expected("garbe"));
  // But for the roundings of two libraries' logarithms; the true values end in ...9957 and ...3532.
  EXPECT_DOUBLE_EQ(worst_to_geometric_mean(fmr).value(), expected("fmr_max_over_geomean"));
  EXPECT_DOUBLE_EQ(worst_to_geometric_mean(fnmr).value(), expected("fnmr_max_over_geomean"));
}

TEST(Differentials, EqualHandComputedCases) {
  EXPECT_DOUBLE_EQ(worst_to_best(Rates{0.2, 0.1, 0.4}).value(), 4);
  EXPECT_DOUBLE_EQ(worst_to_geometric_mean(Rates{0.1, 0.4}).value(), 2);
  EXPECT_DOUBLE_EQ(rate_ratio(0.3, 0.1).value(), 3);
  // Mean difference (0 + .3 + .3 + 0) / 4 over twice the mean of .25, times 2.
  EXPECT_DOUBLE_EQ(gini_coefficient(Rates{0.1, 0.4}).value(), 0.6);
  EXPECT_DOUBLE_EQ(fairness_discrepancy_rate(Rates{0.1, 0.4}, Rates{0.2, 0.3}, 0.75).value(),
                   1 - 0.75 * 0.3 - 0.25 * 0.1);
  EXPECT_DOUBLE_EQ(inequity_rate(Rates{0.1, 0.4}, Rates{0.2, 0.2}).value(), 2);
  EXPECT_DOUBLE_EQ(garbe(Rates{0.1, 0.4}, Rates{0.2, 0.2}).value(), 0.3);
}

TEST(Differentials, OfEqualRatesSayFair) {
  const Rates equal = {0.02, 0.02, 0.02};
  EXPECT_EQ(worst_to_best(equal), 1.0);
  EXPECT_DOUBLE_EQ(worst_to_geometric_mean(equal).value(), 1);
  EXPECT_EQ(gini_coefficient(equal), 0.0);
  EXPECT_EQ(fairness_discrepancy_rate(equal, equal), 1.0);
  EXPECT_EQ(inequity_rate(equal, equal), 1.0);
  EXPECT_EQ(garbe(equal, equal), 0.0);
}

TEST(Differentials, AreInfiniteWhereTheBestGroupHasNoErrors) {
  const Rates rates = {0, 0.1, 0.2};
  EXPECT_EQ(worst_to_best(rates), kInfinity);
  EXPECT_EQ(worst_to_geometric_mean(rates), kInfinity);
  EXPECT_EQ(rate_ratio(0.1, 0), kInfinity);
  EXPECT_EQ(rate_ratio(0, 0.1), 0.0);
  EXPECT_EQ(inequity_rate(rates, Rates{0.1, 0.1, 0.1}), kInfinity);
  EXPECT_EQ(gini_coefficient(Rates{0, 0, 0.1}), 1.0);
}

TEST(Differentials, AreAbsentWhereNobodyErrs) {
  const Rates zero = {0, 0};
  const Rates some = {0.1, 0.2};
  EXPECT_FALSE(worst_to_best(zero));
  EXPECT_FALSE(worst_to_geometric_mean(zero));
  EXPECT_FALSE(rate_ratio(0, 0));
  EXPECT_FALSE(gini_coefficient(zero));
  EXPECT_FALSE(inequity_rate(zero, some) || inequity_rate(some, zero));
  EXPECT_FALSE(garbe(zero, some) || garbe(some, zero));
  EXPECT_EQ(fairness_discrepancy_rate(zero, zero), 1.0);
}

TEST(Differentials, NeedTwoGroups) {
  const Rates one = {0.1};
  EXPECT_FALSE(worst_to_best(one) || worst_to_geometric_mean(one) || gini_coefficient(one) ||
               fairness_discrepancy_rate(one, one) || inequity_rate(one, one) || garbe(one, one));
  EXPECT_FALSE(worst_to_best({}) || gini_coefficient({}) || fairness_discrepancy_rate({}, {}));
}

TEST(Differentials, RefuseDifferentNumbersOfGroups) {
  const Rates one = {0.1};
  const Rates two = {0.1, 0.2};
  EXPECT_THROW(static_cast<void>(fairness_discrepancy_rate(one, two)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(inequity_rate(one, two)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(garbe(one, two)), std::invalid_argument);
}

TEST(Differentials, DoNotDependOnTheOrderOfGroups) {
  Rates fmr = {1e-4, 3e-4, 5e-4, 1e-3};
  Rates fnmr = {0.01, 0.012, 0.02, 0.03};
  const double gini = gini_coefficient(fmr).value();
  const double rate = inequity_rate(fmr, fnmr).value();
  testing::shuffle(fmr, 1);
  testing::shuffle(fnmr, 2);
  EXPECT_DOUBLE_EQ(gini_coefficient(fmr).value(), gini);
  EXPECT_DOUBLE_EQ(inequity_rate(fmr, fnmr).value(), rate);
}

TEST(EnoughForClaim, NeedsIdentitiesAndExpectedEvents) {
  EXPECT_TRUE(enough_for_claim(10, {0, 1000, 10}, 0.01));
  EXPECT_FALSE(enough_for_claim(9, {50, 1000, 9}, 0.01));
  EXPECT_FALSE(enough_for_claim(50, {50, 999, 50}, 0.01));
}

}  // namespace
}  // namespace everyface
