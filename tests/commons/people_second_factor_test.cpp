#include "commons/sodium.h"
#include "everyface/commons/second_factor.h"
#include "everyface/commons/totp.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::kPassword;

/// The bytes that totp_seed_text() shows.
std::string from_base32(std::string_view text) {
  std::string bytes;
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const char digit : text) {
    const auto value = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").find(digit);
    pending = (pending << 5U) | static_cast<std::uint32_t>(value);
    pending_bits += 5;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      bytes += static_cast<char>(pending >> pending_bits);
    }
  }
  return bytes;
}

class SecondFactorTest : public testing::PeopleTest {
 protected:
  /// What the phone shows now.
  std::string app_code() {
    return hotp(seed_, static_cast<std::uint64_t>(clock()() / kTotpStepMs));
  }
  void begin(const Uuid& account) {
    const TotpSetup setup = second_factor().begin(account, kPassword).value();
    EXPECT_THAT(setup.uri, HasSubstr("secret=" + setup.seed_text));
    seed_ = from_base32(setup.seed_text);
  }
  /// Joins, signs in and sets up the app.
  TotpConfirmed set_up(const std::string& email) {
    account_ = joined(email);
    const std::string token = sign_in(email).value().token;
    begin(account_);
    TotpConfirmed confirmed = second_factor().confirm(token, app_code()).value();
    pass(kTotpStepMs);
    mails();
    return confirmed;
  }
  Uuid account_;
  std::string seed_;
};
EVERYFACE_ON_EVERY_DATABASE(SecondFactorTest);

TEST_P(SecondFactorTest, SigningInThenNeedsACode) {
  set_up("ada@example.org");
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword, "")), "second_factor_needed");
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword, "000000")), "second_factor_wrong");
  EXPECT_EQ(code_of(sign_in("ada@example.org", "wrong", app_code())), "sign_in_wrong");
  const std::string token = sign_in("ada@example.org", kPassword, app_code()).value().token;
  EXPECT_EQ(sessions().authenticate(token).value()->second_factor_ms, clock()());
}

TEST_P(SecondFactorTest, SettingUpTakesTheAppsCodeAndRenewsTheSession) {
  const Uuid ada = joined("ada@example.org");
  const std::string other = sign_in("ada@example.org").value().token;
  const std::string token = sign_in("ada@example.org").value().token;
  EXPECT_EQ(code_of(second_factor().confirm(token, "000000")), "second_factor_not_begun");
  EXPECT_EQ(code_of(second_factor().begin(ada, "wrong")), "password_wrong");
  begin(ada);
  EXPECT_EQ(code_of(second_factor().confirm(token, "000000")), "second_factor_wrong");
  EXPECT_TRUE(sign_in("ada@example.org").ok());  // not before it is confirmed
  const TotpConfirmed confirmed = second_factor().confirm(token, app_code()).value();
  EXPECT_EQ(confirmed.recovery_codes.size(), kRecoveryCodes);
  EXPECT_FALSE(sessions().authenticate(token).value().has_value());
  EXPECT_FALSE(sessions().authenticate(other).value().has_value());
  const Signed now = sessions().authenticate(confirmed.session.token).value().value();
  EXPECT_EQ(now.second_factor_ms, clock()());
  EXPECT_THAT(mails().front().subject, HasSubstr("second factor"));
  EXPECT_EQ(code_of(second_factor().confirm("none", app_code())), "session_ended");
}

TEST_P(SecondFactorTest, NoCodeWorksTwice) {
  set_up("ada@example.org");
  const std::string code = app_code();
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, code).ok());
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword, code)), "second_factor_wrong");
  pass(kTotpStepMs);
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, app_code()).ok());
}

TEST_P(SecondFactorTest, ACodeUsedManyTimesAtOnceWorksOnce) {
  set_up("ada@example.org");
  const std::string code = app_code();
  std::atomic<int> worked = 0;
  std::atomic<int> wrong = 0;
  at_once(6, [&](std::size_t) {
    const auto session = sign_in("ada@example.org", kPassword, code);
    worked += session ? 1 : 0;
    wrong += code_of(session) == "second_factor_wrong" ? 1 : 0;
  });
  EXPECT_EQ(worked, 1);
  EXPECT_EQ(wrong, 5);
}

TEST_P(SecondFactorTest, ARecoveryCodeWorksOnceHoweverItIsTyped) {
  const RecoveryCodes codes = set_up("ada@example.org").recovery_codes;
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, codes[0]).ok());
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword, codes[0])), "second_factor_wrong");
  std::string typed;
  for (const char c : codes[1]) {
    typed += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  }
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, typed).ok());
  EXPECT_EQ(second_factor().recovery_codes_left(account_).value(), 8);
}

TEST_P(SecondFactorTest, ARecoveryCodeUsedManyTimesAtOnceWorksOnce) {
  const RecoveryCodes codes = set_up("ada@example.org").recovery_codes;
  std::atomic<int> worked = 0;
  at_once(6,
          [&](std::size_t) { worked += sign_in("ada@example.org", kPassword, codes[0]) ? 1 : 0; });
  EXPECT_EQ(worked, 1);
  EXPECT_EQ(second_factor().recovery_codes_left(account_).value(), 9);
}

TEST_P(SecondFactorTest, NewRecoveryCodesReplaceTheOldOnes) {
  const RecoveryCodes old = set_up("ada@example.org").recovery_codes;
  EXPECT_EQ(code_of(second_factor().new_recovery_codes(account_, "wrong")), "password_wrong");
  const RecoveryCodes codes = second_factor().new_recovery_codes(account_, kPassword).value();
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword, old[0])), "second_factor_wrong");
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, codes[0]).ok());
  mails();
  const Uuid bob = joined("bob@example.org");
  EXPECT_EQ(code_of(second_factor().new_recovery_codes(bob, kPassword)), "second_factor_not_begun");
}

TEST_P(SecondFactorTest, RecoveryCodesHave120Bits) {
  const RecoveryCodes codes = set_up("ada@example.org").recovery_codes;
  for (const std::string& code : codes) {
    EXPECT_THAT(code, ::testing::MatchesRegex("([A-Z2-7]{4}-){5}[A-Z2-7]{4}"));
  }
}

TEST_P(SecondFactorTest, AResetPasswordStillNeedsTheSecondFactor) {
  set_up("ada@example.org");
  ASSERT_TRUE(accounts().request_reset({"ada@example.org", "en", "net"}).ok());
  ASSERT_TRUE(accounts().choose_password(mailed_token(), testing::kOtherPassword).ok());
  EXPECT_EQ(code_of(sign_in("ada@example.org", testing::kOtherPassword)), "second_factor_needed");
  EXPECT_TRUE(sign_in("ada@example.org", testing::kOtherPassword, app_code()).ok());
}

TEST_P(SecondFactorTest, AModeratorWithoutOneIsAContributor) {
  const Uuid ada = joined("ada@example.org");
  ASSERT_TRUE(accounts().set_role(std::nullopt, ada, AccountRole::moderator).ok());
  const std::string token = sign_in("ada@example.org").value().token;
  const Signed before = sessions().authenticate(token).value().value();
  EXPECT_EQ(before.role, AccountRole::contributor);
  EXPECT_TRUE(before.must_set_up_second_factor);
  begin(ada);
  const TotpConfirmed confirmed = second_factor().confirm(token, app_code()).value();
  const Signed after = sessions().authenticate(confirmed.session.token).value().value();
  EXPECT_EQ(after.role, AccountRole::moderator);
  EXPECT_FALSE(after.must_set_up_second_factor);
}

TEST_P(SecondFactorTest, TakingItOffNeedsPasswordAndCode) {
  const std::string token = set_up("ada@example.org").session.token;
  EXPECT_EQ(code_of(second_factor().disable(token, "wrong", app_code())), "password_wrong");
  EXPECT_EQ(code_of(second_factor().disable(token, kPassword, "000000")), "second_factor_wrong");
  const std::string renewed = second_factor().disable(token, kPassword, app_code()).value().token;
  EXPECT_TRUE(sessions().authenticate(renewed).value().has_value());
  EXPECT_TRUE(sign_in("ada@example.org").ok());
  EXPECT_EQ(second_factor().recovery_codes_left(account_).value(), 0);
}

TEST_P(SecondFactorTest, ModeratorsCannotTakeItOff) {
  set_up("ada@example.org");
  ASSERT_TRUE(accounts().set_role(std::nullopt, account_, AccountRole::moderator).ok());
  const std::string token = sign_in("ada@example.org", kPassword, app_code()).value().token;
  pass(kTotpStepMs);
  EXPECT_EQ(code_of(second_factor().disable(token, kPassword, app_code())),
            "second_factor_obligatory");
  // Nor was the code used up.
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, app_code()).ok());
}

TEST_P(SecondFactorTest, AnAdministratorCanTakeItOffForSomebodyElse) {
  const std::string token = set_up("ada@example.org").session.token;
  ASSERT_TRUE(second_factor().reset_for(std::nullopt, account_).ok());
  EXPECT_FALSE(sessions().authenticate(token).value().has_value());
  EXPECT_TRUE(sign_in("ada@example.org").ok());
  EXPECT_EQ(code_of(second_factor().reset_for(std::nullopt, Uuid::make())), "unknown_account");
}

/// Whoever had the password alone may have asked for a link to an address of their own.
TEST_P(SecondFactorTest, ChangingItEndsAChangeOfAddressThatWasAskedFor) {
  const Uuid ada = joined("ada@example.org");
  const auto ask_to_move = [&] {
    mails();
    EXPECT_TRUE(
        accounts().request_email_change(ada, kPassword, {"eve@example.org", "en", "n"}).ok());
    return mailed_token("eve@example.org");
  };
  const std::string token = sign_in("ada@example.org").value().token;
  const std::string before_on = ask_to_move();
  begin(ada);
  const std::string with_app = second_factor().confirm(token, app_code()).value().session.token;
  EXPECT_EQ(code_of(accounts().confirm_email_change(before_on)), "link_invalid");
  const std::string before_off = ask_to_move();
  pass(kTotpStepMs);
  ASSERT_TRUE(second_factor().disable(with_app, kPassword, app_code()).ok());
  EXPECT_EQ(code_of(accounts().confirm_email_change(before_off)), "link_invalid");
  const std::string before_reset = ask_to_move();
  ASSERT_TRUE(second_factor().reset_for(std::nullopt, ada).ok());
  EXPECT_EQ(code_of(accounts().confirm_email_change(before_reset)), "link_invalid");
}

TEST_P(SecondFactorTest, ANewAppWorksOnlyOnceItIsConfirmed) {
  const std::string token = set_up("ada@example.org").session.token;
  std::string other_seed = seed_;
  begin(account_);
  std::swap(seed_, other_seed);
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, app_code()).ok());
  std::swap(seed_, other_seed);
  EXPECT_TRUE(second_factor().confirm(token, app_code()).ok());
  pass(kTotpStepMs);
  EXPECT_TRUE(sign_in("ada@example.org", kPassword, app_code()).ok());
}

TEST_P(SecondFactorTest, SeedsAreSealed) {
  set_up("ada@example.org");
  const Bytes kept =
      database()
          .read([&](Transaction& tx) {
            return tx.one<Bytes>(sql("SELECT totp_seed FROM accounts WHERE id = :id"), account_);
          })
          .value();
  const std::string sealed(kept.begin(), kept.end());
  EXPECT_EQ(sealed.find(seed_), std::string::npos);
  EXPECT_EQ(people().vault.unseal(sealed, account_.text()).value(), seed_);
}

TEST_P(SecondFactorTest, CodesAreTriedFewTimes) {
  const std::string token = set_up("ada@example.org").session.token;
  pass(kHourMs);
  int tried = 0;
  while (code_of(second_factor().disable(token, "wrong", "000000")) == "password_wrong") {
    ++tried;
  }
  EXPECT_EQ(tried, people().settings.secrets_per_account.count);
}

}  // namespace
}  // namespace everyface
