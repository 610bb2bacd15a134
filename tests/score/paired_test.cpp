#include "everyface/score/paired.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace everyface {
namespace {

TEST(PairedTable, CountsWhoFoundWhat) {
  const PairedTable table = paired_table({true, true, true, false, false, false},
                                         {true, false, false, true, false, false});
  EXPECT_EQ(table.both, 1U);
  EXPECT_EQ(table.only_first, 2U);
  EXPECT_EQ(table.only_second, 1U);
  EXPECT_EQ(table.neither, 2U);
}

TEST(PairedTable, RefusesListsOfDifferentLength) {
  EXPECT_THROW(paired_table({true}, {}), std::invalid_argument);
}

TEST(McNemar, EqualsHandComputedTails) {
  EXPECT_NEAR(mcnemar_p_value({5, 1, 9, 3}), 2 * (1 + 10) / 1024.0, 1e-14);
  EXPECT_NEAR(mcnemar_p_value({5, 9, 1, 3}), 2 * (1 + 10) / 1024.0, 1e-14);
  EXPECT_NEAR(mcnemar_p_value({0, 0, 6, 0}), 2 / 64.0, 1e-14);
  EXPECT_NEAR(mcnemar_p_value({0, 0, 1, 0}), 1, 1e-14);
}

TEST(McNemar, IsOneWhereTheMethodsDoNotDiffer) {
  EXPECT_EQ(mcnemar_p_value({}), 1);
  EXPECT_EQ(mcnemar_p_value({7, 0, 0, 9}), 1);
  EXPECT_EQ(mcnemar_p_value({7, 4, 4, 9}), 1);
  EXPECT_EQ(mcnemar_p_value({0, 500000, 500000, 0}), 1);
}

TEST(McNemar, EqualsTheSumOfAllTermsForLargeCounts) {
  for (const std::size_t n : {100U, 1000U, 10000U}) {
    for (const std::size_t k : {n / 3, n * 45 / 100, n * 49 / 100}) {
      // From the smallest term up, in long double, whose range holds 2^-10000.
      long double term = std::pow(0.5L, static_cast<long double>(n));
      long double tail = term;
      for (std::size_t i = 1; i <= k; ++i) {
        term *= static_cast<long double>(n - i + 1) / static_cast<long double>(i);
        tail += term;
      }
      const auto expected = static_cast<double>(std::min(1.0L, 2 * tail));
      EXPECT_NEAR(mcnemar_p_value({0, k, n - k, 0}), expected, 1e-9 * expected) << k << " of " << n;
    }
  }
}

TEST(McNemar, EqualsTheNormalApproximationForAMillion) {
  const double z = (501000 - 499000 - 1) / std::sqrt(1e6);  // with continuity correction
  EXPECT_NEAR(mcnemar_p_value({0, 499000, 501000, 0}), std::erfc(z / std::sqrt(2.0)), 1e-6);
}

TEST(McNemar, IsZeroWhereNoDoubleIsSmallEnough) { EXPECT_EQ(mcnemar_p_value({0, 0, 2000, 0}), 0); }

}  // namespace
}  // namespace everyface
