#include "everyface/payments/stringify.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace everyface {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

TEST(Stringify, GivesWhatJavaScriptDoes) {
  for (const char* text : {R"({"z":1,"a":[true,null,-5,"x"],"m":{}})",
                           R"("quote \" backslash \\ slash / tab \t \u0001")",
                           R"("ü 😀 \u001f)"
                           "\x7f"
                           "\xe2\x80\xa8\"",
                           "9007199254740991", "[]"}) {
    EXPECT_EQ(stringify(Json::parse(text)).value(), text);
  }
}

TEST(Stringify, RefusesWhatJavaScriptWouldWriteOtherwise) {
  const auto refusal = [](const Json& value) { return stringify(value).error().message; };
  EXPECT_THAT(refusal(Json::parse(R"({"a":[1,1.5]})")), HasSubstr("body/a/1 is a number"));
  EXPECT_THAT(refusal(Json(9007199254740992)), HasSubstr("body is a number"));
  EXPECT_THAT(refusal(Json(-9007199254740992)), HasSubstr("body is a number"));
  EXPECT_THAT(refusal(Json::parse(R"({"b":1,"10":2})")), HasSubstr("body/10 is a name"));
  EXPECT_TRUE(stringify(Json::parse(R"({"010":1})")).ok());
  EXPECT_THAT(refusal(Json("\xff")), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace everyface
