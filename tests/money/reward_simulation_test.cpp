#include "everyface/money/reward_simulation.h"

#include <gtest/gtest.h>

namespace everyface {
namespace {

RewardSimulation small() {
  RewardSimulation simulation;
  simulation.repetitions = 10;
  return simulation;
}

TEST(RewardSimulation, CheatingGainsLittleHereAndMuchWhereTheRarestPaysMost) {
  const auto outcomes = simulate_rewards(small()).value();
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].name, "everyface");
  EXPECT_EQ(outcomes[1].name, "rarest-pays-most");
  EXPECT_LT(outcomes[0].cheater_gain, 4);
  EXPECT_GT(outcomes[1].cheater_gain, 2 * outcomes[0].cheater_gain);
  EXPECT_LT(outcomes[0].budget_to_cheaters, outcomes[1].budget_to_cheaters);
  for (const SchemeOutcome& outcome : outcomes) {
    EXPECT_DOUBLE_EQ(outcome.cheater_gain, outcome.cheater_mean / outcome.honest_mean);
  }
}

TEST(RewardSimulation, TheMultiplierBoundsWhatACheaterGains) {
  RewardSimulation simulation = small();
  simulation.detection = 0;
  for (const double most : {1.0, 2.0, 4.0}) {
    simulation.rules.most_multiplier = most;
    EXPECT_LE(simulate_rewards(simulation).value()[0].cheater_gain, most * 1.05);
  }
}

TEST(RewardSimulation, WhoIsAlwaysFoundOutGetsNothing) {
  RewardSimulation simulation = small();
  simulation.detection = 1;
  const auto outcomes = simulate_rewards(simulation).value();
  EXPECT_EQ(outcomes[0].cheater_mean, 0);
  EXPECT_EQ(outcomes[0].budget_to_cheaters, 0);
}

TEST(RewardSimulation, HonestPeopleOfRareGroupsGetMore) {
  const auto outcomes = simulate_rewards(small()).value();
  EXPECT_GT(outcomes[0].rare_honest_mean, 1.5 * outcomes[0].honest_mean);
}

TEST(RewardSimulation, TheSameSeedGivesTheSame) {
  const auto one = simulate_rewards(small()).value();
  const auto other = simulate_rewards(small()).value();
  EXPECT_EQ(one[0].cheater_gain, other[0].cheater_gain);
  RewardSimulation another = small();
  another.seed = 2;
  EXPECT_NE(simulate_rewards(another).value()[0].cheater_gain, one[0].cheater_gain);
}

TEST(RewardSimulation, WhatIsOutOfRangeIsRefused) {
  RewardSimulation simulation = small();
  simulation.fraud_share = 1;
  EXPECT_FALSE(simulate_rewards(simulation));
  simulation = small();
  simulation.group_shares = {1};
  EXPECT_FALSE(simulate_rewards(simulation));
  simulation = small();
  simulation.releases = 0;
  EXPECT_FALSE(simulate_rewards(simulation));
}

}  // namespace
}  // namespace everyface
