#include "everyface/commons/moderation.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "everyface/commons/audit_log.h"
#include "tests/commons/commons_house.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using testing::code_of;
using testing::drawn_photo;
using ::testing::HasSubstr;
using testing::House;
using ::testing::IsEmpty;
using testing::must;
using ::testing::SizeIs;

class ModerationTest : public testing::OnEveryDatabase {
 protected:
  static std::vector<ReviewItem> queue(House& house, const Uuid& moderator,
                                       const QueueFilter& filter = {}) {
    return must(house.moderation.queue(moderator, filter));
  }
};
EVERYFACE_ON_EVERY_DATABASE(ModerationTest);

TEST_P(ModerationTest, TwoModeratorsApprove) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  const Uuid first = house.moderator();
  must(house.approve(first, photo, 5));
  EXPECT_EQ(house.state(ada, photo), PhotoState::kPending);
  EXPECT_EQ(code_of(house.approve(first, photo)), "not_found") << "one person is not two";
  EXPECT_THAT(queue(house, first), IsEmpty());
  house.now_ms += 1000;
  must(house.approve(house.moderator(), photo, 3));
  const MyPhoto mine = must(house.photos.find(ada, photo));
  EXPECT_EQ(mine.state, PhotoState::kApproved);
  EXPECT_EQ(mine.quality, 3) << "what both found at least";
  EXPECT_EQ(mine.decided_ms, house.now_ms);
  EXPECT_EQ(code_of(house.approve(house.moderator(), photo)), "not_found") << "it is decided";
}

TEST_P(ModerationTest, NobodyJudgesTheirOwnPhotoOrWithoutTheRole) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  EXPECT_EQ(code_of(house.approve(ada, photo)), "not_allowed");
  EXPECT_EQ(code_of(house.moderation.queue(ada, {})), "not_allowed");
  EXPECT_EQ(code_of(house.moderation.counts(ada)), "not_allowed");
  EXPECT_EQ(code_of(house.moderation.image(ada, house.code(photo), PhotoSize::kFull)),
            "not_allowed");
  house.change(sql("UPDATE accounts SET role = 'moderator' WHERE id = :id"), ada);
  EXPECT_THAT(queue(house, ada), IsEmpty());
  EXPECT_EQ(code_of(house.moderation.item(ada, house.code(photo))), "not_found");
  EXPECT_EQ(code_of(house.approve(ada, photo)), "not_found");
  EXPECT_EQ(code_of(house.moderation.image(ada, house.code(photo), PhotoSize::kFull)), "not_found");
  EXPECT_EQ(must(house.moderation.counts(ada)).first_round, 0);
}

TEST_P(ModerationTest, ARoleTakenAwayOrAClosedAccountCountsNoLonger) {
  House house(open(), folder());
  const Uuid photo = house.submit(house.contributor(), 1);
  const Uuid moderator = house.moderator();
  ASSERT_THAT(queue(house, moderator), SizeIs(1));
  house.change(sql("UPDATE accounts SET role = 'contributor' WHERE id = :id"), moderator);
  EXPECT_EQ(code_of(house.approve(moderator, photo)), "not_allowed");
  const Uuid gone = house.moderator();
  house.change(sql("UPDATE accounts SET closed_ms = 1 WHERE id = :id"), gone);
  EXPECT_EQ(code_of(house.approve(gone, photo)), "not_allowed");
}

TEST_P(ModerationTest, TwoWhoApproveAtOnceAreBothCounted) {
  House house(open(), folder());
  House second(open(), folder());
  const Uuid ada = house.contributor();
  for (int round = 0; round < 8; ++round) {
    const Uuid photo = house.submit(ada, round);
    const Uuid one = house.moderator();
    const Uuid two = house.moderator();
    std::thread other([&] { must(second.approve(two, photo)); });
    must(house.approve(one, photo));
    other.join();
    EXPECT_EQ(house.state(ada, photo), PhotoState::kApproved);
  }
  EXPECT_TRUE(audit::verify(house.database).ok());
}

TEST_P(ModerationTest, OneWhoApprovesWhileAnotherRejectsIsTooLateOrFirst) {
  House house(open(), folder());
  House second(open(), folder());
  const Uuid ada = house.contributor();
  for (int round = 0; round < 8; ++round) {
    const Uuid photo = house.submit(ada, round);
    must(house.approve(house.moderator(), photo));
    const Uuid one = house.moderator();
    const Uuid two = house.moderator();
    std::string approved;
    std::thread other([&] { approved = code_of(second.approve(two, photo)); });
    const std::string rejected = code_of(house.reject(one, photo));
    other.join();
    const PhotoState state = house.state(ada, photo);
    EXPECT_EQ(state, rejected.empty() ? PhotoState::kRejected : PhotoState::kApproved);
    EXPECT_EQ((std::set<std::string>{approved, rejected}), (std::set<std::string>{"", "not_found"}))
        << "only one of them decides";
  }
}

TEST_P(ModerationTest, AWithdrawalWhileSomebodyApprovesIsKept) {
  House house(open(), folder());
  House second(open(), folder());
  const Uuid ada = house.contributor();
  for (int round = 0; round < 5; ++round) {
    const Uuid photo = house.submit(ada, round);
    must(house.approve(house.moderator(), photo));
    const Uuid moderator = house.moderator();
    const std::string code = house.code(photo);
    std::thread other([&] {
      static_cast<void>(
          second.moderation.review(moderator, code, {.verdict = Verdict::kApprove, .quality = 3}));
    });
    must(house.photos.withdraw(ada, photo));
    other.join();
    EXPECT_EQ(house.state(ada, photo), PhotoState::kWithdrawn);
  }
}

TEST_P(ModerationTest, ARejectionSaysWhyAndCanBeAppealedOnce) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  const Uuid first = house.moderator();
  EXPECT_EQ(code_of(house.moderation.appeal(ada, photo, "please")), "not_rejected");
  must(house.reject(first, photo, "unclear"));
  MyPhoto mine = must(house.photos.find(ada, photo));
  EXPECT_EQ(mine.state, PhotoState::kRejected);
  EXPECT_EQ(mine.reason, "unclear");
  EXPECT_EQ(mine.words, "too blurred");
  EXPECT_TRUE(mine.may_appeal);
  EXPECT_EQ(code_of(house.moderation.appeal(house.contributor(), photo, "mine")), "not_found");
  must(house.moderation.appeal(ada, photo, "it is sharp"));
  mine = must(house.photos.find(ada, photo));
  EXPECT_EQ(mine.state, PhotoState::kPending);
  EXPECT_TRUE(mine.in_appeal);
  EXPECT_FALSE(mine.may_appeal);
  EXPECT_EQ(mine.reason, "");
  EXPECT_THAT(queue(house, first), IsEmpty()) << "others judge an appeal";
  const Uuid second = house.moderator();
  const auto appeals = queue(house, second, {.kind = QueueFilter::Kind::kAppeals});
  ASSERT_THAT(appeals, SizeIs(1));
  EXPECT_EQ(appeals[0].round, 2);
  EXPECT_EQ(appeals[0].appeal, "it is sharp");
  EXPECT_THAT(queue(house, second, {.kind = QueueFilter::Kind::kFirstRound}), IsEmpty());
  EXPECT_EQ(must(house.moderation.counts(second)).appeals, 1);
  must(house.reject(second, photo, "covered"));
  mine = must(house.photos.find(ada, photo));
  EXPECT_EQ(mine.reason, "covered");
  EXPECT_FALSE(mine.may_appeal);
  EXPECT_EQ(code_of(house.moderation.appeal(ada, photo, "again")), "appealed_already");
}

TEST_P(ModerationTest, AnAppealNeedsTwoApprovalsOfItsOwn) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  must(house.approve(house.moderator(), photo));
  must(house.reject(house.moderator(), photo));
  must(house.moderation.appeal(ada, photo, ""));
  must(house.approve(house.moderator(), photo));
  EXPECT_EQ(house.state(ada, photo), PhotoState::kPending);
  must(house.approve(house.moderator(), photo));
  EXPECT_EQ(house.state(ada, photo), PhotoState::kApproved);
}

TEST_P(ModerationTest, WhatIsEscalatedIsForAdministrators) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid photo = house.submit(ada, 1);
  const ReviewInput doubt{.verdict = Verdict::kEscalate, .words = "is this a child?"};
  must(house.moderation.review(house.moderator(), house.code(photo), doubt));
  EXPECT_EQ(house.state(ada, photo), PhotoState::kEscalated);
  const Uuid moderator = house.moderator();
  EXPECT_THAT(queue(house, moderator), IsEmpty());
  EXPECT_THAT(queue(house, moderator, {.kind = QueueFilter::Kind::kEscalated}), IsEmpty());
  EXPECT_EQ(code_of(house.approve(moderator, photo)), "not_found");
  EXPECT_EQ(must(house.moderation.counts(moderator)).escalated, 0);
  const Uuid administrator = house.administrator();
  const auto items = queue(house, administrator, {.kind = QueueFilter::Kind::kEscalated});
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].escalation, "is this a child?");
  EXPECT_TRUE(items[0].escalated);
  EXPECT_EQ(must(house.moderation.counts(administrator)).escalated, 1);
  EXPECT_EQ(code_of(house.moderation.review(administrator, house.code(photo), doubt)),
            "invalid_verdict");
  must(house.approve(administrator, photo));
  EXPECT_EQ(house.state(ada, photo), PhotoState::kPending) << "nothing is published on one word";
  must(house.approve(moderator, photo));
  EXPECT_EQ(house.state(ada, photo), PhotoState::kApproved);
}

TEST_P(ModerationTest, VerdictsAreChecked) {
  House house(open(), folder());
  const Uuid photo = house.submit(house.contributor(), 1);
  const Uuid moderator = house.moderator();
  const auto judged = [&](const ReviewInput& input) {
    return code_of(house.moderation.review(moderator, house.code(photo), input));
  };
  EXPECT_EQ(judged({.verdict = Verdict::kApprove, .quality = 0}), "invalid_verdict");
  EXPECT_EQ(judged({.verdict = Verdict::kApprove, .quality = 6}), "invalid_verdict");
  EXPECT_EQ(judged({.verdict = Verdict::kReject}), "invalid_verdict");
  EXPECT_EQ(judged({.verdict = Verdict::kReject, .reason = "ugly"}), "invalid_verdict");
  EXPECT_EQ(judged({.verdict = Verdict::kReject, .reason = "other"}), "invalid_verdict");
  EXPECT_EQ(judged({.verdict = Verdict::kEscalate}), "invalid_verdict");
  EXPECT_EQ(judged({.verdict = Verdict::kReject,
                    .reason = "screen",
                    .words = std::string(kMaxWords + 1, 'x')}),
            "invalid_verdict");
  EXPECT_EQ(house.count(sql("SELECT COUNT(*) FROM reviews")), 0);
  EXPECT_EQ(code_of(house.moderation.review(moderator, "no-such-code",
                                            {.verdict = Verdict::kApprove, .quality = 3})),
            "not_found");
}

TEST_P(ModerationTest, SignalsAreShownAndFiltered) {
  House house(open(), folder(), {.moderation = {.gold_share = 0, .new_account_days = 7}});
  const Uuid old = house.contributor();
  const Uuid older = house.contributor();
  house.now_ms += 8 * kDayMs;
  const Uuid fresh = house.contributor();
  const Uuid plain = house.submit(old, 1, "192.0.2.1");
  PreparedPhoto edited = drawn_photo(2);
  edited.camera = false;
  edited.software = "GIMP 2.10";
  const Uuid odd = must(house.photos.submit(old, edited, "192.0.2.2"));
  const Uuid shared = house.submit(older, 3, "192.0.2.9");
  const Uuid fresh_one = house.submit(fresh, 4, "192.0.2.9");
  const Uuid moderator = house.moderator();
  const auto signals = [&](const Uuid& photo) {
    return must(house.moderation.item(moderator, house.code(photo))).signals;
  };
  EXPECT_FALSE(signals(plain).any());
  EXPECT_TRUE(signals(odd).no_camera_data);
  EXPECT_TRUE(signals(odd).edited);
  EXPECT_TRUE(signals(fresh_one).new_account);
  EXPECT_FALSE(signals(shared).new_account);
  EXPECT_EQ(signals(fresh_one).accounts_on_network, 1);
  EXPECT_EQ(signals(shared).accounts_on_network, 1);
  EXPECT_THAT(queue(house, moderator), SizeIs(4));
  EXPECT_THAT(queue(house, moderator, {.with_signals = true}), SizeIs(3));
  EXPECT_THAT(queue(house, moderator, {.limit = 2}), SizeIs(2));
  EXPECT_EQ(queue(house, moderator)[0].code, house.code(plain)) << "the oldest first";
}

TEST_P(ModerationTest, APhotoThatIsResembledCanBeSeenWhileTheOtherIsJudged) {
  House house(open(), folder());
  const Uuid earlier = house.approved(house.contributor(), 1);
  const Uuid later = house.submit(house.contributor(), 1);
  const Uuid moderator = house.moderator();
  const auto item = must(house.moderation.item(moderator, house.code(later)));
  ASSERT_THAT(item.signals.duplicates, ::testing::Not(IsEmpty()));
  EXPECT_EQ(item.signals.duplicates[0].other, house.code(earlier));
  EXPECT_TRUE(house.moderation.image(moderator, house.code(earlier), PhotoSize::kFull).ok());
  const Uuid unrelated = house.approved(house.contributor(), 2);
  EXPECT_EQ(code_of(house.moderation.image(moderator, house.code(unrelated), PhotoSize::kFull)),
            "not_found");
  must(house.approve(moderator, later));
  EXPECT_EQ(code_of(house.moderation.image(moderator, house.code(earlier), PhotoSize::kFull)),
            "not_found")
      << "there is no reason to look any more";
}

TEST_P(ModerationTest, GoldItemsLookLikeOthersAndAreAnsweredOnce) {
  House house(open(), folder(), {.moderation = {.gold_share = 0.5}});
  const Uuid administrator = house.administrator();
  for (int i = 0; i < 3; ++i) {
    must(house.moderation.add_gold(administrator, drawn_photo(100 + i),
                                   {.verdict = Verdict::kReject, .reason = "screen"}));
  }
  const Uuid ada = house.contributor();
  std::set<std::string> real;
  for (int i = 0; i < 6; ++i) {
    real.insert(house.code(house.submit(ada, i)));
    house.now_ms += 1000;
  }
  const Uuid moderator = house.moderator();
  const auto items = queue(house, moderator);
  EXPECT_THAT(items, SizeIs(9));
  EXPECT_EQ(must(house.moderation.counts(moderator)).first_round, 9) << "counts do not tell either";
  EXPECT_THAT(queue(house, administrator), SizeIs(6)) << "who added them knows them";
  for (std::size_t i = 1; i < items.size(); ++i) {
    EXPECT_LE(items[i - 1].submitted_ms, items[i].submitted_ms) << "times do not tell";
    EXPECT_EQ(items[i].code.size(), items[0].code.size());
  }
  std::vector<std::string> again;
  for (const ReviewItem& item : queue(house, moderator)) {
    again.push_back(item.code);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].code, again[i]) << "the same order each time";
    if (!real.contains(items[i].code)) {
      EXPECT_TRUE(house.moderation.image(moderator, items[i].code, PhotoSize::kThumbnail).ok());
      must(house.moderation.review(moderator, items[i].code,
                                   {.verdict = Verdict::kReject, .reason = "screen"}));
      EXPECT_EQ(code_of(house.moderation.review(moderator, items[i].code,
                                                {.verdict = Verdict::kReject, .reason = "screen"})),
                "not_found");
    }
  }
  EXPECT_THAT(queue(house, moderator), SizeIs(6));
  const auto statistics = must(house.moderation.statistics(administrator));
  EXPECT_EQ(statistics.moderators.at(moderator).gold_answered, 3);
  EXPECT_EQ(statistics.moderators.at(moderator).gold_right, 3);
  EXPECT_EQ(code_of(house.moderation.add_gold(moderator, drawn_photo(1),
                                              {.verdict = Verdict::kApprove, .quality = 3})),
            "not_allowed");
}

// Two moderators over four photos: both approve two, both reject... a rejection decides, so they
// differ in one that the first approves and the second rejects. Units: (a a), (a a), (a r). Values
// a 5, r 1 of 6. Observed 2/6; expected 1 - 20/30 = 1/3; alpha 0.
TEST_P(ModerationTest, AgreementIsThatOfTheReviews) {
  House house(open(), folder());
  const Uuid ada = house.contributor();
  const Uuid one = house.moderator();
  const Uuid two = house.moderator();
  for (int i = 0; i < 2; ++i) {
    const Uuid photo = house.submit(ada, i);
    must(house.approve(one, photo));
    must(house.approve(two, photo));
  }
  const Uuid disputed = house.submit(ada, 2);
  must(house.approve(one, disputed));
  must(house.reject(two, disputed));
  must(house.moderation.review(one, house.code(house.submit(ada, 3)),
                               {.verdict = Verdict::kEscalate, .words = "?"}));
  const auto statistics = must(moderation_statistics(house.database));
  EXPECT_NEAR(statistics.agreement.alpha.value(), 0, 1e-12);
  EXPECT_EQ(statistics.agreement.units, 3U);
  EXPECT_EQ(statistics.moderators.at(one).approved, 3);
  EXPECT_EQ(statistics.moderators.at(one).escalated, 1);
  EXPECT_EQ(statistics.moderators.at(two).rejected, 1);
  EXPECT_EQ(code_of(house.moderation.statistics(one)), "not_allowed");
}

TEST_P(ModerationTest, EveryVerdictIsInTheAuditLog) {
  House house(open(), folder());
  const Uuid photo = house.submit(house.contributor(), 1);
  const Uuid moderator = house.moderator();
  must(house.reject(moderator, photo, "screen"));
  const auto entries = must(audit::list_before(house.database, std::nullopt, photo.text(), 10));
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].action, "photo.reject");
  EXPECT_EQ(entries[0].actor, moderator);
  EXPECT_THAT(entries[0].details, HasSubstr("screen"));
  EXPECT_THAT(entries[0].details, ::testing::Not(HasSubstr("blurred"))) << "no words of people";
}

}  // namespace
}  // namespace everyface
