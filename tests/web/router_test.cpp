#include "everyface/web/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace everyface::web {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class RouterTest : public ::testing::Test {
 protected:
  void add(Method method, const std::string& pattern) {
    router_.add(method, pattern, Role::kAnonymous, [](Request&) { return Response(); });
  }
  /// The pattern that answers, or "".
  std::string answers(Method method, std::string_view path) {
    const Router::Match match = router_.match(method, path);
    return match.route == nullptr ? "" : match.route->pattern;
  }
  Router router_;
};

TEST_F(RouterTest, LiteralSegmentsWinOverNames) {
  add(Method::kGet, "/");
  add(Method::kGet, "/photos");
  add(Method::kGet, "/photos/new");
  add(Method::kGet, "/photos/{photo}");
  add(Method::kGet, "/photos/{photo}/preview");
  EXPECT_EQ(answers(Method::kGet, "/"), "/");
  EXPECT_EQ(answers(Method::kGet, "/photos"), "/photos");
  EXPECT_EQ(answers(Method::kGet, "/photos/new"), "/photos/new");
  EXPECT_EQ(answers(Method::kGet, "/photos/17"), "/photos/{photo}");
  EXPECT_EQ(answers(Method::kGet, "/photos/17/preview"), "/photos/{photo}/preview");
  for (const char* nothing : {"", "photos", "/photos/", "/photos/17/", "//", "/Photos", "/x"}) {
    EXPECT_EQ(answers(Method::kGet, nothing), "") << nothing;
  }
}

TEST_F(RouterTest, ParametersAreDecodedOnce) {
  add(Method::kGet, "/a/{first}/b/{second}");
  const auto match = router_.match(Method::kGet, "/a/x%20y/b/%2525");
  EXPECT_THAT(match.parameters, ElementsAre(Pair("first", "x y"), Pair("second", "%25")));
}

TEST_F(RouterTest, TheRestKeepsItsSlashes) {
  add(Method::kGet, "/files/{name...}");
  EXPECT_THAT(router_.match(Method::kGet, "/files/a/b%20c").parameters,
              ElementsAre(Pair("name", "a/b c")));
  EXPECT_EQ(answers(Method::kGet, "/files/"), "");
  EXPECT_EQ(answers(Method::kGet, "/files"), "");
}

TEST_F(RouterTest, PathsThatCouldStandForOthersMatchNothing) {
  add(Method::kGet, "/files/{name...}");
  add(Method::kGet, "/{one}");
  for (const char* path : {"/files/..", "/files/a/../b", "/files/%2e%2e", "/files/a%2fb", "/.",
                           "/a%00", "/%", "/%zz", "/%ff", "/files/./a"}) {
    EXPECT_EQ(answers(Method::kGet, path), "") << path;
  }
}

TEST_F(RouterTest, OtherMethodsAreNamed) {
  add(Method::kGet, "/x");
  add(Method::kPost, "/x");
  add(Method::kDelete, "/y");
  EXPECT_EQ(answers(Method::kHead, "/x"), "/x") << "GET answers HEAD";
  EXPECT_EQ(router_.match(Method::kDelete, "/x").allow, "GET, HEAD, POST");
  EXPECT_EQ(router_.match(Method::kHead, "/y").allow, "DELETE");
  EXPECT_EQ(router_.match(Method::kGet, "/z").allow, "");
}

TEST_F(RouterTest, MethodsOfOnePatternMayNameItDifferently) {
  add(Method::kGet, "/x/{one}");
  add(Method::kPost, "/x/{two}");
  EXPECT_THAT(router_.match(Method::kPost, "/x/1").parameters, ElementsAre(Pair("two", "1")));
}

TEST_F(RouterTest, MistakesOfTheProgramThrow) {
  add(Method::kGet, "/x/{one}");
  add(Method::kGet, "/r/{rest...}");
  for (const char* wrong : {"x", "", "/x/{one}", "/y/{", "/y/{}", "/y/{A}", "/y/{a",
                            "/r/{rest...}/z", "/r/{one}", "/y/{...}"}) {
    EXPECT_THROW(add(Method::kGet, wrong), std::invalid_argument) << wrong;
  }
  EXPECT_THROW(add(Method::kHead, "/h"), std::invalid_argument);
  EXPECT_EQ(router_.routes().size(), 2U) << "the list that tests walk";
}

}  // namespace
}  // namespace everyface::web
