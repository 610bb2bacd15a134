#include <set>

#include "everyface/base/random.h"
#include "everyface/commons/declaration.h"
#include "tests/commons/people_fixture.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Declaration ada_says() { return {{"south-asian"}, "woman", "25-34", "LK", 6, "Tamil"}; }

std::string refusal(const Declaration& declaration) {
  const auto checked = check_declaration(DeclarationChoices::standard(), declaration);
  return checked ? "" : checked.error().code;
}

TEST(PeopleChoices, EveryListEndsInPreferNotToSayInBothLanguages) {
  const DeclarationChoices& choices = DeclarationChoices::standard();
  for (const auto* list : {&choices.groups, &choices.genders, &choices.age_bands}) {
    EXPECT_EQ(list->back().code, kUndisclosed);
    for (const Choice& choice : *list) {
      EXPECT_NE(choice.label("en"), "") << choice.code;
      EXPECT_NE(choice.label("de"), "") << choice.code;
      EXPECT_EQ(choice.label("xx"), choice.label("en"));
    }
  }
}

TEST(PeopleChoices, ListsOfOnesOwnReplaceTheStandardOnes) {
  const auto choices = DeclarationChoices::parse(
      R"({"groups": [{"code": "sorbian", "labels": {"en": "Sorbian", "hsb": "Serbja"}}]})");
  ASSERT_TRUE(choices.ok()) << choices.error().message;
  ASSERT_EQ(choices->groups.size(), 2U);
  EXPECT_EQ(choices->groups.front().label("hsb"), "Serbja");
  EXPECT_EQ(choices->groups.back().code, kUndisclosed);
  EXPECT_EQ(choices->genders.size(), DeclarationChoices::standard().genders.size());
}

TEST(PeopleChoices, MistakesAreNamedByTheirField) {
  const auto problem = [](const char* json) {
    const auto choices = DeclarationChoices::parse(json);
    return choices ? "" : choices.error().message;
  };
  EXPECT_THAT(problem("["), HasSubstr("not a JSON object"));
  EXPECT_THAT(problem(R"({"tribes": []})"), HasSubstr("tribes: unknown"));
  EXPECT_THAT(problem(R"({"groups": 1})"), HasSubstr("groups: not a list"));
  EXPECT_THAT(problem(R"({"groups": [1]})"), HasSubstr("groups[0]: not an object"));
  EXPECT_THAT(problem(R"({"groups": [{"code": "A b", "labels": {"en": "x"}}]})"),
              HasSubstr("groups[0].code"));
  EXPECT_THAT(problem(R"({"groups": [{"code": "a", "labels": {"de": "x"}}]})"),
              HasSubstr("groups[0].labels"));
  EXPECT_THAT(problem(R"({"genders": [{"code": "a", "labels": {"en": ""}}]})"),
              HasSubstr("genders[0].labels.en"));
  EXPECT_THAT(problem(R"({"groups": [{"code": "a", "labels": {"en": "x"}},
                                     {"code": "a", "labels": {"en": "y"}}]})"),
              HasSubstr("\"a\" is there twice"));
}

TEST(PeopleCountries, HaveNamesInTheOrderOfTheLanguage) {
  const auto name_of = [](const std::vector<Country>& all, std::string_view code) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Country& country) { return country.code == code; });
    return found == all.end() ? "" : found->name;
  };
  const auto german = countries("de");
  EXPECT_GT(german.size(), 240U);
  EXPECT_EQ(name_of(german, "AT"), "Österreich");
  EXPECT_EQ(name_of(countries("en"), "AT"), "Austria");
  const auto place = [&](std::string_view code) {
    return std::find_if(german.begin(), german.end(),
                        [&](const Country& country) { return country.code == code; });
  };
  EXPECT_LT(place("OM"), place("AT"));  // Oman before Österreich …
  EXPECT_LT(place("AT"), place("PK"));  // … before Pakistan
}

TEST(PeopleDeclaration, TakesTheChoicesOfTheListsInTheirOrder) {
  Declaration said = ada_says();
  said.groups = {"european", "south-asian", "european"};
  said.free_text = "  Tamil and Scottish ";
  const Declaration checked = check_declaration(DeclarationChoices::standard(), said).value();
  EXPECT_THAT(checked.groups, ElementsAre("south-asian", "european"));
  EXPECT_EQ(checked.free_text, "Tamil and Scottish");
}

TEST(PeopleDeclaration, LetsPeopleNotSay) {
  EXPECT_EQ(refusal({{"undisclosed"}, "undisclosed", "undisclosed"}), "");
}

TEST(PeopleDeclaration, NamesWhatIsWrong) {
  const auto with = [](auto change) {
    Declaration said = ada_says();
    change(said);
    return refusal(said);
  };
  EXPECT_EQ(with([](Declaration&) {}), "");
  EXPECT_EQ(with([](Declaration& d) { d.groups.clear(); }), "declaration_groups");
  EXPECT_EQ(with([](Declaration& d) { d.groups = {"martian"}; }), "declaration_groups");
  EXPECT_EQ(with([](Declaration& d) { d.groups.emplace_back("undisclosed"); }),
            "declaration_groups");
  EXPECT_EQ(with([](Declaration& d) { d.gender = ""; }), "declaration_gender");
  EXPECT_EQ(with([](Declaration& d) { d.age_band = "0-17"; }), "declaration_age");
  EXPECT_EQ(with([](Declaration& d) { d.country = "XX"; }), "declaration_country");
  EXPECT_EQ(with([](Declaration& d) { d.country = "lk"; }), "declaration_country");
  EXPECT_EQ(with([](Declaration& d) { d.monk_tone = 0; }), "declaration_tone");
  EXPECT_EQ(with([](Declaration& d) { d.monk_tone = 11; }), "declaration_tone");
  EXPECT_EQ(with([](Declaration& d) { d.monk_tone.reset(); }), "");
  EXPECT_EQ(with([](Declaration& d) { d.free_text = "a\nb"; }), "declaration_text");
  EXPECT_EQ(with([](Declaration& d) { d.free_text = std::string(201, 'x'); }), "declaration_text");
}

TEST(PeopleDeclaration, CheckingTwiceChangesNothingMore) {
  Random random(7);
  const DeclarationChoices& choices = DeclarationChoices::standard();
  for (int round = 0; round < 300; ++round) {
    Declaration said{{}, "undisclosed", "35-44"};
    for (std::size_t n = random.below(6); n > 0; --n) {
      said.groups.push_back(choices.groups[random.below(choices.groups.size())].code);
    }
    said.gender = choices.genders[random.below(choices.genders.size())].code;
    if (random.below(2) == 0) {
      said.monk_tone = static_cast<int>(random.below(14)) - 2;
    }
    const auto once = check_declaration(choices, said);
    if (!once) {
      EXPECT_NE(once.error().code, "");
      continue;
    }
    const Declaration twice = check_declaration(choices, *once).value();
    EXPECT_EQ(twice.groups, once->groups);
    EXPECT_TRUE(std::set<std::string>(once->groups.begin(), once->groups.end()) ==
                std::set<std::string>(said.groups.begin(), said.groups.end()));
  }
}

class DeclarationTest : public testing::PeopleTest {
 protected:
  Result<Uuid> say(const Uuid& account, const Declaration& declaration) {
    return declare(database(), clock(), choices_, account, declaration);
  }
  Result<Uuid> correct(const Uuid& account, const Declaration& declaration) {
    return propose_correction(database(), clock(), choices_, account, declaration);
  }
  std::optional<StoredDeclaration> active(const Uuid& account) {
    return database()
        .read([&](Transaction& tx) { return active_declaration(tx, account); })
        .value();
  }
  DeclarationState state_of(const Uuid& declaration) {
    return database()
        .read([&](Transaction& tx) { return find_declaration(tx, declaration); })
        .value()
        ->state;
  }
  static Declaration corrected() {
    Declaration said = ada_says();
    said.groups = {"south-asian", "european"};
    return said;
  }
  const DeclarationChoices& choices_ = DeclarationChoices::standard();
};
EVERYFACE_ON_EVERY_DATABASE(DeclarationTest);

TEST_P(DeclarationTest, IsLockedOnceItIsMade) {
  const Uuid ada = joined("ada@example.org");
  EXPECT_FALSE(active(ada).has_value());
  EXPECT_EQ(code_of(correct(ada, corrected())), "declaration_missing");
  const Uuid id = say(ada, ada_says()).value();
  EXPECT_EQ(code_of(say(ada, corrected())), "declaration_locked");
  const StoredDeclaration stored = active(ada).value();
  EXPECT_EQ(stored.id, id);
  EXPECT_EQ(stored.account, ada);
  EXPECT_THAT(stored.declaration.groups, ElementsAre("south-asian"));
  EXPECT_EQ(stored.declaration.monk_tone, 6);
  EXPECT_EQ(stored.declaration.free_text, "Tamil");
  EXPECT_EQ(stored.submitted_ms, clock()());
}

TEST_P(DeclarationTest, MadeManyTimesAtOnceIsMadeOnce) {
  const Uuid ada = joined("ada@example.org");
  std::atomic<int> made = 0;
  at_once(5, [&](std::size_t) { made += say(ada, ada_says()) ? 1 : 0; });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(declarations_of(database(), ada).value().size(), 1U);
}

TEST_P(DeclarationTest, ACorrectionAppliesOnceAnotherPersonAcceptsIt) {
  const Uuid ada = joined("ada@example.org");
  const Uuid moderator = joined("mo@example.org");
  const Uuid first = say(ada, ada_says()).value();
  EXPECT_EQ(code_of(correct(ada, ada_says())), "declaration_same");
  const Uuid correction = correct(ada, corrected()).value();
  EXPECT_EQ(active(ada)->id, first);
  EXPECT_EQ(waiting_corrections(database(), 10).value().front().id, correction);
  EXPECT_EQ(code_of(review_correction(database(), clock(), ada, correction, true)), "not_allowed");
  pass(kHourMs);
  ASSERT_TRUE(review_correction(database(), clock(), moderator, correction, true).ok());
  EXPECT_EQ(active(ada)->id, correction);
  EXPECT_EQ(active(ada)->reviewed_ms, clock()());
  EXPECT_TRUE(waiting_corrections(database(), 10).value().empty());
  // What was submitted under the first one still finds it as it was.
  EXPECT_EQ(state_of(first), DeclarationState::superseded);
  EXPECT_EQ(code_of(review_correction(database(), clock(), moderator, correction, false)),
            "declaration_reviewed");
}

TEST_P(DeclarationTest, ARefusedCorrectionChangesNothing) {
  const Uuid ada = joined("ada@example.org");
  const Uuid moderator = joined("mo@example.org");
  const Uuid first = say(ada, ada_says()).value();
  const Uuid correction = correct(ada, corrected()).value();
  ASSERT_TRUE(review_correction(database(), clock(), moderator, correction, false).ok());
  EXPECT_EQ(active(ada)->id, first);
  EXPECT_EQ(state_of(correction), DeclarationState::refused);
}

TEST_P(DeclarationTest, ANewerCorrectionReplacesOneThatWaits) {
  const Uuid ada = joined("ada@example.org");
  const Uuid moderator = joined("mo@example.org");
  say(ada, ada_says()).value();
  const Uuid one = correct(ada, corrected()).value();
  Declaration other = corrected();
  other.country = "GB";
  const Uuid two = correct(ada, other).value();
  const auto waiting = waiting_corrections(database(), 10).value();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting.front().id, two);
  EXPECT_EQ(code_of(review_correction(database(), clock(), moderator, one, true)),
            "declaration_reviewed");
}

TEST_P(DeclarationTest, ReviewedByTwoAtOnceIsReviewedOnce) {
  const Uuid ada = joined("ada@example.org");
  const Uuid moderators[] = {joined("mo@example.org"), joined("mu@example.org")};
  say(ada, ada_says()).value();
  const Uuid correction = correct(ada, corrected()).value();
  std::atomic<int> reviewed = 0;
  at_once(2, [&](std::size_t i) {
    reviewed += review_correction(database(), clock(), moderators[i], correction, i == 0) ? 1 : 0;
  });
  EXPECT_EQ(reviewed, 1);
  int active_ones = 0;
  const auto all = declarations_of(database(), ada).value();
  for (const StoredDeclaration& stored : all) {
    active_ones += stored.state == DeclarationState::active ? 1 : 0;
  }
  EXPECT_EQ(active_ones, 1);
}

}  // namespace
}  // namespace everyface
