#include "everyface/commons/secret.h"
#include "everyface/commons/sessions.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using testing::kOtherPassword;
using testing::kPassword;

class SessionsTest : public testing::PeopleTest {
 protected:
  bool is_valid(const std::string& token) {
    return sessions().authenticate(token).value().has_value();
  }
};
EVERYFACE_ON_EVERY_DATABASE(SessionsTest);

TEST_P(SessionsTest, SigningInGivesASessionOfTheAccount) {
  const Uuid ada = joined("ada@example.org");
  const SignedIn session = sign_in("ada@example.org").value();
  const Signed found = sessions().authenticate(session.token).value().value();
  EXPECT_EQ(found.account, ada);
  EXPECT_EQ(found.email, "ada@example.org");
  EXPECT_EQ(found.language, "en");
  EXPECT_EQ(found.role, AccountRole::contributor);
  EXPECT_FALSE(found.must_set_up_second_factor);
  EXPECT_EQ(session.expires_ms, clock()() + people().settings.session_most_ms);
}

TEST_P(SessionsTest, EverySignInHasATokenOfItsOwnThatIsKeptAsADigest) {
  joined("ada@example.org");
  const std::string one = sign_in("ada@example.org").value().token;
  const std::string two = sign_in("ada@example.org").value().token;
  EXPECT_NE(one, two);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM sessions WHERE digest = :token"), one), 0);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM sessions WHERE digest = :token"), secret_digest(one)),
            1);
  EXPECT_FALSE(is_valid(""));
  EXPECT_FALSE(is_valid(secret_digest(one)));
  EXPECT_FALSE(is_valid(one + "x"));
}

TEST_P(SessionsTest, WrongPasswordsAndUnknownAddressesAreAnsweredAlike) {
  joined("ada@example.org");
  const auto wrong = sign_in("ada@example.org", kOtherPassword);
  const auto unknown = sign_in("bob@example.org", kOtherPassword);
  const auto no_address = sign_in("\xff'; --", kOtherPassword);
  EXPECT_EQ(code_of(wrong), "sign_in_wrong");
  EXPECT_EQ(code_of(unknown), "sign_in_wrong");
  EXPECT_EQ(code_of(no_address), "sign_in_wrong");
  EXPECT_EQ(wrong.error().message, unknown.error().message);
}

TEST_P(SessionsTest, AnUnknownAddressCostsAHashToo) {
  joined("ada@example.org");
  PasswordHasher none(PasswordCost{8192, 1, 0, 0});  // every hash that is tried is "busy"
  People without{database(), none, people().vault, clock(), {}, {}, {}};
  Sessions waiting(without);
  EXPECT_EQ(code_of(waiting.sign_in({"ada@example.org", kPassword, "", "", "a"})), "busy");
  EXPECT_EQ(code_of(waiting.sign_in({"bob@example.org", kPassword, "", "", "b"})), "busy");
}

TEST_P(SessionsTest, AttemptsAreFewWhetherThereIsAnAccountOrNot) {
  joined("ada@example.org");
  for (const char* email : {"ada@example.org", "bob@example.org"}) {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(code_of(sign_in(email, kOtherPassword)), "sign_in_wrong");
    }
    EXPECT_EQ(code_of(sign_in(email, kOtherPassword)), "too_many_attempts");
  }
  EXPECT_EQ(code_of(sign_in("ada@example.org")), "too_many_attempts");
  // Whoever it is: from elsewhere, the owner still gets in.
  EXPECT_TRUE(sessions().sign_in({"ada@example.org", kPassword, "", "", "elsewhere"}).ok());
  pass(kHourMs);
  EXPECT_TRUE(sign_in("ada@example.org").ok());
}

TEST_P(SessionsTest, ASessionEndsWhenItIsNotUsed) {
  joined("ada@example.org");
  const std::string token = sign_in("ada@example.org").value().token;
  pass(people().settings.session_idle_ms - 1);
  EXPECT_TRUE(is_valid(token));
  pass(people().settings.session_idle_ms - 1);
  EXPECT_TRUE(is_valid(token));
  pass(people().settings.session_idle_ms);
  EXPECT_FALSE(is_valid(token));
}

TEST_P(SessionsTest, ASessionEndsThoughItIsUsed) {
  joined("ada@example.org");
  const std::string token = sign_in("ada@example.org").value().token;
  const std::int64_t end = clock()() + people().settings.session_most_ms;
  while (clock()() + kDayMs < end) {
    pass(kDayMs);
    ASSERT_TRUE(is_valid(token));
  }
  pass(kDayMs);
  EXPECT_FALSE(is_valid(token));
}

TEST_P(SessionsTest, SessionsOfModeratorsAreShort) {
  const Uuid ada = joined("ada@example.org");
  ASSERT_TRUE(accounts().set_role(std::nullopt, ada, AccountRole::moderator).ok());
  const std::string token = sign_in("ada@example.org").value().token;
  pass(people().settings.staff_session_idle_ms - 1);
  EXPECT_TRUE(is_valid(token));
  pass(people().settings.staff_session_idle_ms);
  EXPECT_FALSE(is_valid(token));
}

TEST_P(SessionsTest, ARenewedSessionGoesOnUnderTheNewTokenOnly) {
  joined("ada@example.org");
  const SignedIn before = sign_in("ada@example.org").value();
  const Uuid session = sessions().authenticate(before.token).value()->session;
  pass(kHourMs);
  const SignedIn after = sessions().renew(before.token).value();
  EXPECT_FALSE(is_valid(before.token));
  EXPECT_EQ(sessions().authenticate(after.token).value()->session, session);
  EXPECT_EQ(after.expires_ms, before.expires_ms);
  EXPECT_EQ(code_of(sessions().renew(before.token)), "session_ended");
}

TEST_P(SessionsTest, ATokenRenewedTwiceAtOnceIsRenewedOnce) {
  joined("ada@example.org");
  const std::string token = sign_in("ada@example.org").value().token;
  std::atomic<int> renewed = 0;
  at_once(4, [&](std::size_t) { renewed += sessions().renew(token) ? 1 : 0; });
  EXPECT_EQ(renewed, 1);
}

TEST_P(SessionsTest, SigningOutEndsOneOrAll) {
  const Uuid ada = joined("ada@example.org");
  joined("bob@example.org");
  const std::string bob = sign_in("bob@example.org").value().token;
  const std::string one = sign_in("ada@example.org").value().token;
  const std::string two = sign_in("ada@example.org").value().token;
  const std::string three = sign_in("ada@example.org").value().token;
  ASSERT_TRUE(sessions().sign_out(one).ok());
  EXPECT_FALSE(is_valid(one));
  EXPECT_TRUE(is_valid(two));
  ASSERT_TRUE(sessions().sign_out_everywhere(ada).ok());
  EXPECT_FALSE(is_valid(two) || is_valid(three));
  EXPECT_TRUE(is_valid(bob));
}

TEST_P(SessionsTest, SigningInEndsTheSessionThatTheBrowserHad) {
  joined("ada@example.org");
  joined("bob@example.org");
  const std::string bob = sign_in("bob@example.org").value().token;
  SignIn attempt{"ada@example.org", kOtherPassword, "", "", "n", bob};
  EXPECT_EQ(code_of(sessions().sign_in(attempt)), "sign_in_wrong");
  EXPECT_TRUE(sessions().authenticate(bob).value());
  attempt.password = kPassword;
  const std::string ada = sessions().sign_in(attempt).value().token;
  EXPECT_FALSE(sessions().authenticate(bob).value());
  EXPECT_TRUE(sessions().authenticate(ada).value());
}

TEST_P(SessionsTest, TheListIsOnesOwnAndSoIsEnding) {
  const Uuid ada = joined("ada@example.org");
  const Uuid bob = joined("bob@example.org");
  const std::string token = sign_in("ada@example.org").value().token;
  pass(kMinuteMs);
  sessions().sign_in({"ada@example.org", kPassword, "", "Safari\non iPhone", "n"}).value();
  const auto listed = sessions().list(ada).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].device, "Safarion iPhone");
  EXPECT_EQ(listed[1].device, "Firefox on Linux");
  EXPECT_TRUE(sessions().list(bob).value().empty());
  ASSERT_TRUE(sessions().end(bob, listed[1].id).ok());
  EXPECT_TRUE(is_valid(token));
  ASSERT_TRUE(sessions().end(ada, listed[1].id).ok());
  EXPECT_FALSE(is_valid(token));
}

TEST_P(SessionsTest, ACheaperHashIsReplacedWhenThePasswordIsKnown) {
  const Uuid ada = joined("ada@example.org");
  const auto stored = [&] {
    return database()
        .read([&](Transaction& tx) {
          return tx.one<std::string>(sql("SELECT password_hash FROM accounts WHERE id = :id"), ada);
        })
        .value();
  };
  const std::string before = stored();
  PasswordHasher dearer(PasswordCost{16384, 2, 4, 60'000});
  People later{database(), dearer, people().vault, clock(), {}, {}, {}};
  ASSERT_TRUE(Sessions(later).sign_in({"ada@example.org", kPassword, "", "", "n"}).ok());
  EXPECT_TRUE(dearer.outdated(before));
  EXPECT_FALSE(dearer.outdated(stored()));
  EXPECT_TRUE(sign_in("ada@example.org").ok());
}

}  // namespace
}  // namespace everyface
