#include "commons/consent_texts.h"
#include "everyface/base/hash.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/consent.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConsentTest : public testing::PeopleTest {
 protected:
  Result<void> give(const Uuid& account, ConsentKind kind, std::string_view language = "en") {
    return give_consent(database(), clock(), account, kind,
                        current_consent_text(kind, language).sha256);
  }
  Result<void> withdraw(const Uuid& account, ConsentKind kind) {
    return withdraw_consent(database(), clock(), account, kind, people().on_withdrawal);
  }
  Consents now(const Uuid& account) {
    return database().read([&](Transaction& tx) { return consents_now(tx, account); }).value();
  }
};
EVERYFACE_ON_EVERY_DATABASE(ConsentTest);

TEST(PeopleConsentTexts, EveryKindIsThereInEveryLanguageWithItsDigest) {
  for (const ConsentKind kind : kConsentKinds) {
    for (const char* language : {"en", "de"}) {
      const ConsentText& text = current_consent_text(kind, language);
      EXPECT_EQ(text.language, language);
      EXPECT_EQ(text.sha256, sha256_hex(std::string(text.title) + "\n\n" + std::string(text.text)));
      EXPECT_EQ(newest_text_of_digest(kind, text.sha256), &text);
    }
    EXPECT_EQ(current_consent_text(kind, "xx").language, "en");
    EXPECT_EQ(consent_kind(consent_name(kind)), kind);
  }
  EXPECT_EQ(consent_kind("cookies"), std::nullopt);
}

TEST(PeopleConsentTexts, SayWhatMustBeSaid) {
  const std::string_view text = current_consent_text(ConsentKind::publication, "en").text;
  for (const char* said : {"18 or older", "What is published", "To whom", "Under which licence",
                           "What I am paid", "Withdrawing"}) {
    EXPECT_THAT(text, HasSubstr(said));
  }
  EXPECT_THAT(current_consent_text(ConsentKind::special_category, "de").text,
              HasSubstr("Artikel 9"));
  EXPECT_THAT(current_consent_text(ConsentKind::templates, "en").text, HasSubstr("encrypted"));
}

TEST_P(ConsentTest, EachIsGivenAndWithdrawnOnItsOwn) {
  const Uuid ada = joined("ada@example.org");
  EXPECT_FALSE(now(ada).enough_to_contribute());
  ASSERT_TRUE(give(ada, ConsentKind::publication).ok());
  EXPECT_TRUE(now(ada).publication);
  EXPECT_FALSE(now(ada).special_category || now(ada).templates);
  EXPECT_FALSE(now(ada).enough_to_contribute());
  ASSERT_TRUE(give(ada, ConsentKind::special_category).ok());
  EXPECT_TRUE(now(ada).enough_to_contribute());
  ASSERT_TRUE(give(ada, ConsentKind::templates).ok());
  ASSERT_TRUE(withdraw(ada, ConsentKind::templates).ok());
  EXPECT_TRUE(now(ada).enough_to_contribute());
  EXPECT_FALSE(now(ada).templates);
  ASSERT_TRUE(withdraw(ada, ConsentKind::special_category).ok());
  EXPECT_FALSE(now(ada).enough_to_contribute());
}

TEST_P(ConsentTest, IsRecordedWithTextAndTimes) {
  const Uuid ada = joined("ada@example.org");
  const std::int64_t given_ms = clock()();
  ASSERT_TRUE(give(ada, ConsentKind::publication, "de").ok());
  pass(kHourMs);
  ASSERT_TRUE(give(ada, ConsentKind::publication, "en").ok());  // again: changes nothing
  ASSERT_TRUE(withdraw(ada, ConsentKind::publication).ok());
  pass(kHourMs);
  ASSERT_TRUE(give(ada, ConsentKind::publication, "en").ok());
  const auto consents = consents_of(database(), ada).value();
  ASSERT_EQ(consents.size(), 2U);
  EXPECT_EQ(consents[0].version, 1);
  EXPECT_EQ(consents[0].language, "de");
  EXPECT_EQ(consents[0].text_sha256, current_consent_text(ConsentKind::publication, "de").sha256);
  EXPECT_EQ(consents[0].given_ms, given_ms);
  EXPECT_EQ(consents[0].withdrawn_ms, given_ms + kHourMs);
  EXPECT_EQ(consents[1].withdrawn_ms, std::nullopt);
  std::vector<std::string> actions;
  const auto entries = audit::list_before(database(), std::nullopt, ada.text(), 3).value();
  for (const auto& entry : entries) {
    actions.push_back(entry.action);
  }
  EXPECT_THAT(actions, ElementsAre("consent.give", "consent.withdraw", "consent.give"));
}

TEST_P(ConsentTest, ToATextThatWasNotShownIsNone) {
  const Uuid ada = joined("ada@example.org");
  EXPECT_EQ(code_of(give_consent(database(), clock(), ada, ConsentKind::publication, "")),
            "consent_outdated");
  EXPECT_EQ(code_of(give_consent(database(), clock(), ada, ConsentKind::publication,
                                 current_consent_text(ConsentKind::templates, "en").sha256)),
            "consent_outdated");
  EXPECT_FALSE(now(ada).publication);
}

TEST_P(ConsentTest, WithdrawingRunsTheHookInTheSameTransaction) {
  const Uuid ada = joined("ada@example.org");
  int calls = 0;
  people().on_withdrawal = [&](Transaction&, const Uuid&, ConsentKind) -> Result<void> {
    ++calls;
    return Error{"the photos are in the way"};
  };
  EXPECT_TRUE(withdraw(ada, ConsentKind::publication).ok());  // there is none
  EXPECT_EQ(calls, 0);
  ASSERT_TRUE(give(ada, ConsentKind::publication).ok());
  EXPECT_FALSE(withdraw(ada, ConsentKind::publication).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(now(ada).publication);
}

TEST_P(ConsentTest, GivenManyTimesAtOnceIsRecordedOnce) {
  const Uuid ada = joined("ada@example.org");
  at_once(5, [&](std::size_t) { EXPECT_TRUE(give(ada, ConsentKind::publication).ok()); });
  EXPECT_EQ(consents_of(database(), ada).value().size(), 1U);
}

TEST_P(ConsentTest, TheTextsAreKeptForTheRecordAndCannotChange) {
  at_once(3, [&](std::size_t) { EXPECT_TRUE(record_consent_texts(database(), clock()).ok()); });
  const ConsentText& text = current_consent_text(ConsentKind::publication, "en");
  const auto recorded = recorded_text(database(), text.sha256).value();
  ASSERT_TRUE(recorded.has_value());
  EXPECT_EQ(recorded->title, text.title);
  EXPECT_EQ(recorded->text, text.text);
  EXPECT_FALSE(recorded_text(database(), "nothing").value().has_value());
  const auto changed = database().transact([&](Transaction& tx) {
    return tx.execute(sql("UPDATE consent_texts SET sha256 = 'x' WHERE sha256 = :sha256"),
                      text.sha256);
  });
  ASSERT_EQ(changed.value(), 1);
  EXPECT_THAT(record_consent_texts(database(), clock()).error().message,
              HasSubstr("publication, version 1, en: the database has another text"));
}

}  // namespace
}  // namespace everyface
