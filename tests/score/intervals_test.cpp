#include "everyface/score/intervals.h"

#include <gtest/gtest.h>

#include <cmath>

#include "score/log_gamma.h"

namespace everyface {
namespace {

void expect_interval(const Interval& interval, double low, double high) {
  EXPECT_NEAR(interval.low, low, 5e-5);
  EXPECT_NEAR(interval.high, high, 5e-5);
}

TEST(WilsonInterval, EqualsTheExamplesOfNewcombe1998) {
  // "Two-sided confidence intervals for the single proportion", table I, method 3.
  expect_interval(wilson_interval({81, 263}), 0.2553, 0.3662);
  expect_interval(wilson_interval({15, 148}), 0.0624, 0.1605);
  expect_interval(wilson_interval({0, 20}), 0.0000, 0.1611);
  expect_interval(wilson_interval({1, 29}), 0.0061, 0.1718);
}

TEST(WilsonInterval, EndsExactlyAtZeroAndOne) {
  const double z_squared = 1.959963984540054 * 1.959963984540054;
  for (const std::size_t n : {1U, 7U, 263U, 100000U}) {
    EXPECT_EQ(wilson_interval({0, n}).low, 0);
    EXPECT_NEAR(wilson_interval({0, n}).high, z_squared / (static_cast<double>(n) + z_squared),
                1e-12);
    EXPECT_EQ(wilson_interval({n, n}).high, 1);
    EXPECT_GT(wilson_interval({n, n}).low, 0);
  }
  EXPECT_EQ(wilson_interval({0, 0}).low, 0);
  EXPECT_EQ(wilson_interval({0, 0}).high, 1);
}

TEST(WilsonInterval, IsMirroredBetweenSuccessesAndFailures) {
  for (std::size_t k = 0; k <= 20; ++k) {
    const Interval found = wilson_interval({k, 20});
    const Interval missed = wilson_interval({20 - k, 20});
    EXPECT_NEAR(found.low, 1 - missed.high, 1e-12);
    EXPECT_NEAR(found.high, 1 - missed.low, 1e-12);
    EXPECT_LE(found.low, static_cast<double>(k) / 20);
    EXPECT_GE(found.high, static_cast<double>(k) / 20);
  }
}

TEST(NewcombeInterval, EqualsTheExamplesOfNewcombe1998) {
  // "Interval estimation for the difference between independent proportions", table II, method 10.
  expect_interval(newcombe_interval({56, 70}, {48, 80}), 0.0524, 0.3339);
  expect_interval(newcombe_interval({9, 10}, {3, 10}), 0.1705, 0.8090);
  expect_interval(newcombe_interval({6, 7}, {2, 7}), 0.0582, 0.8062);
  expect_interval(newcombe_interval({5, 56}, {0, 29}), -0.0381, 0.1926);
  expect_interval(newcombe_interval({0, 10}, {0, 20}), -0.1611, 0.2775);
  expect_interval(newcombe_interval({0, 10}, {0, 10}), -0.2775, 0.2775);
  expect_interval(newcombe_interval({10, 10}, {0, 20}), 0.6791, 1.0000);
  expect_interval(newcombe_interval({10, 10}, {0, 10}), 0.6075, 1.0000);
}

TEST(NewcombeInterval, SaysNothingOfAnEmptySample) {
  expect_interval(newcombe_interval({0, 0}, {5, 10}), -1, 1);
  expect_interval(newcombe_interval({5, 10}, {0, 0}), -1, 1);
}

TEST(NewcombeInterval, TurnsRoundWithTheSamples) {
  const Interval one = newcombe_interval({56, 70}, {48, 80});
  const Interval other = newcombe_interval({48, 80}, {56, 70});
  EXPECT_NEAR(one.low, -other.high, 1e-12);
  EXPECT_NEAR(one.high, -other.low, 1e-12);
}

TEST(ChiSquareSurvival, EqualsTheClosedForms) {
  for (const double x : {1e-8, 0.01, 0.5, 1.0, 3.0, 3.84, 10.0, 50.0, 200.0, 1000.0}) {
    const double one = std::erfc(std::sqrt(x / 2));
    const double two = std::exp(-x / 2);
    EXPECT_NEAR(chi_square_survival(x, 1), one, 1e-12 * one);
    EXPECT_NEAR(chi_square_survival(x, 2), two, 1e-12 * two);
    const double three = one + std::sqrt(2 * x / M_PI) * std::exp(-x / 2);
    EXPECT_NEAR(chi_square_survival(x, 3), three, 1e-12 * three);
    // Even degrees of freedom: a sum of Poisson terms.
    double poisson = 0;
    double term = std::exp(-x / 2);
    for (int k = 0; k < 50; ++k) {
      poisson += term;
      term *= x / 2 / (k + 1);
    }
    EXPECT_NEAR(chi_square_survival(x, 100), poisson, 1e-12 * poisson);
  }
}

TEST(ChiSquareSurvival, EqualsTheTables) {
  EXPECT_NEAR(chi_square_survival(3.841458820694124, 1), 0.05, 1e-12);
  EXPECT_NEAR(chi_square_survival(18.307038053275146, 10), 0.05, 1e-12);
  EXPECT_NEAR(chi_square_survival(13.276704135987622, 4), 0.01, 1e-12);
  EXPECT_EQ(chi_square_survival(0, 3), 1);
  EXPECT_EQ(chi_square_survival(1e6, 3), 0);
}

TEST(EqualRates, EqualsAHandComputedTable) {
  // 10 of 30 and 20 of 30: chi-square 60 (10·10 − 20·20)² / 30⁴ = 20/3 at one degree of freedom.
  const std::vector<Proportion> groups = {{10, 30}, {20, 30}};
  EXPECT_NEAR(equal_rates_p_value(groups), std::erfc(std::sqrt(10.0 / 3)), 1e-12);
  // A third group at the common rate adds nothing but a degree of freedom.
  const std::vector<Proportion> three = {{10, 30}, {20, 30}, {50, 100}};
  EXPECT_NEAR(equal_rates_p_value(three), std::exp(-10.0 / 3), 1e-12);
}

TEST(EqualRates, IsOneWhereNothingCanDiffer) {
  using Groups = std::vector<Proportion>;
  EXPECT_EQ(equal_rates_p_value({}), 1);
  EXPECT_EQ(equal_rates_p_value(Groups{{3, 10}}), 1);
  EXPECT_EQ(equal_rates_p_value(Groups{{3, 10}, {0, 0}}), 1);
  EXPECT_EQ(equal_rates_p_value(Groups{{10, 10}, {30, 30}}), 1);
  EXPECT_EQ(equal_rates_p_value(Groups{{0, 10}, {0, 30}}), 1);
  EXPECT_EQ(equal_rates_p_value(Groups{{5, 10}, {15, 30}}), 1);
}

TEST(EqualRates, LeavesEmptyGroupsOut) {
  const std::vector<Proportion> with = {{10, 30}, {0, 0}, {20, 30}};
  const std::vector<Proportion> without = {{10, 30}, {20, 30}};
  EXPECT_EQ(equal_rates_p_value(with), equal_rates_p_value(without));
}

TEST(Fisher, EqualsRsFisherTest) {
  EXPECT_NEAR(fisher_p_value({3, 4}, {1, 4}), 0.485714285714286, 1e-12);
  EXPECT_NEAR(fisher_p_value({1, 12}, {9, 12}), 0.00275945618522, 1e-12);
  EXPECT_NEAR(fisher_p_value({30, 30}, {0, 30}) / 1.69114e-17, 1, 1e-4);
}

TEST(Fisher, IsOneWhereNothingCanDiffer) {
  EXPECT_EQ(fisher_p_value({0, 0}, {3, 5}), 1);
  EXPECT_NEAR(fisher_p_value({0, 7}, {0, 5}), 1, 1e-12);
  EXPECT_NEAR(fisher_p_value({7, 7}, {5, 5}), 1, 1e-12);
}

TEST(Holm, EqualsAHandComputedExampleInTheOrderGiven) {
  const std::vector<double> adjusted = holm_adjusted(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  ASSERT_EQ(adjusted.size(), 4U);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);
}

TEST(Holm, KeepsOneAndStaysWithinOne) {
  EXPECT_TRUE(holm_adjusted({}).empty());
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.2}), std::vector<double>{0.2});
  EXPECT_EQ(holm_adjusted(std::vector<double>{0.9, 0.6}), (std::vector<double>{1, 1}));
}

TEST(Percentile, InterpolatesBetweenNeighbours) {
  const std::vector<double> sorted = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(percentile_of_sorted(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(percentile_of_sorted(sorted, 1), 8);
  EXPECT_DOUBLE_EQ(percentile_of_sorted(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(percentile_of_sorted(sorted, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(percentile_of_sorted(std::vector<double>{5}, 0.975), 5);
}

TEST(LogGamma, EqualsTheFactorialsAndTheStandardLibrary) {
  EXPECT_NEAR(score::log_gamma(1), 0, 1e-14);
  EXPECT_NEAR(score::log_gamma(2), 0, 1e-14);
  EXPECT_NEAR(score::log_gamma(0.5), 0.5 * std::log(M_PI), 1e-14);
  for (int step = 0; step < 70; ++step) {
    const double x = 0.01 * std::pow(1.37, step);
    EXPECT_NEAR(score::log_gamma(x), std::lgamma(x), 1e-14 * std::max(5.0, std::lgamma(x)));
  }
}

}  // namespace
}  // namespace everyface
