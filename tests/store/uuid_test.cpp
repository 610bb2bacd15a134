// Keys.
#include "everyface/store/uuid.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

namespace everyface {
namespace {

TEST(UuidTest, TextAndBytesAreTheSame) {
  const std::string_view text = "01890a5d-ac96-774b-bcce-b302099a8057";
  const auto parsed = Uuid::parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text(), text);
  EXPECT_EQ(parsed->bytes()[0], 0x01);
  EXPECT_EQ(parsed->bytes()[15], 0x57);
  EXPECT_EQ(Uuid::parse("01890A5D-AC96-774B-BCCE-B302099A8057"), parsed);
  EXPECT_TRUE(Uuid().nil());
  EXPECT_EQ(Uuid().text(), "00000000-0000-0000-0000-000000000000");
}

TEST(UuidTest, NothingElseIsRead) {
  for (const char* text :
       {"", "01890a5d", "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577", "01890a5d-ac96-774b-bcce_b302099a8057",
        "g1890a5d-ac96-774b-bcce-b302099a8057", "{1890a5d-ac96-774b-bcce-b302099a805}",
        "01890a5-dac96-774b-bcce-b302099a8057"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

TEST(UuidTest, VersionSevenBeginsWithTheTime) {
  const Uuid uuid = Uuid::make_at(0x0123456789ab);
  EXPECT_EQ(uuid.text().substr(0, 15), "01234567-89ab-7");
  EXPECT_NE(std::string("89ab").find(uuid.text()[19]), std::string::npos) << uuid.text();
  EXPECT_LT(Uuid::make_at(1), Uuid::make_at(2));
  EXPECT_LT(Uuid::make_at(1).text(), Uuid::make_at(256).text());
}

TEST(UuidTest, NoTwoAreTheSame) {
  std::set<Uuid> made;
  for (int i = 0; i < 10'000; ++i) {
    made.insert(Uuid::make_at(7));
  }
  EXPECT_EQ(made.size(), 10'000U);
}

}  // namespace
}  // namespace everyface
