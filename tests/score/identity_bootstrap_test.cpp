#include "everyface/score/identity_bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "tests/score/scores.h"

namespace everyface {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Rows = std::vector<IdentityEvents>;

/// Some identities in each group with a few trials each; how often one errs is their own.
Rows simulated(std::uint64_t seed, std::size_t identities, std::uint32_t groups,
               double mean_rate = 0.2) {
  Random random(seed);
  Rows rows;
  for (std::uint32_t identity = 0; identity < identities; ++identity) {
    // Half of the people cause all errors.
    const double own = random.uniform() < 0.5 ? 2 * mean_rate : 0;
    const std::uint64_t trials = 10 + random.below(10);
    std::uint64_t events = 0;
    for (std::uint64_t trial = 0; trial < trials; ++trial) {
      events += random.uniform() < own ? 1U : 0U;
    }
    rows.push_back({identity, identity % groups, events, trials});
  }
  return rows;
}

TEST(ZeroEventsBound, IsTheRuleOfThree) {
  EXPECT_DOUBLE_EQ(zero_events_bound(1), 0.95);
  EXPECT_NEAR(std::pow(1 - zero_events_bound(17), 17), 0.05, 1e-14);
  for (const std::uint64_t n : {100U, 10000U, 1000000000U}) {
    const double three = 3.0 / static_cast<double>(n);
    EXPECT_LT(zero_events_bound(n), three);
    EXPECT_GT(zero_events_bound(n), 0.98 * three);
  }
  EXPECT_EQ(zero_events_bound(0), 1);
}

TEST(IdentityWeights, DrawAsManyAsThereAreAndTheSameForEqualSeeds) {
  IdentityWeights first({50, 7, 0});
  IdentityWeights same({50, 7, 0});
  IdentityWeights other({50, 8, 0});
  bool differs = false;
  for (int i = 0; i < 20; ++i) {
    const auto weights = first.next();
    EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0U), 50U);
    const auto again = same.next();
    EXPECT_TRUE(std::equal(weights.begin(), weights.end(), again.begin()));
    const auto others = other.next();
    differs = differs || !std::equal(weights.begin(), weights.end(), others.begin());
  }
  EXPECT_TRUE(differs);
}

TEST(GroupCounts, AddUpRowsIdentitiesAndGroups) {
  const Rows rows = {{0, 0, 1, 4}, {0, 0, 0, 1}, {0, 1, 2, 2}, {1, 1, 0, 3}, {2, 1, 0, 0}};
  const std::vector<EventCount> counts = group_counts(rows, 3, 5);
  ASSERT_EQ(counts.size(), 4U);
  EXPECT_EQ(counts[0].rate(), 0.2);
  EXPECT_EQ(counts[0].independent, 1U);
  EXPECT_EQ(counts[1].rate(), 0.4);
  EXPECT_EQ(counts[1].independent, 2U);
  EXPECT_FALSE(counts[2].rate());
  EXPECT_EQ(counts[3].rate(), 0.3);
  EXPECT_EQ(counts[3].independent, 2U);
}

TEST(GroupCounts, RefuseNumbersOutOfRange) {
  EXPECT_THROW(static_cast<void>(group_counts(Rows{{5, 0, 1, 1}}, 1, 5)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(group_counts(Rows{{0, 1, 1, 1}}, 1, 5)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(bootstrap_rates(Rows{{5, 0, 1, 1}}, 1, {5, 1, 1})),
               std::out_of_range);
}

TEST(BootstrapRates, EqualTheRatesOfTheDrawnIdentities) {
  const Rows rows = simulated(1, 40, 3);
  const BootstrapOptions options{40, 5, 30};
  const RateReplicates replicates = bootstrap_rates(rows, 3, options);
  IdentityWeights weights(options);
  for (std::size_t replicate = 0; replicate < 30; ++replicate) {
    const auto weight = weights.next();
    Rows drawn;
    for (const IdentityEvents& row : rows) {
      drawn.insert(drawn.end(), weight[row.identity], row);
    }
    const auto counts = group_counts(drawn, 3, 40);
    for (std::size_t cell = 0; cell < 4; ++cell) {
      EXPECT_EQ(replicates.of(replicate)[cell], counts[cell].rate());
    }
  }
}

TEST(BootstrapRates, DependOnTheSeedAndNotOnTheOrderOfRows) {
  Rows rows = simulated(2, 60, 2);
  const BootstrapOptions options{60, 3, 200};
  const RateReplicates given = bootstrap_rates(rows, 2, options);
  testing::shuffle(rows, 4);
  const RateReplicates shuffled = bootstrap_rates(rows, 2, options);
  const RateReplicates other = bootstrap_rates(rows, 2, {60, 4, 200});
  EXPECT_TRUE(std::equal(given.of(7).begin(), given.of(7).end(), shuffled.of(7).begin()));
  EXPECT_FALSE(std::equal(given.of(7).begin(), given.of(7).end(), other.of(7).begin()));
  EXPECT_TRUE(given.paired_with(shuffled));
  EXPECT_FALSE(given.paired_with(other));
}

TEST(RateInterval, RestsOnTheIndependentTrialsWhereNothingOrEverythingFails) {
  const Rows none = {{0, 0, 0, 100}, {1, 0, 0, 100}};
  const Rows all = {{0, 0, 100, 100}, {1, 0, 100, 100}};
  const BootstrapOptions options{2, 1, 100};
  const Interval low =
      rate_interval(group_counts(none, 1, 2)[0], bootstrap_rates(none, 1, options), 0).value();
  EXPECT_EQ(low.low, 0);
  EXPECT_DOUBLE_EQ(low.high, 1 - std::sqrt(0.05));
  const Interval high =
      rate_interval(group_counts(all, 1, 2)[0], bootstrap_rates(all, 1, options), 0).value();
  EXPECT_DOUBLE_EQ(high.low, std::sqrt(0.05));
  EXPECT_EQ(high.high, 1);
}

TEST(RateInterval, IsAbsentWhereTrialsAreOrOftenWouldBe) {
  // Group 1 has no trials; group 2 a single person, who is missing in a third of all resamples.
  Rows rows = simulated(3, 30, 1);
  rows.push_back({30, 2, 1, 2});
  const auto counts = group_counts(rows, 3, 31);
  const RateReplicates replicates = bootstrap_rates(rows, 3, {31, 1, 300});
  EXPECT_TRUE(rate_interval(counts[0], replicates, 0));
  EXPECT_FALSE(rate_interval(counts[1], replicates, 1));
  EXPECT_FALSE(rate_interval(counts[2], replicates, 2));
}

TEST(RateInterval, CoversTheTruthWhereABinomialIntervalDoesNot) {
  constexpr int kTrials = 300;
  int covered = 0;
  int covered_by_wilson = 0;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    const Rows rows = simulated(seed, 60, 1);
    const EventCount count = group_counts(rows, 1, 60)[0];
    const Interval interval =
        rate_interval(count, bootstrap_rates(rows, 1, {60, kTrials + seed, 300}), 0).value();
    const Interval wilson = wilson_interval({count.events, count.trials});
    covered += interval.low <= 0.2 && 0.2 <= interval.high ? 1 : 0;
    covered_by_wilson += wilson.low <= 0.2 && 0.2 <= wilson.high ? 1 : 0;
  }
  EXPECT_GE(covered, 0.90 * kTrials);
  EXPECT_LE(covered, 0.98 * kTrials);
  EXPECT_LE(covered_by_wilson, 0.80 * kTrials);
}

TEST(RateDifference, OfPairedConditionsIsNarrowerThanOfIndependentOnes) {
  // The second condition spares everyone one error if they have any.
  const Rows before = simulated(4, 80, 1);
  Rows after = before;
  for (IdentityEvents& row : after) {
    row.events -= std::min<std::uint64_t>(row.events, 1);
  }
  const RateReplicates first = bootstrap_rates(before, 1, {80, 1, 1000});
  const RateReplicates second = bootstrap_rates(after, 1, {80, 1, 1000});
  const RateDifference difference = rate_difference({second, 0}, {first, 0}, 80).value();
  EXPECT_LT(difference.interval.high, 0);
  EXPECT_LE(difference.p_value, 0.002);
  const Interval alone = rate_interval(group_counts(before, 1, 80)[0], first, 0).value();
  EXPECT_LT(difference.interval.high - difference.interval.low, (alone.high - alone.low) / 2);
  // The other way round it is the mirror image.
  const RateDifference mirrored = rate_difference({first, 0}, {second, 0}, 80).value();
  EXPECT_DOUBLE_EQ(mirrored.interval.low, -difference.interval.high);
  EXPECT_DOUBLE_EQ(mirrored.interval.high, -difference.interval.low);
  EXPECT_EQ(mirrored.p_value, difference.p_value);
}

TEST(RateDifference, CoversTheTruth) {
  constexpr int kTrials = 300;
  int covered = 0;
  int rejected = 0;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    // Two conditions of the same people; an error in the second is a new chance of theirs.
    Random random(seed);
    Rows before;
    Rows after;
    for (std::uint32_t identity = 0; identity < 60; ++identity) {
      const double own = random.uniform() < 0.5 ? 0.4 : 0.0;
      std::uint64_t events[2] = {0, 0};
      for (int trial = 0; trial < 10; ++trial) {
        events[0] += random.uniform() < own ? 1U : 0U;
        events[1] += random.uniform() < own ? 1U : 0U;
      }
      before.push_back({identity, 0, events[0], 10});
      after.push_back({identity, 0, events[1], 10});
    }
    const BootstrapOptions options{60, 5000 + seed, 300};
    const RateReplicates first = bootstrap_rates(before, 1, options);
    const RateReplicates second = bootstrap_rates(after, 1, options);
    const RateDifference difference = rate_difference({first, 0}, {second, 0}, 60).value();
    covered += difference.interval.low <= 0 && 0 <= difference.interval.high ? 1 : 0;
    rejected += difference.p_value < 0.05 ? 1 : 0;
  }
  EXPECT_GE(covered, 0.90 * kTrials);
  EXPECT_LE(covered, 0.98 * kTrials);
  EXPECT_LE(rejected, 0.10 * kTrials);
}

TEST(RateDifference, OfEqualConditionsRestsOnTheIndependentTrials) {
  const Rows rows = simulated(5, 30, 1);
  const RateReplicates replicates = bootstrap_rates(rows, 1, {30, 1, 100});
  const RateDifference difference = rate_difference({replicates, 0}, {replicates, 0}, 30).value();
  EXPECT_EQ(difference.interval.high, zero_events_bound(30));
  EXPECT_EQ(difference.interval.low, -zero_events_bound(30));
  EXPECT_EQ(difference.p_value, 1);
}

TEST(RateDifference, OfAllAndNothingRestsOnTheIndependentTrials) {
  Rows none;
  Rows all;
  for (std::uint32_t identity = 0; identity < 30; ++identity) {
    none.push_back({identity, 0, 0, 2});
    all.push_back({identity, 0, 2, 2});
  }
  const RateReplicates first = bootstrap_rates(all, 1, {30, 1, 100});
  const RateReplicates second = bootstrap_rates(none, 1, {30, 1, 100});
  const RateDifference difference = rate_difference({first, 0}, {second, 0}, 30).value();
  EXPECT_EQ(difference.interval.low, 1 - zero_events_bound(30));
  EXPECT_EQ(difference.interval.high, 1);
  EXPECT_LT(difference.p_value, 0.05);
}

TEST(RateDifference, RefusesConditionsDrawnApart) {
  const Rows rows = simulated(6, 30, 1);
  const RateReplicates first = bootstrap_rates(rows, 1, {30, 1, 100});
  const RateReplicates second = bootstrap_rates(rows, 1, {30, 2, 100});
  EXPECT_THROW(static_cast<void>(rate_difference({first, 0}, {second, 0}, 30)),
               std::invalid_argument);
}

TEST(MeasureInterval, KeepsInfiniteFiguresAndLeavesUndefinedOnesOut) {
  RateReplicates replicates({10, 1, 100}, 1);
  for (std::size_t i = 0; i < 100; ++i) {
    replicates.of(i)[0] = static_cast<double>(i);
  }
  const ReplicatedRate cells[] = {{replicates, 0}};
  const auto limited = [&](double defined_from, double infinite_from) {
    return measure_interval(cells, [&](std::span<const double> rate) -> std::optional<double> {
      if (rate[0] < defined_from) {
        return std::nullopt;
      }
      return rate[0] >= infinite_from ? kInfinity : rate[0];
    });
  };
  EXPECT_NEAR(limited(0, 1000)->low, 2.475, 1e-12);
  EXPECT_NEAR(limited(0, 1000)->high, 96.525, 1e-12);
  EXPECT_NEAR(limited(0, 98)->high, 96.525, 1e-12);
  EXPECT_EQ(limited(0, 97)->high, kInfinity);
  EXPECT_EQ(limited(0, 1)->low, kInfinity);
  EXPECT_TRUE(limited(5, 1000));
  EXPECT_FALSE(limited(6, 1000));
  EXPECT_FALSE(measure_interval({}, [](std::span<const double>) { return 0.0; }));
}

TEST(EqualRatesPermutation, FindsADifferenceAndHoldsItsLevel) {
  Rows rows = simulated(7, 90, 3);
  for (IdentityEvents& row : rows) {
    row.events = row.group == 2 ? row.trials / 2 : row.events;
  }
  EXPECT_LE(equal_rates_permutation_p_value(rows, 3, 1, 999), 0.002);
  int rejected = 0;
  int rejected_by_chi_square = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Rows equal = simulated(seed, 60, 3);
    rejected += equal_rates_permutation_p_value(equal, 3, 200 + seed, 199) <= 0.05 ? 1 : 0;
    std::vector<Proportion> groups;
    for (const EventCount& count : group_counts(equal, 3, 60)) {
      groups.push_back({count.events, count.trials});
    }
    groups.pop_back();
    rejected_by_chi_square += equal_rates_p_value(groups) <= 0.05 ? 1 : 0;
  }
  EXPECT_LE(rejected, 20);
  EXPECT_GE(rejected, 2);
  EXPECT_GE(rejected_by_chi_square, 50);
}

TEST(EqualRatesPermutation, EqualsTheShareOfAllArrangements) {
  // Two of four people err, both in group 0. Of the six ways to hand out the labels two are as far
  // apart.
  const Rows rows = {{0, 0, 1, 1}, {1, 0, 1, 1}, {2, 1, 0, 1}, {3, 1, 0, 1}};
  EXPECT_NEAR(equal_rates_permutation_p_value(rows, 2, 1, 20000), 1.0 / 3, 0.015);
}

TEST(EqualRatesPermutation, IsOneWhereNothingCanDiffer) {
  EXPECT_EQ(equal_rates_permutation_p_value({}, 2, 1), 1);
  EXPECT_EQ(equal_rates_permutation_p_value(Rows{{0, 0, 0, 5}, {1, 1, 0, 5}}, 2, 1), 1);
  EXPECT_EQ(equal_rates_permutation_p_value(Rows{{0, 0, 5, 5}, {1, 1, 5, 5}}, 2, 1), 1);
  EXPECT_EQ(equal_rates_permutation_p_value(Rows{{0, 1, 2, 5}, {1, 1, 3, 5}}, 2, 1), 1);
}

TEST(EqualRatesPermutation, RefusesPeopleInSeveralRows) {
  EXPECT_THROW(
      static_cast<void>(equal_rates_permutation_p_value(Rows{{0, 0, 1, 2}, {0, 1, 0, 2}}, 2, 1)),
      std::invalid_argument);
}

}  // namespace
}  // namespace everyface
