#include "everyface/money/declared_shares.h"

#include <gtest/gtest.h>

#include "everyface/base/random.h"

namespace everyface {
namespace {

/// A key that depends on nothing but the seed.
Uuid drawn_uuid(Random& random) {
  std::string text = "00000000-0000-4000-8000-000000000000";
  for (char& c : text) {
    c = c == '0' ? "0123456789abcdef"[random.below(16)] : c;
  }
  return Uuid::parse(text).value();
}

std::vector<DeclaredGroups> people(Random& random, int count, double share) {
  std::vector<DeclaredGroups> drawn;
  for (int i = 0; i < count; ++i) {
    drawn.push_back({drawn_uuid(random), {random.uniform() < share ? "few" : "many"}});
  }
  return drawn;
}

double evidence(Random& random, int before, double share, int since, double share_since) {
  const auto earlier = people(random, before, share);
  return watch_shares({"few"}, earlier, people(random, since, share_since)).at("few").most;
}

TEST(DeclaredShares, FalseAlarmsAreAsRareAsPromised) {
  constexpr int kHistories = 1500;
  constexpr double kRate = 0.05;
  int alarms = 0;
  Random random(11);
  for (int i = 0; i < kHistories; ++i) {
    alarms += evidence(random, 100, 0.08, 200, 0.08) >= alarm_threshold(kRate, 1) ? 1 : 0;
  }
  EXPECT_LE(alarms, kHistories * kRate) << "Ville's bound, with room";
  EXPECT_GT(alarms, 0) << "and it is no bound of nothing";
}

TEST(DeclaredShares, AJumpIsSeenSoon) {
  int seen = 0;
  Random random(12);
  for (int i = 0; i < 100; ++i) {
    seen += evidence(random, 300, 0.05, 120, 0.3) >= alarm_threshold(0.01, 8) ? 1 : 0;
  }
  EXPECT_GE(seen, 90);
}

TEST(DeclaredShares, AFallIsNoReasonToLook) {
  Random random(13);
  EXPECT_LT(evidence(random, 300, 0.3, 300, 0.05), alarm_threshold(0.01, 1));
}

TEST(DeclaredShares, EverybodyComputesTheSame) {
  Random one(14);
  Random other(14);
  EXPECT_EQ(evidence(one, 50, 0.1, 50, 0.2), evidence(other, 50, 0.1, 50, 0.2));
}

TEST(DeclaredShares, CountsAreOfPeople) {
  Random random(15);
  const std::vector<DeclaredGroups> before = {{drawn_uuid(random), {"few", "many"}}};
  const std::vector<DeclaredGroups> since = {{drawn_uuid(random), {"undisclosed"}},
                                             {drawn_uuid(random), {"few"}}};
  const ShareEvidence seen = watch_shares({"few"}, before, since).at("few");
  EXPECT_EQ(seen.before, 1);
  EXPECT_EQ(seen.before_group, 1);
  EXPECT_EQ(seen.since, 2);
  EXPECT_EQ(seen.since_group, 1);
}

}  // namespace
}  // namespace everyface
