// Rate limits, metrics, CSRF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "everyface/base/random.h"
#include "everyface/web/csrf.h"
#include "everyface/web/metrics.h"
#include "everyface/web/rate_limit.h"

namespace everyface::web {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(RateLimiter, ABurstThenTheRate) {
  RateLimiter limiter;
  const RateLimit limit{3, 30s};
  const auto start = RateLimiter::Clock::time_point{};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.take("a", "k", limit, start), 0s);
  }
  EXPECT_EQ(limiter.take("a", "k", limit, start), 10s);
  EXPECT_EQ(limiter.take("a", "k", limit, start + 9s), 1s);
  EXPECT_EQ(limiter.take("a", "k", limit, start + 10s), 0s);
  EXPECT_EQ(limiter.take("a", "k", limit, start + 10s), 10s);
  EXPECT_EQ(limiter.take("a", "other", limit, start), 0s) << "keys are apart";
  EXPECT_EQ(limiter.take("b", "k", limit, start), 0s) << "limits are apart";
}

TEST(RateLimiter, NeverMoreThanTheBurstAndTheRateAllow) {
  Random random(1);
  for (int round = 0; round < 20; ++round) {
    RateLimiter limiter;
    const RateLimit limit{static_cast<double>(1 + random.below(20)),
                          std::chrono::seconds(1 + random.below(60))};
    auto now = RateLimiter::Clock::time_point{};
    double taken = 0;
    for (int i = 0; i < 2000; ++i) {
      now += std::chrono::milliseconds(random.below(500));
      taken += limiter.take("a", "k", limit, now) == 0s ? 1 : 0;
      const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
      const double rate = limit.burst / static_cast<double>(limit.period.count());
      ASSERT_LE(taken, limit.burst + seconds * rate + 1e-6);
    }
  }
}

TEST(RateLimiter, AClockThatGoesBackGivesNothing) {
  RateLimiter limiter;
  const RateLimit limit{1, 10s};
  const auto start = RateLimiter::Clock::time_point{} + 100s;
  EXPECT_EQ(limiter.take("a", "k", limit, start), 0s);
  EXPECT_EQ(limiter.take("a", "k", limit, start - 50s), 10s);
  EXPECT_EQ(limiter.take("a", "k", limit, start + 9s), 1s);
}

TEST(RateLimiter, KeepsNoMoreKeysThanItMay) {
  RateLimiter limiter(100);
  const RateLimit limit{2, 10s};
  const auto start = RateLimiter::Clock::time_point{};
  EXPECT_EQ(limiter.take("a", "kept", limit, start), 0s);
  for (int i = 0; i < 1000; ++i) {
    limiter.take("a", std::to_string(i), limit, start);
    if (i % 50 == 0) {
      limiter.take("a", "kept", limit, start);
    }
  }
  EXPECT_EQ(limiter.keys(), 100U);
  EXPECT_GT(limiter.take("a", "kept", limit, start), 0s) << "one in use is not forgotten";
}

TEST(Metrics, ExpositionFormat) {
  Metrics metrics;
  metrics.count("requests_total", "Requests.", {{"route", "/a\"b\\\n"}}, 2);
  metrics.count("requests_total", "Requests.", {{"route", "/a\"b\\\n"}});
  metrics.gauge("open", "Open ones.", [] { return 1.5; });
  metrics.observe("seconds", "Times.", {}, 0.03);
  metrics.observe("seconds", "Times.", {}, 20);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP requests_total Requests.\n# TYPE requests_total counter\n"
                              "requests_total{route=\"/a\\\"b\\\\\\n\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE open gauge\nopen 1.5\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("seconds_bucket{le=\"0.025\"} 0\nseconds_bucket{le=\"0.05\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("seconds_bucket{le=\"+Inf\"} 2\nseconds_sum 20.03\nseconds_count 2\n"));
}

Headers headers(std::initializer_list<std::pair<const char*, const char*>> items) {
  Headers made;
  for (const auto& [name, value] : items) {
    made.add(name, value);
  }
  return made;
}

TEST(SameOrigin, TheBrowsersWordElseTheOrigin) {
  const char* origin = "https://faces.example";
  EXPECT_TRUE(is_same_origin(headers({{"Sec-Fetch-Site", "same-origin"}}), origin));
  EXPECT_TRUE(is_same_origin(headers({{"sec-fetch-site", "none"}}), origin));
  for (const char* foreign : {"cross-site", "same-site", "", "Same-Origin"}) {
    EXPECT_FALSE(is_same_origin(
        headers({{"Sec-Fetch-Site", foreign}, {"Origin", "https://faces.example"}}), origin))
        << foreign;
  }
  EXPECT_TRUE(is_same_origin(headers({{"Origin", "https://faces.example"}}), origin));
  for (const char* foreign : {"null", "https://faces.example.evil.example", "http://faces.example",
                              "https://faces.example:8443"}) {
    EXPECT_FALSE(is_same_origin(headers({{"Origin", foreign}}), origin)) << foreign;
  }
  EXPECT_TRUE(is_same_origin({}, origin)) << "no browser of today: the token decides";
}

TEST(CsrfTokens, BelongToTheirSecretAndSite) {
  const CsrfTokens tokens(std::string(32, 'k'));
  const std::string token = tokens.make("secret");
  EXPECT_TRUE(tokens.valid(token, "secret"));
  EXPECT_FALSE(tokens.valid(token, "other"));
  EXPECT_FALSE(tokens.valid(token, ""));
  EXPECT_FALSE(tokens.valid("", "secret"));
  EXPECT_FALSE(tokens.valid(token + "0", "secret"));
  EXPECT_FALSE(CsrfTokens(std::string(32, 'l')).valid(token, "secret"));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(tokens.valid(changed, "secret")) << i;
  }
  EXPECT_NE(tokens.make("secret"), token) << "salted anew";
  EXPECT_THROW(CsrfTokens(std::string(31, 'k')), std::invalid_argument);
}

TEST(RandomHex, OfTheLengthAskedForAndNeverTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random_hex(16);
    EXPECT_EQ(text.size(), 32U);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(text).second);
  }
}

}  // namespace
}  // namespace everyface::web
