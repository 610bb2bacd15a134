#include "everyface/commons/api_tokens.h"
#include "everyface/commons/secret.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class ApiTokensTest : public testing::PeopleTest {
 protected:
  Result<NewApiToken> create(const Uuid& account, const std::vector<std::string>& scopes,
                             const std::string& name = "script") {
    return create_api_token(database(), clock(), account, name, scopes);
  }
  std::optional<ApiCaller> caller(const std::string& token) {
    return authenticate_api_token(database(), clock(), token).value();
  }
};
EVERYFACE_ON_EVERY_DATABASE(ApiTokensTest);

TEST_P(ApiTokensTest, ATokenActsForItsAccountWithinItsScopes) {
  const Uuid ada = joined("ada@example.org");
  const NewApiToken made = create(ada, {"releases:read", "photos:read"}).value();
  EXPECT_THAT(made.token, StartsWith("ef_"));
  const ApiCaller found = caller(made.token).value();
  EXPECT_EQ(found.account, ada);
  EXPECT_THAT(found.scopes, ElementsAre("photos:read", "releases:read"));
  EXPECT_TRUE(found.may("photos:read"));
  EXPECT_FALSE(found.may("photos:write"));
  EXPECT_FALSE(found.may("photos"));
  EXPECT_FALSE(caller("ef_nonsense").has_value());
  EXPECT_FALSE(caller("").has_value());
}

TEST_P(ApiTokensTest, OnlyADigestIsKept) {
  const Uuid ada = joined("ada@example.org");
  const NewApiToken made = create(ada, {"photos:read"}).value();
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM api_tokens WHERE digest = :digest"),
                   secret_digest(made.token)),
            1);
  EXPECT_FALSE(caller(secret_digest(made.token)).has_value());
}

TEST_P(ApiTokensTest, ARevokedTokenIsNoneAtOnce) {
  const Uuid ada = joined("ada@example.org");
  const Uuid bob = joined("bob@example.org");
  const NewApiToken made = create(ada, {"photos:read"}).value();
  ASSERT_TRUE(revoke_api_token(database(), clock(), bob, made.id).ok());
  EXPECT_TRUE(caller(made.token).has_value());
  ASSERT_TRUE(revoke_api_token(database(), clock(), ada, made.id).ok());
  EXPECT_FALSE(caller(made.token).has_value());
  EXPECT_EQ(api_tokens_of(database(), ada).value().front().revoked_ms, clock()());
}

TEST_P(ApiTokensTest, TheListSaysWhenEachWasUsed) {
  const Uuid ada = joined("ada@example.org");
  const NewApiToken made = create(ada, {"photos:read"}, " upload script ").value();
  EXPECT_EQ(api_tokens_of(database(), ada).value().front().used_ms, std::nullopt);
  pass(kDayMs);
  const std::int64_t used_ms = clock()();
  EXPECT_TRUE(caller(made.token).has_value());
  pass(kMinuteMs);
  EXPECT_TRUE(caller(made.token).has_value());
  const ApiToken listed = api_tokens_of(database(), ada).value().front();
  EXPECT_EQ(listed.used_ms, used_ms);  // to an hour
  EXPECT_EQ(listed.name, "upload script");
}

TEST_P(ApiTokensTest, NamesAndScopesAreChecked) {
  const Uuid ada = joined("ada@example.org");
  EXPECT_EQ(code_of(create(ada, {})), "token_scopes");
  EXPECT_EQ(code_of(create(ada, {"photos:read", "admin"})), "token_scopes");
  EXPECT_EQ(code_of(create(ada, {"photos:read"}, "  ")), "token_name");
  EXPECT_EQ(code_of(create(ada, {"photos:read"}, std::string(61, 'x'))), "token_name");
}

TEST_P(ApiTokensTest, ThereAreAtMostTwentyEvenAtOnce) {
  const Uuid ada = joined("ada@example.org");
  std::vector<NewApiToken> made;
  for (int i = 0; i < 18; ++i) {
    made.push_back(create(ada, {"photos:read"}).value());
  }
  std::atomic<int> worked = 0;
  at_once(5, [&](std::size_t) { worked += create(ada, {"photos:read"}) ? 1 : 0; });
  EXPECT_EQ(worked, 2);
  EXPECT_EQ(code_of(create(ada, {"photos:read"})), "token_limit");
  ASSERT_TRUE(revoke_api_token(database(), clock(), ada, made.front().id).ok());
  EXPECT_TRUE(create(ada, {"photos:read"}).ok());
}

}  // namespace
}  // namespace everyface
