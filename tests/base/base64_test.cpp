#include "everyface/base/base64.h"

#include <gtest/gtest.h>

#include "everyface/base/random.h"

namespace everyface {
namespace {

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFF\xFE\xFD"), "//79");
}

TEST(Base64, ReadsBackWhatItWrote) {
  Random random(7);
  for (std::size_t length = 0; length < 100; ++length) {
    std::string bytes(length, ' ');
    for (char& byte : bytes) {
      byte = static_cast<char>(random.bits());
    }
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  }
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm9v!A==",
                           "Zg==Zg==", "Z=g=", "Zm9v\n", "Zm 9"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace everyface
