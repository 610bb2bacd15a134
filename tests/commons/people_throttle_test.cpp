#include "everyface/commons/throttle.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

class ThrottleTest : public testing::PeopleTest {
 protected:
  Throttle throttle() { return {database(), people().vault, clock()}; }
  bool allow(const std::string& subject, const std::string& action = "sign-in") {
    return throttle().allow(action, subject, kLimit).value();
  }
  static constexpr Limit kLimit{3, kMinuteMs};
};
EVERYFACE_ON_EVERY_DATABASE(ThrottleTest);

TEST_P(ThrottleTest, AllowsSoManyInAWindowForEachSubjectAndAction) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(allow("ada"));
  }
  EXPECT_FALSE(allow("ada"));
  EXPECT_TRUE(allow("bob"));
  EXPECT_TRUE(allow("ada", "mail"));
}

TEST_P(ThrottleTest, TheWindowSlides) {
  pass(kMinuteMs - (clock()() % kMinuteMs));  // to the beginning of a window
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(allow("ada"));
  }
  pass(kMinuteMs + kMinuteMs / 3);  // two thirds of the last window's three count: 2
  EXPECT_TRUE(allow("ada"));
  EXPECT_FALSE(allow("ada"));
  pass(2 * kMinuteMs);
  EXPECT_TRUE(allow("ada"));
}

TEST_P(ThrottleTest, ServersCountTogetherAndLoseNothing) {
  std::vector<Database> servers;
  for (int i = 0; i < 4; ++i) {
    servers.push_back(open());
  }
  std::atomic<int> allowed = 0;
  constexpr Limit kTen{10, kHourMs};
  at_once(8, [&](std::size_t i) {
    Throttle counting(servers[i % servers.size()], people().vault, clock());
    for (int n = 0; n < 5; ++n) {
      allowed += counting.allow("sign-in", "ada", kTen).value() ? 1 : 0;
    }
  });
  EXPECT_EQ(allowed, 10);
  EXPECT_EQ(number(sql("SELECT count FROM throttles")), 40);
}

TEST_P(ThrottleTest, KeepsNoAddresses) {
  EXPECT_TRUE(allow("zoe@example.org"));  // no hexadecimal digits, which a digest may well have
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM throttles WHERE digest LIKE '%zoe%'")), 0);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM throttles")), 1);
}

TEST(PeopleNetwork, IsWhatOnePersonControls) {
  EXPECT_EQ(network_of("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), network_of("2001:DB8:1:2:ffff::"));
  EXPECT_EQ(network_of("::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(network_of("no address"), "no address");
}

}  // namespace
}  // namespace everyface
