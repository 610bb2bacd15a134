#include "everyface/money/rewards.h"

#include <gmock/gmock.h>

#include "everyface/commons/declaration.h"
#include "everyface/money/bookings.h"
#include "everyface/money/ledger.h"
#include "everyface/money/transparency.h"
#include "tests/commons/commons_house.h"
#include "tests/commons/unpack.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using ledger::AccountKind;
using testing::code_of;
using testing::House;
using testing::must;

const Asset kEuro{"EUR", 2};
constexpr std::int64_t kDay = 24 * kHourMs;

class RewardsTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    house_ = std::make_unique<House>(open(), folder());
    settings_.rules.targets = {{"african", 1}, {"south-asian", 1}};
    settings_.rules.most_share = 1;
    settings_.rules.most_multiplier = 4;
  }

  House& house() { return *house_; }

  void receive(std::int64_t amount, const std::string& reference) {
    must(house().database.transact([&](Transaction& tx) {
      return book_income(tx, {.amount = amount, .reference = reference}, house().now_ms);
    }));
  }
  void cut() {
    house().now_ms += kDay;
    must(house().releases.cut(std::nullopt, ""));
    house().now_ms += kDay;
  }
  std::int64_t reward() {
    return must(reward_releases(house().database, house().now_ms, settings_));
  }
  std::int64_t balance(AccountKind kind, const Uuid& owner = {}) {
    return must(house().database.read([&](Transaction& tx) {
      return ledger::balance(tx, {kind, owner, kEuro});
    }));
  }
  std::int64_t raised() {
    return must(watch_declarations(house().database, house().now_ms, settings_));
  }
  Result<void> decide(const Uuid& by, const std::string& outcome) {
    const auto alarms = must(list_alarms(house().database));
    return decide_alarm(house().database, house().now_ms, settings_, by, alarms.front().id, outcome,
                        "looked at it");
  }
  /// People of one group declare, one a minute.
  void declare_many(int people, const std::string& group) {
    for (int i = 0; i < people; ++i) {
      house().now_ms += kMinuteMs;
      house().contributor({group});
    }
  }

  std::unique_ptr<House> house_;
  RewardSettings settings_;
};
EVERYFACE_ON_EVERY_DATABASE(RewardsTest);

TEST_P(RewardsTest, ThePoolIsSplitOverNewPhotosOnce) {
  const Uuid ada = house().contributor({"african"});
  const Uuid bob = house().contributor({"south-asian"});
  house().approved(ada, 1);
  house().approved(ada, 2);
  house().approved(bob, 3);
  receive(9'000, "a");
  EXPECT_EQ(reward(), 0) << "nothing is published yet";
  cut();
  EXPECT_EQ(reward(), 1);
  EXPECT_EQ(reward(), 0);
  EXPECT_EQ(balance(AccountKind::kVested, ada), -3'000) << "half the pool, two photos of three";
  EXPECT_EQ(balance(AccountKind::kVested, bob), -1'500);
  EXPECT_EQ(balance(AccountKind::kPool), -4'500);
  house().approved(bob, 4);
  cut();
  EXPECT_EQ(reward(), 1);
  EXPECT_EQ(balance(AccountKind::kVested, ada), -3'000) << "photos of old releases are paid";
  EXPECT_EQ(balance(AccountKind::kVested, bob), -1'500 - 2'250);
  EXPECT_TRUE(ledger::verify(house().database).ok());
  const auto mine = must(rewards_of(house().database, bob));
  ASSERT_EQ(mine.size(), 2U);
  EXPECT_EQ(mine.front().release, "1.1");
  EXPECT_EQ(mine.front().amount, 2'250);
  EXPECT_EQ(mine.back().band, "usual");
  EXPECT_FALSE(mine.back().pending);
}

TEST_P(RewardsTest, RarerGroupsGetMoreByTheReleaseBefore) {
  settings_.rules.prior_people = 1;
  for (int i = 0; i < 9; ++i) {
    house().approved(house().contributor({"south-asian"}), i);
  }
  cut();
  reward();
  const Uuid ada = house().contributor({"african"});
  const Uuid bob = house().contributor({"south-asian"});
  house().approved(ada, 20);
  house().approved(bob, 21);
  receive(10'000, "a");
  cut();
  reward();
  // s = (0 + 1/2) / (9 + 1), t / s = 10: bounded by 4.
  EXPECT_EQ(balance(AccountKind::kVested, ada), -4'000);
  EXPECT_EQ(balance(AccountKind::kVested, bob), -1'000);
  EXPECT_EQ(must(rewards_of(house().database, ada)).front().band, "high");
  const auto published = must(list_release_rewards(house().database));
  EXPECT_DOUBLE_EQ(published.front().weights.at("african"), 4);
}

TEST_P(RewardsTest, WithdrawalTakesNothingBackAndPoorPhotosGetNothing) {
  const Uuid ada = house().contributor();
  const Uuid photo = house().approved(ada, 1);
  const Uuid bob = house().contributor();
  const Uuid poor = house().submit(bob, 2);
  must(house().approve(house().moderator(), poor, 1));
  must(house().approve(house().moderator(), poor, 5));
  receive(1'000, "a");
  cut();
  must(house().photos.withdraw(ada, photo));
  reward();
  EXPECT_EQ(balance(AccountKind::kVested, ada), -500) << "it was in the release";
  EXPECT_EQ(balance(AccountKind::kVested, bob), 0) << "the lower of both qualities counts";
}

TEST_P(RewardsTest, ANewDeclarationChangesNoReward) {
  settings_.rules.prior_people = 1;
  for (int i = 0; i < 9; ++i) {
    house().approved(house().contributor({"south-asian"}), i);
  }
  cut();
  reward();
  const Uuid ada = house().contributor({"south-asian"});
  house().approved(ada, 20);
  const Uuid bob = house().contributor({"south-asian"});
  house().approved(bob, 21);
  house().now_ms += kMinuteMs;
  const Uuid correction =
      must(propose_correction(house().database, house().clock, DeclarationChoices::standard(), ada,
                              {.groups = {"african"}, .gender = "woman", .age_band = "25-34"}));
  must(review_correction(house().database, house().clock, house().moderator(), correction, true));
  receive(10'000, "a");
  cut();
  reward();
  EXPECT_EQ(balance(AccountKind::kVested, ada), balance(AccountKind::kVested, bob))
      << "the photo was sent under the old declaration";
  const std::int64_t before = balance(AccountKind::kVested, ada);
  house().approved(bob, 22);
  cut();
  reward();
  EXPECT_EQ(balance(AccountKind::kVested, ada), before) << "nor is anything of the past raised";
}

TEST_P(RewardsTest, NoOneGetsMoreThanTheCap) {
  settings_.rules.most_share = 0.1;
  const Uuid ada = house().contributor();
  house().approved(ada, 1);
  receive(1'000, "a");
  cut();
  reward();
  EXPECT_EQ(balance(AccountKind::kVested, ada), -50);
  EXPECT_EQ(balance(AccountKind::kPool), -950) << "the rest stays";
}

TEST_P(RewardsTest, AreInTheCopyOfOnesOwnData) {
  const Uuid ada = house().contributor();
  house().approved(ada, 1);
  receive(1'000, "a");
  cut();
  reward();
  std::string archive;
  must(export_account(ada, {rewards_export(house().database, house().clock)},
                      [&](std::string_view bytes) {
                        archive += bytes;
                        return Result<void>();
                      }));
  must(write_file_atomic(folder() / "mine.zip", archive));
  const auto file = testing::unpacked(folder() / "mine.zip").front();
  EXPECT_EQ(file.name, "rewards.json");
  EXPECT_THAT(file.content, ::testing::HasSubstr("\"amount\": \"5.00 EUR\""));
  EXPECT_THAT(file.content, ::testing::HasSubstr("\"vested\": \"5.00 EUR\""));
}

TEST_P(RewardsTest, ClosedAccountsAreLeftOut) {
  const Uuid ada = house().contributor();
  house().approved(ada, 1);
  const Uuid bob = house().contributor();
  house().approved(bob, 2);
  receive(1'000, "a");
  cut();
  house().change(sql("UPDATE accounts SET closed_ms = :now WHERE id = :account"), house().now_ms,
                 ada);
  reward();
  EXPECT_EQ(balance(AccountKind::kVested, ada), 0);
  EXPECT_EQ(balance(AccountKind::kVested, bob), -500);
}

TEST_P(RewardsTest, AJumpOfAGroupHoldsRewardsUntilSomebodyHasLooked) {
  const Uuid boss = house().administrator();
  declare_many(95, "south-asian");
  declare_many(5, "african");
  const Uuid ada = house().contributor({"south-asian"});
  house().approved(ada, 1);
  receive(1'000, "a");
  cut();
  reward();
  EXPECT_EQ(raised(), 0);
  declare_many(30, "african");
  EXPECT_EQ(raised(), 1);
  EXPECT_EQ(raised(), 0) << "once";
  const auto alarm = must(list_alarms(house().database)).front();
  EXPECT_EQ(alarm.group, "african");
  EXPECT_EQ(alarm.evidence.since_group, 30);
  EXPECT_EQ(alarm.outcome, "open");
  house().approved(ada, 2);
  cut();
  reward();
  EXPECT_EQ(balance(AccountKind::kPending, ada), -250);
  EXPECT_TRUE(must(rewards_of(house().database, ada)).front().pending);

  EXPECT_EQ(code_of(decide(ada, "cleared")), "not_allowed");
  EXPECT_EQ(code_of(decide(boss, "guilty")), "alarm_outcome");
  must(decide(boss, "cleared"));
  EXPECT_EQ(code_of(decide(boss, "even")), "alarm_decided");
  EXPECT_EQ(balance(AccountKind::kPending, ada), 0);
  EXPECT_EQ(balance(AccountKind::kVested, ada), -750);
  EXPECT_TRUE(ledger::verify(house().database).ok());
}

TEST_P(RewardsTest, WhereWeightsCannotBeTrustedTheSameMoneyIsSplitEvenly) {
  settings_.rules.prior_people = 1;
  const Uuid boss = house().administrator();
  declare_many(99, "south-asian");
  const Uuid bob = house().contributor({"south-asian"});
  house().approved(bob, 1);
  cut();
  reward();
  const Uuid ada = house().contributor({"african"});
  declare_many(30, "african");
  ASSERT_EQ(raised(), 1);
  house().approved(ada, 2);
  house().approved(bob, 3);
  receive(2'000, "a");
  cut();
  reward();
  EXPECT_LT(balance(AccountKind::kPending, ada), balance(AccountKind::kPending, bob));
  must(decide(boss, "even"));
  EXPECT_EQ(balance(AccountKind::kVested, ada), -500);
  EXPECT_EQ(balance(AccountKind::kVested, bob), -500);
  EXPECT_EQ(balance(AccountKind::kPending, ada), 0);
  EXPECT_TRUE(ledger::verify(house().database).ok());
}

TEST_P(RewardsTest, ThePublicAccountTellsOfNobody) {
  const Uuid ada = house().contributor();
  house().approved(ada, 1);
  receive(1'000, "a");
  cut();
  reward();  // one person: may not be told
  house().now_ms += 40 * kDay;
  EXPECT_TRUE(must(money_periods(house().database, house().now_ms, 5)).empty());
  for (int i = 0; i < 6; ++i) {
    house().approved(house().contributor(), 10 + i);
  }
  cut();
  reward();
  house().now_ms += 40 * kDay;
  const auto periods = must(money_periods(house().database, house().now_ms, 5));
  ASSERT_EQ(periods.size(), 1U);
  EXPECT_LT(periods.front().from, periods.front().to);
  EXPECT_EQ(periods.front().bank, 1'000);
  EXPECT_EQ(periods.front().rewards, 750);
  EXPECT_EQ(periods.front().held, 1'000);
  EXPECT_EQ(periods.front().owed, 750);
  EXPECT_THAT(money_csv(periods), ::testing::HasSubstr(",EUR,0.00,0.00,10.00,7.50,0.00,"));
}

/// Six people are paid in the month in which one person is given a reward.
TEST_P(RewardsTest, WhoIsPaidHidesNobodyWhoIsGiven) {
  std::vector<Uuid> people;
  for (int i = 0; i < 6; ++i) {
    people.push_back(house().contributor());
    house().approved(people.back(), 1 + i);
  }
  receive(1'200, "a");
  cut();
  reward();
  house().now_ms += 40 * kDay;
  for (const Uuid& person : people) {
    must(house().database.transact([&](Transaction& tx) {
      return book_paid_out(tx,
                           {.account = person,
                            .amount = -*ledger::balance(tx, {AccountKind::kVested, person, kEuro}),
                            .asset = kEuro,
                            .reference = person.text()},
                           house().now_ms);
    }));
  }
  house().approved(house().contributor(), 10);
  cut();
  reward();
  house().now_ms += 40 * kDay;
  const auto periods = must(money_periods(house().database, house().now_ms, 5));
  ASSERT_EQ(periods.size(), 1U);
  EXPECT_EQ(periods.front().paid_out, 0) << "the month of the payments must wait for others";
}

}  // namespace
}  // namespace everyface
