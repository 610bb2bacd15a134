#include <gmock/gmock.h>

#include "commons/sodium.h"
#include "everyface/base/random.h"
#include "everyface/commons/totp.h"

namespace everyface {
namespace {

// The secret of the vectors in RFC 4226, appendix D, and RFC 6238, appendix B (SHA-1).
constexpr const char* kSeed = "12345678901234567890";

TEST(PeopleTotp, HotpGivesTheValuesOfRfc4226) {
  const char* const expected[] = {"755224", "287082", "359152", "969429", "338314",
                                  "254676", "287922", "162583", "399871", "520489"};
  for (std::uint64_t counter = 0; counter < std::size(expected); ++counter) {
    EXPECT_EQ(hotp(kSeed, counter), expected[counter]) << counter;
  }
}

TEST(PeopleTotp, TotpGivesTheValuesOfRfc6238) {
  const std::pair<std::int64_t, const char*> expected[] = {
      {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
      {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : expected) {
    const auto step = static_cast<std::uint64_t>(seconds * 1000 / kTotpStepMs);
    EXPECT_EQ(hotp(kSeed, step, 8), code) << seconds;
  }
}

TEST(PeopleTotp, Base32GivesTheValuesOfRfc4648WithoutPadding) {
  EXPECT_EQ(base32(""), "");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32("fo"), "MZXQ");
  EXPECT_EQ(base32("foo"), "MZXW6");
  EXPECT_EQ(base32("foob"), "MZXW6YQ");
  EXPECT_EQ(base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
}

TEST(PeopleTotp, TheAddressForAppsIsPercentEncoded) {
  EXPECT_EQ(totp_uri("foobar", "Our Faces", "ada@example.org"),
            "otpauth://totp/Our%20Faces:ada%40example.org?secret=MZXW6YTBOI&issuer=Our%20Faces");
}

TEST(PeopleTotp, TakesTheCodesOfThreeStepsAndNoOther) {
  Random random(20261125);
  for (int round = 0; round < 200; ++round) {
    const std::string seed = new_totp_seed();
    const auto step = static_cast<std::int64_t>(1'000'000 + random.below(60'000'000));
    const std::int64_t now_ms =
        step * kTotpStepMs + static_cast<std::int64_t>(random.below(30'000));
    for (std::int64_t offset = -3; offset <= 3; ++offset) {
      const auto found = matching_totp_step(
          seed, hotp(seed, static_cast<std::uint64_t>(step + offset)), now_ms, 0);
      if (offset >= -1 && offset <= 1) {
        EXPECT_TRUE(found.has_value()) << offset;
      } else if (found) {
        // One of a million codes belongs to two of these steps.
        EXPECT_EQ(hotp(seed, static_cast<std::uint64_t>(*found)),
                  hotp(seed, static_cast<std::uint64_t>(step + offset)));
      }
    }
  }
}

TEST(PeopleTotp, TakesNoCodeTwiceAndNoneOlderThanTheLast) {
  const std::int64_t now_ms = 59'000;  // step 1
  EXPECT_EQ(matching_totp_step(kSeed, hotp(kSeed, 1), now_ms, 0), 1);
  EXPECT_EQ(matching_totp_step(kSeed, hotp(kSeed, 1), now_ms, 1), std::nullopt);
  EXPECT_EQ(matching_totp_step(kSeed, hotp(kSeed, 1), now_ms, 2), std::nullopt);
  EXPECT_EQ(matching_totp_step(kSeed, hotp(kSeed, 2), now_ms, 1), 2);
}

TEST(PeopleTotp, IgnoresBlanksAndRefusesEverythingElse) {
  const std::int64_t now_ms = 59'000;
  EXPECT_EQ(matching_totp_step(kSeed, " 287 082 ", now_ms, 0), 1);
  for (const char* wrong : {"", "287081", "28708", "2870822", "287-082", "٢٨٧٠٨٢"}) {
    EXPECT_EQ(matching_totp_step(kSeed, wrong, now_ms, 0), std::nullopt) << wrong;
  }
}

TEST(PeopleTotp, SeedsHave160RandomBits) {
  EXPECT_EQ(new_totp_seed().size(), 20U);
  EXPECT_NE(new_totp_seed(), new_totp_seed());
}

}  // namespace
}  // namespace everyface
