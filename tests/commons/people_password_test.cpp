#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "everyface/commons/password.h"
#include "everyface/commons/secret.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr PasswordCost kCheap{8192, 1, 4, 60'000};
constexpr const char* kPassword = "walnut tram 71 orbit";

std::string refusal(std::string_view password, std::string_view email = "ada@example.org") {
  const auto checked = check_new_password(password, email);
  return checked ? "" : checked.error().code;
}

TEST(PeoplePassword, AcceptsLongUnlikelyTexts) {
  EXPECT_EQ(refusal(kPassword), "");
  EXPECT_EQ(refusal("kX9#mP2$vL7q"), "");
  EXPECT_EQ(refusal("Grüße an den Nußbaum im Oktober"), "");
  EXPECT_EQ(refusal("山の上で夜明けを待つ静かな犬"), "");
}

TEST(PeoplePassword, RefusesShortOnesByCharactersNotBytes) {
  EXPECT_EQ(refusal("kX9#mP2$vL7"), "password_short");
  EXPECT_EQ(refusal("äöüÄÖÜßéèêë"), "password_short");  // 11 characters of two bytes
  EXPECT_EQ(refusal(""), "password_short");
}

TEST(PeoplePassword, RefusesCommonOnes) {
  for (const char* common : {"password1234", "123456789012", "qwertyuiop12", "iloveyou1234",
                             "aaaaaaaaaaaaaaaaaaaaa", "Everyface2026!", "Summer2026!!"}) {
    EXPECT_EQ(refusal(common), "password_weak") << common;
  }
}

TEST(PeoplePassword, RefusesOnesMadeOfTheAddress) {
  constexpr const char* kFromAddress = "wilhelmina.oduya1";
  EXPECT_EQ(refusal(kFromAddress, "ada@example.org"), "");
  EXPECT_EQ(refusal(kFromAddress, "wilhelmina.oduya@example.org"), "password_weak");
}

TEST(PeoplePassword, RefusesWhatIsNoTextAndWhatIsVeryLong) {
  EXPECT_EQ(refusal("walnut tram\x01 71 orbit"), "password_not_text");
  EXPECT_EQ(refusal("walnut tram \xff\xfe 71 orbit"), "password_not_text");
  EXPECT_EQ(refusal(std::string_view("walnut tram\0 71 orbit", 21)), "password_not_text");
  EXPECT_EQ(refusal(std::string(kMaxPasswordBytes + 1, 'x')), "password_long");
}

TEST(PeoplePassword, IsKeptAsArgon2idAndFoundAgain) {
  PasswordHasher hasher(kCheap);
  const std::string stored = hasher.hash(kPassword).value();
  EXPECT_THAT(stored, StartsWith("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_NE(stored, hasher.hash(kPassword).value());  // salted
  EXPECT_TRUE(hasher.matches(kPassword, stored).value());
  EXPECT_FALSE(hasher.matches("walnut tram 71 orbits", stored).value());
  EXPECT_FALSE(hasher.matches(std::string(kPassword) + '\0', stored).value());
}

TEST(PeoplePassword, TheStandardCostIs64MebibytesAndTwoPasses) {
  PasswordHasher hasher{PasswordCost{}};
  EXPECT_THAT(hasher.hash(kPassword).value(), StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
}

TEST(PeoplePassword, WithoutAnAccountNothingMatches) {
  PasswordHasher hasher(kCheap);
  EXPECT_FALSE(hasher.matches(kPassword, "").value());
  EXPECT_FALSE(hasher.matches("", "").value());
}

TEST(PeoplePassword, HashesOfAnotherCostAreOutdated) {
  PasswordHasher cheap(kCheap);
  PasswordHasher dearer(PasswordCost{16384, 2, 4, 60'000});
  const std::string stored = cheap.hash(kPassword).value();
  EXPECT_FALSE(cheap.outdated(stored));
  EXPECT_TRUE(dearer.outdated(stored));
  EXPECT_TRUE(dearer.matches(kPassword, stored).value());
}

TEST(PeoplePassword, WithoutATurnThereIsNoHash) {
  PasswordHasher none(PasswordCost{8192, 1, 0, 0});
  EXPECT_EQ(none.hash(kPassword).error().code, "busy");
  EXPECT_EQ(none.matches(kPassword, "").error().code, "busy");
}

TEST(PeoplePassword, TurnsComeBackWhenMoreWaitThanMayRun) {
  PasswordHasher hasher(PasswordCost{8192, 1, 2, 60'000});
  const std::string stored = hasher.hash(kPassword).value();
  std::atomic<int> matched = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] { matched += hasher.matches(kPassword, stored).value() ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(matched, 16);
}

TEST(PeoplePassword, ProductionRefusesCheapCosts) {
  EXPECT_TRUE(check_production_cost({}).ok());
  EXPECT_THAT(check_production_cost(kCheap).error().message, HasSubstr("at least 64 MiB"));
  EXPECT_FALSE(check_production_cost({std::uint64_t{64} << 20U, 1}).ok());
  EXPECT_FALSE(check_production_cost({(std::uint64_t{64} << 20U) - 1, 2}).ok());
}

TEST(PeopleSecret, SecretsAreLongAndDifferent) {
  const std::string secret = new_secret();
  EXPECT_EQ(secret.size(), 43U);
  EXPECT_EQ(
      secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos);
  EXPECT_NE(secret, new_secret());
}

TEST(PeopleSecret, ComparesWholeTexts) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "abcd"));
  EXPECT_TRUE(same_secret("", ""));
}

}  // namespace
}  // namespace everyface
