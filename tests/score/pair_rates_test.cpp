#include "everyface/score/pair_rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "everyface/score/differentials.h"
#include "tests/score/scores.h"

namespace everyface {
namespace {

using Pairs = std::vector<SamplePair>;

void expect_count(const EventCount& count, std::uint64_t events, std::uint64_t trials,
                  std::uint64_t independent) {
  EXPECT_EQ(count.events, events);
  EXPECT_EQ(count.trials, trials);
  EXPECT_EQ(count.independent, independent);
}

/// Samples of people who now and then show themselves in another group, and accepted and excluded
/// pairs among them.
struct RandomCase {
  PairDesign design;
  Pairs accepted;
};

RandomCase random_case(std::uint64_t seed, bool one_set) {
  Random random(seed);
  RandomCase made;
  made.design.groups = 3;
  made.design.identities = 25;
  const auto samples = [&](std::size_t count) {
    std::vector<LabelledSample> list(count);
    for (LabelledSample& sample : list) {
      sample.identity = static_cast<std::uint32_t>(random.below(25));
      sample.group = random.uniform() < 0.2 ? static_cast<std::uint32_t>(random.below(3))
                                            : sample.identity % 3;
    }
    return list;
  };
  made.design.probes = samples(60);
  if (!one_set) {
    made.design.references = samples(40);
  }
  for (std::uint32_t i = 0; i < 60; ++i) {
    for (std::uint32_t j = one_set ? i + 1 : 0; j < (one_set ? 60 : 40); ++j) {
      const bool turned = one_set && random.uniform() < 0.5;
      const SamplePair pair = turned ? SamplePair{j, i} : SamplePair{i, j};
      if (random.uniform() < 0.1) {
        made.accepted.push_back(pair);
      }
      if (random.uniform() < 0.02) {
        made.design.excluded.push_back(turned ? SamplePair{i, j} : pair);
      }
    }
  }
  return made;
}

/// The plain twin: every comparison of two drawn people one by one, each probe's side of it.
std::vector<double> rates_pair_by_pair(const RandomCase& given, const GroupPairs& cells,
                                       std::span<const std::uint32_t> weights) {
  const bool one_set = given.design.references.empty();
  const auto& references = one_set ? given.design.probes : given.design.references;
  std::set<std::pair<std::uint32_t, std::uint32_t>> accepted;
  std::set<std::pair<std::uint32_t, std::uint32_t>> excluded;
  const auto put = [&](auto& set, const Pairs& pairs) {
    for (const SamplePair& pair : pairs) {
      set.insert({pair.probe, pair.reference});
      if (one_set) {
        set.insert({pair.reference, pair.probe});
      }
    }
  };
  put(accepted, given.accepted);
  put(excluded, given.design.excluded);
  std::vector<double> events(cells.cells(), 0);
  std::vector<double> trials(cells.cells(), 0);
  for (std::uint32_t i = 0; i < given.design.probes.size(); ++i) {
    for (std::uint32_t j = 0; j < references.size(); ++j) {
      const LabelledSample& probe = given.design.probes[i];
      const LabelledSample& reference = references[j];
      if (probe.identity == reference.identity || excluded.contains({i, j})) {
        continue;
      }
      const double weight = static_cast<double>(weights[probe.identity]) *
                            static_cast<double>(weights[reference.identity]);
      for (const std::size_t cell : {cells.between(probe.group, reference.group),
                                     cells.by_probe(probe.group), cells.all()}) {
        trials[cell] += weight;
        events[cell] += accepted.contains({i, j}) ? weight : 0;
      }
    }
  }
  for (std::size_t cell = 0; cell < events.size(); ++cell) {
    events[cell] /= trials[cell];
  }
  return events;
}

TEST(GroupPairs, CountsAHandComputedCaseWithinOneSet) {
  // Group 0: persons 0 (two photos) and 1; group 1: persons 2 and 3.
  PairDesign design;
  design.probes = {{0, 0}, {0, 0}, {1, 0}, {2, 1}, {3, 1}};
  design.groups = 2;
  design.identities = 4;
  // 0-1 is one person; 0-2 within group 0; 3-1 across, named from its other side.
  const GroupPairs pairs(design, Pairs{{0, 1}, {0, 2}, {3, 1}});
  expect_count(pairs.count(pairs.within(0)), 1, 2, 1);
  expect_count(pairs.count(pairs.within(1)), 0, 1, 1);
  expect_count(pairs.count(pairs.between(0, 1)), 1, 6, 2);
  expect_count(pairs.count(pairs.between(1, 0)), 1, 6, 2);
  // From the probe's side the two pairs within group 0 come twice.
  expect_count(pairs.count(pairs.by_probe(0)), 3, 10, 2);
  expect_count(pairs.count(pairs.by_probe(1)), 1, 8, 2);
  expect_count(pairs.count(pairs.all()), 2, 9, 2);
  EXPECT_EQ(pairs.count(pairs.within(0)).rate(), 0.5);
}

TEST(GroupPairs, CountsAHandComputedCaseAcrossTwoSets) {
  PairDesign design;
  design.probes = {{0, 0}, {1, 1}};
  design.references = {{0, 0}, {2, 0}, {1, 1}};
  design.groups = 2;
  design.identities = 3;
  const GroupPairs pairs(design, Pairs{{0, 0}, {0, 1}, {0, 2}, {1, 0}});
  expect_count(pairs.count(pairs.within(0)), 1, 1, 1);
  expect_count(pairs.count(pairs.between(0, 1)), 1, 1, 1);
  expect_count(pairs.count(pairs.between(1, 0)), 1, 2, 1);
  expect_count(pairs.count(pairs.within(1)), 0, 0, 0);
  expect_count(pairs.count(pairs.by_probe(0)), 2, 2, 1);
  expect_count(pairs.count(pairs.all()), 3, 4, 1);
  EXPECT_FALSE(pairs.count(pairs.within(1)).rate());
}

TEST(GroupPairs, LeavesExcludedPairsOutOfEventsAndTrials) {
  PairDesign design;
  design.probes = {{0, 0}, {1, 0}, {2, 0}};
  design.excluded = {{1, 0}};
  design.groups = 1;
  design.identities = 3;
  const GroupPairs pairs(design, Pairs{{0, 1}, {1, 2}});
  expect_count(pairs.count(pairs.within(0)), 1, 2, 1);
}

TEST(GroupPairs, RefusesNumbersOutOfRange) {
  PairDesign design;
  design.probes = {{0, 0}, {1, 0}};
  design.groups = 1;
  design.identities = 2;
  EXPECT_THROW(GroupPairs(design, Pairs{{0, 2}}), std::out_of_range);
  EXPECT_THROW(GroupPairs(design, Pairs{{2, 0}}), std::out_of_range);
  const GroupPairs pairs(design, {});
  EXPECT_THROW(static_cast<void>(pairs.bootstrap({3, 1, 10})), std::invalid_argument);
  design.identities = 1;
  EXPECT_THROW(GroupPairs(design, {}), std::out_of_range);
  design.identities = 2;
  design.groups = 0;
  EXPECT_THROW(GroupPairs(design, {}), std::out_of_range);
}

TEST(GroupPairs, OfNothingCountNothing) {
  const GroupPairs pairs(PairDesign{}, {});
  expect_count(pairs.count(pairs.all()), 0, 0, 0);
}

TEST(GroupPairs, EqualTheCountPairByPairInEveryResample) {
  for (const bool one_set : {true, false}) {
    const RandomCase given = random_case(one_set ? 1 : 2, one_set);
    const GroupPairs pairs(given.design, given.accepted);
    const BootstrapOptions options{25, 3, 20};
    const RateReplicates replicates = pairs.bootstrap(options);
    const auto whole = rates_pair_by_pair(given, pairs, std::vector<std::uint32_t>(25, 1));
    IdentityWeights weights(options);
    for (std::size_t replicate = 0; replicate < 20; ++replicate) {
      const auto expected = rates_pair_by_pair(given, pairs, weights.next());
      for (std::size_t cell = 0; cell < pairs.cells(); ++cell) {
        EXPECT_EQ(pairs.count(cell).rate(), whole[cell]);
        EXPECT_DOUBLE_EQ(replicates.of(replicate)[cell], expected[cell]);
      }
    }
  }
}

TEST(GroupPairs, OfAllGroupsAddUpToTheWhole) {
  const RandomCase given = random_case(4, true);
  const GroupPairs pairs(given.design, given.accepted);
  EventCount sum;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      sum.events += pairs.count(pairs.between(a, b)).events;
      sum.trials += pairs.count(pairs.between(a, b)).trials;
    }
  }
  EXPECT_EQ(sum.events, pairs.count(pairs.all()).events);
  EXPECT_EQ(sum.trials, pairs.count(pairs.all()).trials);
  PairDesign one_group = given.design;
  one_group.groups = 1;
  for (LabelledSample& sample : one_group.probes) {
    sample.group = 0;
  }
  const GroupPairs whole(one_group, given.accepted);
  expect_count(whole.count(whole.within(0)), sum.events, sum.trials, 12);
}

TEST(GroupPairs, DoNotDependOnTheOrderOfPairs) {
  RandomCase given = random_case(5, true);
  const BootstrapOptions options{25, 1, 10};
  const RateReplicates first = GroupPairs(given.design, given.accepted).bootstrap(options);
  testing::shuffle(given.accepted, 6);
  std::swap(given.accepted[0].probe, given.accepted[0].reference);
  const RateReplicates second = GroupPairs(given.design, given.accepted).bootstrap(options);
  EXPECT_TRUE(std::equal(first.of(3).begin(), first.of(3).end(), second.of(3).begin()));
}

/// Photos of people some of whom resemble others more: the score of two photos is the sum of both
/// people's resemblance and chance.
struct Population {
  PairDesign design;
  Pairs accepted;
};

constexpr double kThreshold = 2;

Population population(std::uint64_t seed, double spread_of_people, double spread_of_pairs) {
  Random random(seed);
  Population made;
  made.design.groups = 1;
  made.design.identities = 60;
  std::vector<double> resemblance;
  for (std::uint32_t identity = 0; identity < 60; ++identity) {
    resemblance.push_back(spread_of_people * testing::normal(random));
    made.design.probes.insert(made.design.probes.end(), 2, {identity, 0});
  }
  for (std::uint32_t i = 0; i < 120; ++i) {
    for (std::uint32_t j = 0; j < i; ++j) {
      const double score =
          resemblance[i / 2] + resemblance[j / 2] + spread_of_pairs * testing::normal(random);
      if (score >= kThreshold) {
        made.accepted.push_back({i, j});
      }
    }
  }
  return made;
}

struct Coverage {
  double by_identity = 0;
  double binomial = 0;
};

Coverage coverage(double spread_of_people, double spread_of_pairs) {
  constexpr int kTrials = 200;
  const double spread =
      std::sqrt(2 * spread_of_people * spread_of_people + spread_of_pairs * spread_of_pairs);
  const double truth = std::erfc(kThreshold / spread / std::sqrt(2.0)) / 2;
  Coverage found;
  for (std::uint64_t seed = 0; seed < kTrials; ++seed) {
    const Population people = population(seed, spread_of_people, spread_of_pairs);
    const GroupPairs pairs(people.design, people.accepted);
    const EventCount count = pairs.count(pairs.within(0));
    const Interval interval =
        rate_interval(count, pairs.bootstrap({60, kTrials + seed, 300}), pairs.within(0)).value();
    const Interval wilson = wilson_interval({count.events, count.trials});
    found.by_identity += interval.low <= truth && truth <= interval.high ? 1.0 / kTrials : 0;
    found.binomial += wilson.low <= truth && truth <= wilson.high ? 1.0 / kTrials : 0;
  }
  return found;
}

TEST(GroupPairs, IntervalsCoverTheTruthWhereBinomialOnesDoNot) {
  const Coverage mostly_people = coverage(0.5, 0.8);
  EXPECT_GE(mostly_people.by_identity, 0.90);
  EXPECT_LE(mostly_people.by_identity, 0.98);
  EXPECT_LE(mostly_people.binomial, 0.50);
}

TEST(GroupPairs, IntervalsAreOnTheSafeSideWherePeopleDoNotDiffer) {
  const Coverage only_chance = coverage(0, 1);
  EXPECT_GE(only_chance.by_identity, 0.98);
  EXPECT_GE(only_chance.binomial, 0.90);
}

TEST(GroupPairs, ConditionsArePairedByPeople) {
  // A treatment that raises every threshold a little: fewer false matches for the same people.
  const Population before = population(1, 0.5, 0.8);
  Population after = before;
  std::erase_if(after.accepted, [&](const SamplePair& pair) { return pair.probe % 3 == 0; });
  const GroupPairs first(before.design, before.accepted);
  const GroupPairs second(after.design, after.accepted);
  const RateReplicates with_first = first.bootstrap({60, 1, 500});
  const RateReplicates with_second = second.bootstrap({60, 1, 500});
  const std::size_t cell = first.all();
  const RateDifference difference =
      rate_difference({with_second, cell}, {with_first, cell}, first.count(cell).independent)
          .value();
  EXPECT_LT(difference.interval.high, 0);
  EXPECT_LT(difference.p_value, 0.01);
  const Interval alone = rate_interval(first.count(cell), with_first, cell).value();
  EXPECT_LT(difference.interval.high - difference.interval.low, alone.high - alone.low);
}

TEST(GroupPairs, GiveDifferentialsAnInterval) {
  // Group 1 is accepted four times as often as group 0.
  Random random(3);
  PairDesign design;
  design.groups = 2;
  design.identities = 200;
  for (std::uint32_t identity = 0; identity < 200; ++identity) {
    design.probes.push_back({identity, identity % 2});
  }
  Pairs accepted;
  for (std::uint32_t i = 0; i < 200; ++i) {
    for (std::uint32_t j = i % 2; j < i; j += 2) {
      if (random.uniform() < (i % 2 == 0 ? 0.02 : 0.08)) {
        accepted.push_back({i, j});
      }
    }
  }
  const GroupPairs pairs(design, accepted);
  const RateReplicates replicates = pairs.bootstrap({200, 1, 500});
  const ReplicatedRate within[] = {{replicates, pairs.within(0)}, {replicates, pairs.within(1)}};
  const Interval interval = measure_interval(within, worst_to_best).value();
  EXPECT_GT(interval.low, 2);
  EXPECT_LT(interval.low, 4);
  EXPECT_GT(interval.high, 4);
  EXPECT_LT(interval.high, 8);
}

}  // namespace
}  // namespace everyface
