#include "everyface/money/reward_split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "everyface/base/random.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;

RewardRules two_groups() {
  RewardRules rules;
  rules.targets = {{"few", 1}, {"many", 1}};
  return rules;
}

TEST(RewardSplit, AnEmptyDataSetPaysEveryoneAlike) {
  const auto weights = group_weights(two_groups(), {});
  EXPECT_DOUBLE_EQ(weights.at("few"), 1);
  EXPECT_DOUBLE_EQ(weights.at("many"), 1);
}

TEST(RewardSplit, TheWeightIsTheFormula) {
  // s = (10 + 50 / 2) / (100 + 50), t = 1/2
  const auto weights = group_weights(two_groups(), {{{"few", 10}, {"many", 90}}, 100});
  EXPECT_DOUBLE_EQ(weights.at("few"), 0.5 / (35.0 / 150));
  EXPECT_DOUBLE_EQ(weights.at("many"), 1) << "never below 1";
}

TEST(RewardSplit, TheWeightIsBounded) {
  const auto weights = group_weights(two_groups(), {{{"many", 1'000'000}}, 1'000'000});
  EXPECT_DOUBLE_EQ(weights.at("few"), two_groups().most_multiplier);
}

TEST(RewardSplit, SeveralGroupsCountByTheirMeanAndSilenceAsTheLeast) {
  const std::map<std::string, double> weights = {{"few", 3}, {"many", 1}};
  EXPECT_DOUBLE_EQ(person_weight(weights, {"few", "many"}), 2);
  EXPECT_DOUBLE_EQ(person_weight(weights, {"undisclosed"}), 1);
  EXPECT_DOUBLE_EQ(person_weight(weights, {"of no target"}), 1);
}

TEST(RewardSplit, NotOneUnitIsLostOrMade) {
  EXPECT_THAT(split_pool(100, {1, 1, 1}, 1), ElementsAre(34, 33, 33));
  EXPECT_THAT(split_pool(1, {1, 3, 2}, 1), ElementsAre(0, 1, 0));
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> parts(2 + random.below(60));
    for (double& part : parts) {
      part = random.uniform() * 8;
    }
    const auto pool = static_cast<std::int64_t>(random.below(1'000'000'000'000));
    const auto amounts = split_pool(pool, parts, 1);
    EXPECT_EQ(std::accumulate(amounts.begin(), amounts.end(), std::int64_t{0}), pool);
    const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
    for (std::size_t one = 0; one < parts.size(); ++one) {
      EXPECT_NEAR(static_cast<double>(amounts[one]), static_cast<double>(pool) * parts[one] / sum,
                  1.01);
    }
  }
}

TEST(RewardSplit, NobodyGetsMoreThanTheCapAndTheRestStays) {
  EXPECT_THAT(split_pool(1000, {8, 1, 1}, 0.25), ElementsAre(250, 100, 100));
  EXPECT_THAT(split_pool(1000, {1}, 0.05), ElementsAre(50));
  Random random(4);
  for (int i = 0; i < 500; ++i) {
    std::vector<double> parts(1 + random.below(40));
    for (double& part : parts) {
      part = random.uniform();
    }
    const auto amounts = split_pool(10'007, parts, 0.05);
    EXPECT_LE(*std::max_element(amounts.begin(), amounts.end()), 500);
    EXPECT_LE(std::accumulate(amounts.begin(), amounts.end(), std::int64_t{0}), 10'007);
  }
}

TEST(RewardSplit, NothingToSplitOrNobodyToGiveItTo) {
  EXPECT_THAT(split_pool(0, {1, 2}, 1), ElementsAre(0, 0));
  EXPECT_THAT(split_pool(100, {0, 0}, 1), ElementsAre(0, 0));
  EXPECT_TRUE(split_pool(100, {}, 1).empty());
}

TEST(RewardSplit, RulesOutOfTheirRangeAreNamed) {
  const auto problem = [](auto change) {
    RewardRules rules = two_groups();
    change(rules);
    const auto good = check_reward_rules(rules);
    return good ? std::string() : good.error().message;
  };
  EXPECT_EQ(problem([](RewardRules&) {}), "");
  EXPECT_THAT(problem([](RewardRules& r) { r.most_multiplier = 0.5; }),
              ::testing::HasSubstr("most_multiplier"));
  EXPECT_THAT(problem([](RewardRules& r) { r.prior_people = 0; }),
              ::testing::HasSubstr("prior_people"));
  EXPECT_THAT(problem([](RewardRules& r) { r.most_share = 0; }),
              ::testing::HasSubstr("most_share"));
  EXPECT_THAT(problem([](RewardRules& r) { r.least_quality = 6; }),
              ::testing::HasSubstr("least_quality"));
  EXPECT_THAT(problem([](RewardRules& r) { r.targets["few"] = -1; }), ::testing::HasSubstr("few"));
}

TEST(RewardSplit, BandsSayLittle) {
  EXPECT_EQ(weight_band(1), "usual");
  EXPECT_EQ(weight_band(1.5), "raised");
  EXPECT_EQ(weight_band(4), "high");
}

}  // namespace
}  // namespace everyface
