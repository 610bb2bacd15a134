#include "everyface/commons/accounts.h"
#include "everyface/commons/api_tokens.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/declaration.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kOtherPassword;
using testing::kPassword;
using ::testing::Not;

class AccountsTest : public testing::PeopleTest {
 protected:
  Result<void> ask_to_join(const std::string& email, const std::string& network = "net") {
    return accounts().request_join({email, "en", network}, true);
  }
  std::optional<Account> account(const Uuid& id) {
    return database().read([&](Transaction& tx) { return find_account(tx, id); }).value();
  }
};
EVERYFACE_ON_EVERY_DATABASE(AccountsTest);

TEST_P(AccountsTest, JoiningTakesAMailAndAPassword) {
  ASSERT_TRUE(ask_to_join(" Ada@Example.ORG ").ok());
  const std::vector<Mail> sent = mails();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent.front().recipient, "ada@example.org");
  EXPECT_THAT(sent.front().body, HasSubstr("https://faces.example/choose-password?token="));
  const std::string token = token_in(sent.front());
  EXPECT_EQ(code_of(sign_in("ada@example.org")), "sign_in_wrong");
  EXPECT_EQ(accounts().look_at_link(token).value().email, "ada@example.org");
  const PasswordChosen chosen = accounts().choose_password(token, kPassword).value();
  EXPECT_TRUE(chosen.joined);
  EXPECT_EQ(account(chosen.account)->role, AccountRole::contributor);
  EXPECT_EQ(sign_in("ada@example.org").value().account, chosen.account);
  EXPECT_EQ(sign_in("ADA@example.org").value().account, chosen.account);
}

TEST_P(AccountsTest, OnlyAdultsJoin) {
  EXPECT_EQ(code_of(accounts().request_join({"ada@example.org", "en", "net"}, false)),
            "adults_only");
  EXPECT_TRUE(mails().empty());
}

TEST_P(AccountsTest, MailsAreInTheLanguageAskedFor) {
  ASSERT_TRUE(accounts().request_join({"ada@example.org", "de", "net"}, true).ok());
  EXPECT_THAT(mails().front().subject, HasSubstr("Wählen Sie Ihr Passwort"));
  ASSERT_TRUE(accounts().request_join({"bob@example.org", "xx", "net"}, true).ok());
  EXPECT_THAT(mails().front().subject, HasSubstr("Choose your password"));
}

TEST_P(AccountsTest, AnswersAndWorkAreTheSameWithAndWithoutAnAccount) {
  joined("ada@example.org");
  const auto rows = [this] {
    return std::vector{number(sql("SELECT COUNT(*) FROM mail_links")),
                       number(sql("SELECT COUNT(*) FROM mail_outbox")),
                       number(sql("SELECT COUNT(*) FROM throttles"))};
  };
  const auto cost = [&](auto ask) {
    const auto before = rows();
    EXPECT_TRUE(ask().ok());
    auto after = rows();
    for (std::size_t i = 0; i < after.size(); ++i) {
      after[i] -= before[i];
    }
    return after;
  };
  pass(kDayMs);
  const auto known = cost([&] { return ask_to_join("ada@example.org", "net a"); });
  const auto unknown = cost([&] { return ask_to_join("bob@example.org", "net b"); });
  EXPECT_EQ(known, unknown);
  EXPECT_THAT(known, ElementsAre(1, 1, 2));
  pass(kDayMs);
  const auto reset_known = cost([&] {
    return accounts().request_reset({"ada@example.org", "en", "net c"});
  });
  const auto reset_unknown = cost([&] {
    return accounts().request_reset({"bob@example.org", "en", "net d"});
  });
  EXPECT_EQ(reset_known, reset_unknown);
  EXPECT_EQ(reset_known, known);
}

TEST_P(AccountsTest, OnlyTheMailSaysThatThereIsAnAccount) {
  const Uuid ada = joined("ada@example.org");
  ASSERT_TRUE(ask_to_join("ada@example.org").ok());
  const std::vector<Mail> sent = mails();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_THAT(sent.front().subject, HasSubstr("already have an account"));
  const auto chosen = accounts().choose_password(token_in(sent.front()), kOtherPassword).value();
  EXPECT_FALSE(chosen.joined);
  EXPECT_EQ(chosen.account, ada);
}

TEST_P(AccountsTest, AResetForAnUnknownAddressOffersToJoin) {
  ASSERT_TRUE(accounts().request_reset({"bob@example.org", "en", "net"}).ok());
  const std::vector<Mail> sent = mails();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_THAT(sent.front().subject, HasSubstr("no account"));
  EXPECT_TRUE(accounts().choose_password(token_in(sent.front()), kPassword).value().joined);
}

TEST_P(AccountsTest, AResetSetsThePasswordAndEndsSessions) {
  joined("ada@example.org");
  const std::string session = sign_in("ada@example.org").value().token;
  ASSERT_TRUE(accounts().request_reset({"ada@example.org", "en", "net"}).ok());
  ASSERT_TRUE(accounts().choose_password(mailed_token(), kOtherPassword).ok());
  EXPECT_FALSE(sessions().authenticate(session).value().has_value());
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword)), "sign_in_wrong");
  EXPECT_TRUE(sign_in("ada@example.org", kOtherPassword).ok());
  EXPECT_THAT(mails().front().subject, HasSubstr("password at Everyface was changed"));
}

TEST_P(AccountsTest, ALinkWorksOnceAndForSoLong) {
  ASSERT_TRUE(ask_to_join("ada@example.org").ok());
  const std::string token = mailed_token();
  EXPECT_EQ(code_of(accounts().choose_password(token, "short")), "password_short");
  EXPECT_TRUE(accounts().choose_password(token, kPassword).ok());
  EXPECT_EQ(code_of(accounts().choose_password(token, kPassword)), "link_invalid");
  EXPECT_EQ(code_of(accounts().look_at_link(token)), "link_invalid");
  EXPECT_EQ(code_of(accounts().look_at_link("nonsense")), "link_invalid");
  ASSERT_TRUE(ask_to_join("bob@example.org").ok());
  const std::string late = mailed_token();
  pass(people().settings.join_link_ms);
  EXPECT_EQ(code_of(accounts().choose_password(late, kPassword)), "link_invalid");
}

TEST_P(AccountsTest, ALinkUsedManyTimesAtOnceWorksOnce) {
  ASSERT_TRUE(ask_to_join("ada@example.org").ok());
  const std::string token = mailed_token();
  std::atomic<int> worked = 0;
  std::atomic<int> invalid = 0;
  at_once(6, [&](std::size_t) {
    const auto chosen = accounts().choose_password(token, kPassword);
    worked += chosen ? 1 : 0;
    invalid += code_of(chosen) == "link_invalid" ? 1 : 0;
  });
  EXPECT_EQ(worked, 1);
  EXPECT_EQ(invalid, 5);
}

TEST_P(AccountsTest, ManyLinksOfOneAddressUsedAtOnceMakeOneAccount) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(ask_to_join("ada@example.org").ok());
    tokens.push_back(mailed_token());
  }
  std::atomic<int> worked = 0;
  std::atomic<int> invalid = 0;
  at_once(tokens.size(), [&](std::size_t i) {
    const auto chosen = accounts().choose_password(tokens[i], kPassword);
    worked += chosen ? 1 : 0;
    invalid += code_of(chosen) == "link_invalid" ? 1 : 0;
    EXPECT_TRUE(chosen || code_of(chosen) == "link_invalid") << chosen.error().message;
  });
  EXPECT_EQ(worked, 1);
  EXPECT_EQ(invalid, 4);
  EXPECT_EQ(number(sql("SELECT COUNT(*) FROM accounts")), 1);
}

TEST_P(AccountsTest, MailsToOneAddressAreFew) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(ask_to_join("ada@example.org", "net " + std::to_string(i)).ok());
  }
  EXPECT_EQ(code_of(ask_to_join("ada@example.org", "net 9")), "too_many_attempts");
  EXPECT_EQ(code_of(accounts().request_reset({"ada@example.org", "en", "net 9"})),
            "too_many_attempts");
  EXPECT_EQ(mails().size(), 5U);
}

TEST_P(AccountsTest, RefusesWhatIsNoAddress) {
  for (const char* wrong : {"", "ada", "@example.org", "ada@", "ada@exa mple.org", "ada@-x.org",
                            "ada@x..org", "a\r\nb@x.org", "ä@example.org", "a@b@c"}) {
    EXPECT_EQ(code_of(ask_to_join(wrong)), "email_malformed") << wrong;
  }
  EXPECT_EQ(code_of(ask_to_join(std::string(65, 'a') + "@x.org")), "email_malformed");
  EXPECT_EQ(code_of(ask_to_join("a@" + std::string(64, 'b') + ".org")), "email_malformed");
}

TEST_P(AccountsTest, ChangingThePasswordKeepsThisSessionOnly) {
  joined("ada@example.org");
  const std::string other = sign_in("ada@example.org").value().token;
  const std::string mine = sign_in("ada@example.org").value().token;
  EXPECT_EQ(code_of(accounts().change_password(mine, "wrong", kOtherPassword)), "password_wrong");
  EXPECT_EQ(code_of(accounts().change_password(mine, kPassword, "short")), "password_short");
  EXPECT_EQ(code_of(accounts().change_password("none", kPassword, kOtherPassword)),
            "session_ended");
  const std::string renewed =
      accounts().change_password(mine, kPassword, kOtherPassword).value().token;
  EXPECT_FALSE(sessions().authenticate(other).value().has_value());
  EXPECT_FALSE(sessions().authenticate(mine).value().has_value());
  EXPECT_TRUE(sessions().authenticate(renewed).value().has_value());
  EXPECT_EQ(code_of(sign_in("ada@example.org", kPassword)), "sign_in_wrong");
  EXPECT_TRUE(sign_in("ada@example.org", kOtherPassword).ok());
  EXPECT_EQ(mails().size(), 1U);
}

TEST_P(AccountsTest, ChangingTheAddressIsConfirmedAtTheNewOneAndToldToTheOld) {
  const Uuid ada = joined("ada@example.org");
  EXPECT_EQ(code_of(accounts().request_email_change(ada, "wrong", {"new@example.org", "en", "n"})),
            "password_wrong");
  ASSERT_TRUE(accounts().request_email_change(ada, kPassword, {"new@example.org", "en", "n"}).ok());
  std::map<std::string, Mail> asked;
  for (Mail& mail : mails()) {
    asked[mail.recipient] = std::move(mail);
  }
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_THAT(asked["ada@example.org"].body, HasSubstr("Nothing has changed yet"));
  EXPECT_THAT(asked["ada@example.org"].body, Not(HasSubstr("token=")));
  const std::string token = token_in(asked["new@example.org"]);
  EXPECT_TRUE(sign_in("ada@example.org").ok());
  EXPECT_EQ(code_of(accounts().choose_password(token, kOtherPassword)),
            "link_invalid");  // this link is for something else
  ASSERT_TRUE(accounts().confirm_email_change(token).ok());
  EXPECT_EQ(code_of(accounts().confirm_email_change(token)), "link_invalid");
  EXPECT_EQ(code_of(sign_in("ada@example.org")), "sign_in_wrong");
  EXPECT_TRUE(sign_in("new@example.org").ok());
  const std::vector<Mail> told = mails();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().recipient, "ada@example.org");
}

TEST_P(AccountsTest, ATakenAddressIsToldOnlyToItsOwner) {
  const Uuid ada = joined("ada@example.org");
  joined("bob@example.org");
  ASSERT_TRUE(accounts().request_email_change(ada, kPassword, {"bob@example.org", "en", "n"}).ok());
  std::vector<Mail> sent = mails();
  std::erase_if(sent, [](const Mail& mail) { return mail.recipient == "ada@example.org"; });
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent.front().recipient, "bob@example.org");
  EXPECT_THAT(sent.front().body, HasSubstr("nothing was changed"));
  EXPECT_THAT(sent.front().body, Not(HasSubstr("token=")));
}

TEST_P(AccountsTest, AResetLinkDoesNotFollowToAnotherAddress) {
  const Uuid ada = joined("ada@example.org");
  ASSERT_TRUE(accounts().request_reset({"ada@example.org", "en", "net"}).ok());
  const std::string reset = mailed_token();
  ASSERT_TRUE(accounts().request_email_change(ada, kPassword, {"new@example.org", "en", "n"}).ok());
  ASSERT_TRUE(accounts().confirm_email_change(mailed_token("new@example.org")).ok());
  EXPECT_EQ(code_of(accounts().choose_password(reset, kOtherPassword)), "link_invalid");
}

/// Somebody who knew the password may have asked for a link to an address of their own.
TEST_P(AccountsTest, ANewPasswordEndsAChangeOfAddressThatWasAskedFor) {
  const Uuid ada = joined("ada@example.org");
  const auto ask_to_move = [&](const std::string& password) {
    EXPECT_TRUE(
        accounts().request_email_change(ada, password, {"eve@example.org", "en", "n"}).ok());
    return mailed_token("eve@example.org");
  };
  const std::string before_reset = ask_to_move(kPassword);
  ASSERT_TRUE(accounts().request_reset({"ada@example.org", "en", "net"}).ok());
  ASSERT_TRUE(accounts().choose_password(mailed_token(), kOtherPassword).ok());
  mails();
  EXPECT_EQ(code_of(accounts().confirm_email_change(before_reset)), "link_invalid");
  const std::string before_change = ask_to_move(kOtherPassword);
  const std::string session = sign_in("ada@example.org", kOtherPassword).value().token;
  ASSERT_TRUE(accounts().change_password(session, kOtherPassword, kPassword).ok());
  EXPECT_EQ(code_of(accounts().confirm_email_change(before_change)), "link_invalid");
  EXPECT_TRUE(sign_in("ada@example.org").ok());
}

TEST_P(AccountsTest, TheFirstAdministratorIsMadeByHand) {
  const Uuid root =
      accounts().create("root@example.org", kPassword, AccountRole::administrator, "en").value();
  EXPECT_EQ(account(root)->role, AccountRole::administrator);
  EXPECT_EQ(
      code_of(accounts().create("root@example.org", kPassword, AccountRole::administrator, "en")),
      "account_exists");
  EXPECT_EQ(code_of(accounts().create("other@example.org", "password1234",
                                      AccountRole::administrator, "en")),
            "password_weak");
}

TEST_P(AccountsTest, ARoleChangeEndsSessionsAndIsInTheLog) {
  const Uuid root =
      accounts().create("root@example.org", kPassword, AccountRole::administrator, "en").value();
  const Uuid ada = joined("ada@example.org");
  const std::string session = sign_in("ada@example.org").value().token;
  ASSERT_TRUE(accounts().set_role(root, ada, AccountRole::moderator).ok());
  EXPECT_FALSE(sessions().authenticate(session).value().has_value());
  const auto entries = audit::list_before(database(), std::nullopt, ada.text(), 1).value();
  EXPECT_EQ(entries.front().action, "account.role");
  EXPECT_EQ(entries.front().actor, root);
  EXPECT_EQ(entries.front().details, R"({"from":"contributor","to":"moderator"})");
  EXPECT_EQ(code_of(accounts().set_role(root, Uuid::make(), AccountRole::moderator)),
            "unknown_account");
}

TEST_P(AccountsTest, TheLastAdministratorStays) {
  const Uuid root =
      accounts().create("root@example.org", kPassword, AccountRole::administrator, "en").value();
  EXPECT_EQ(code_of(accounts().set_role(root, root, AccountRole::moderator)), "last_administrator");
  EXPECT_EQ(code_of(accounts().close(root)), "last_administrator");
  accounts().create("two@example.org", kPassword, AccountRole::administrator, "en").value();
  EXPECT_TRUE(accounts().close(root).ok());
}

TEST_P(AccountsTest, TwoAdministratorsWhoLeaveAtOnceDoNotBothLeave) {
  const Uuid admins[] = {
      accounts().create("one@example.org", kPassword, AccountRole::administrator, "en").value(),
      accounts().create("two@example.org", kPassword, AccountRole::administrator, "en").value()};
  at_once(2, [&](std::size_t i) {
    const auto closed = accounts().close(admins[i]);
    EXPECT_TRUE(closed || closed.error().code == "last_administrator");
  });
  EXPECT_EQ(list_accounts(database(), {}).value().size(), 1U);
}

TEST_P(AccountsTest, ClosingErasesThePersonAndKeepsTheKey) {
  const Uuid ada = joined("ada@example.org");
  const std::string session = sign_in("ada@example.org").value().token;
  const std::string token =
      create_api_token(database(), clock(), ada, "script", {"photos:read"}).value().token;
  for (const ConsentKind kind : kConsentKinds) {
    ASSERT_TRUE(
        give_consent(database(), clock(), ada, kind, current_consent_text(kind, "en").sha256).ok());
  }
  const Declaration said{{"roma-sinti"}, "woman", "25-34", "DE", 5, "Sinti from Hildesheim"};
  ASSERT_TRUE(declare(database(), clock(), DeclarationChoices::standard(), ada, said).ok());
  std::vector<ConsentKind> withdrawn;
  int closed = 0;
  people().on_withdrawal = [&](Transaction&, const Uuid&, ConsentKind kind) {
    withdrawn.push_back(kind);
    return Result<void>();
  };
  people().on_close = [&](Transaction&, const Uuid& account) {
    closed += account == ada ? 1 : 0;
    return Result<void>();
  };
  mails();
  ASSERT_TRUE(accounts().close(ada).ok());
  EXPECT_THAT(withdrawn, ElementsAre(ConsentKind::publication, ConsentKind::special_category,
                                     ConsentKind::templates));
  EXPECT_EQ(closed, 1);
  EXPECT_EQ(mails().front().recipient, "ada@example.org");
  EXPECT_FALSE(sessions().authenticate(session).value().has_value());
  EXPECT_FALSE(authenticate_api_token(database(), clock(), token).value().has_value());
  EXPECT_EQ(code_of(sign_in("ada@example.org")), "sign_in_wrong");
  EXPECT_TRUE(account(ada)->closed);
  EXPECT_EQ(account(ada)->email, "");
  const StoredDeclaration left = declarations_of(database(), ada).value().front();
  EXPECT_TRUE(left.declaration.groups.empty());
  EXPECT_EQ(left.declaration.gender + left.declaration.country + left.declaration.free_text, "");
  EXPECT_EQ(left.declaration.monk_tone, std::nullopt);
  EXPECT_EQ(code_of(accounts().close(ada)), "unknown_account");
  EXPECT_NE(joined("ada@example.org"), ada);  // one may come back, as somebody new
}

TEST_P(AccountsTest, AClosingThatCannotEraseThePhotosDoesNothing) {
  const Uuid ada = joined("ada@example.org");
  people().on_close = [](Transaction&, const Uuid&) -> Result<void> {
    return Error{"the photos are in the way"};
  };
  EXPECT_FALSE(accounts().close(ada).ok());
  EXPECT_TRUE(sign_in("ada@example.org").ok());
}

TEST_P(AccountsTest, ListsByPageAndRole) {
  std::vector<Uuid> ids;
  for (const char* name : {"a", "b", "c"}) {
    ids.push_back(joined(std::string(name) + "@example.org"));
  }
  ASSERT_TRUE(accounts().set_role(std::nullopt, ids[1], AccountRole::moderator).ok());
  ASSERT_TRUE(accounts().close(ids[2]).ok());
  const auto listed = [&](const AccountFilter& filter) {
    std::vector<Uuid> found;
    const auto accounts = list_accounts(database(), filter).value();
    for (const Account& account : accounts) {
      found.push_back(account.id);
    }
    return found;
  };
  EXPECT_THAT(listed({}), ElementsAre(ids[0], ids[1]));
  EXPECT_THAT(listed({.closed_too = true}), ElementsAre(ids[0], ids[1], ids[2]));
  EXPECT_THAT(listed({.role = AccountRole::moderator}), ElementsAre(ids[1]));
  EXPECT_THAT(listed({.limit = 1}), ElementsAre(ids[0]));
  EXPECT_THAT(listed({.after = ids[0]}), ElementsAre(ids[1]));
}

}  // namespace
}  // namespace everyface
