#include "everyface/money/payouts.h"

#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "tests/money/wallet/wallet_house.h"

namespace everyface {
namespace {

using ledger::AccountKind;
using testing::code_of;
using ::testing::HasSubstr;
using testing::json;
using testing::kEuro;
using testing::must;

constexpr std::int64_t kStart = 1'000'000;

class PayoutsTest : public testing::WalletHouse {
 protected:
  void SetUp() override {
    WalletHouse::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) {
      fund(100'000);
    }
  }

  void open_site_wallet(std::int64_t limit = 1'000'000) {
    must(answered(must(open_wallet(desk(), boss_, limit, 12))));
  }
  Uuid approved_batch() {
    const Uuid batch = must(propose_batch(database(), house_->now_ms, boss_, kEuro, settings_));
    must(approve_batch(database(), house_->now_ms, other_boss_, batch));
    return batch;
  }
  /// The background's work, for as long as something is to be done.
  void work(const Uuid& batch, int rounds = 40) {
    for (int i = 0; i < rounds && must(find_batch(database(), batch)).state != "done"; ++i) {
      must(advance_payouts(desk(), settings_, settle()));
      must(advance_transfers(desk(), settle()));
      pass(40 * kSecondMs);
    }
  }
  Payout only(const Uuid& batch) { return must(find_batch(database(), batch)).payouts.at(0); }
  void expect_paid(const Uuid& account, std::int64_t amount) {
    EXPECT_EQ(balance(AccountKind::kPaid, account), -amount);
    EXPECT_EQ(balance(AccountKind::kVested, account), 0);
    EXPECT_EQ(balance(AccountKind::kTransit, account), 0);
  }
};
EVERYFACE_ON_EVERY_DATABASE(PayoutsTest);

TEST_P(PayoutsTest, TwoAdministratorsPayEveryoneOnce) {
  const Uuid ada = contributor("alice", 1200);
  const Uuid ben = contributor("bob", 3400);
  const Uuid cleo = contributor("carol", 1000);
  open_site_wallet();
  const Uuid batch = must(propose_batch(database(), house_->now_ms, boss_, kEuro, settings_));
  EXPECT_EQ(must(find_batch(database(), batch)).payouts.size(), 3U);
  must(advance_payouts(desk(), settings_, settle()));
  EXPECT_EQ(server().balance("site"), kStart);  // nothing leaves before it is approved
  must(approve_batch(database(), house_->now_ms, other_boss_, batch));
  work(batch);
  EXPECT_EQ(must(find_batch(database(), batch)).state, "done");
  expect_paid(ada, 1200);
  expect_paid(ben, 3400);
  expect_paid(cleo, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1200);
  EXPECT_EQ(server().balance("bob"), kStart + 3400);
  EXPECT_EQ(server().balance("carol"), kStart + 1100);  // in its own currency
  EXPECT_EQ(server().balance("site"), kStart - 5600);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 100'000 - 5600);
  EXPECT_EQ(sum(AccountKind::kPayouts), 5600);
  EXPECT_EQ(code_of(propose_batch(database(), house_->now_ms, boss_, kEuro, settings_)),
            "batch_empty");
  expect_no_violations();
}

TEST_P(PayoutsTest, NobodyPaysAlone) {
  contributor("alice", 1200);
  const Uuid batch = must(propose_batch(database(), house_->now_ms, boss_, kEuro, settings_));
  EXPECT_EQ(code_of(propose_batch(database(), house_->now_ms, other_boss_, kEuro, settings_)),
            "batch_open");
  EXPECT_EQ(code_of(approve_batch(database(), house_->now_ms, other_boss_, batch)), "no_grant");
  open_site_wallet();
  EXPECT_EQ(code_of(approve_batch(database(), house_->now_ms, boss_, batch)), "same_person");
  const Uuid moderator = house_->moderator();
  EXPECT_EQ(code_of(approve_batch(database(), house_->now_ms, moderator, batch)), "not_allowed");
  EXPECT_EQ(code_of(propose_batch(database(), house_->now_ms, moderator, kEuro, settings_)),
            "not_allowed");
  EXPECT_EQ(code_of(open_wallet(desk(), moderator, 1, 1)), "not_allowed");
  must(cancel_batch(database(), house_->now_ms, boss_, batch));
  EXPECT_EQ(code_of(approve_batch(database(), house_->now_ms, other_boss_, batch)), "batch_state");
  work(batch, 3);
  EXPECT_EQ(server().balance("alice"), kStart);
}

TEST_P(PayoutsTest, WhoHasNoWalletOrTooLittleIsLeftOut) {
  settings_.least = 1000;
  contributor("alice", 999);
  const Uuid ben = contributor("bob", 5000);
  must(remove_wallet(database(), ben, house_->now_ms));
  EXPECT_EQ(code_of(propose_batch(database(), house_->now_ms, boss_, kEuro, settings_)),
            "batch_empty");
}

/// Where a payout can go wrong, and how.
TEST_P(PayoutsTest, EveryoneIsPaidExactlyOnceWhateverFails) {
  const Uuid ada = contributor("alice", 0);
  open_site_wallet();
  std::int64_t paid = 0;
  for (const char* step : {"wallet", "grant", "incoming.create", "quote.create", "outgoing.create",
                           "outgoing.get", "outgoing.list", "rotate"}) {
    for (const char* how : {"lost_before", "lost_after", "500", "garbage", "429", "403"}) {
      // A token that is exchanged without our hearing of it is gone: its owner has to agree again.
      if (std::string_view(step) == "rotate" && std::string_view(how) == "lost_after") {
        continue;
      }
      SCOPED_TRACE(std::string(step) + ", " + how);
      must(database().transact([&](Transaction& tx) {
        return ledger::post(
            tx,
            {std::string("reward:") + step + how,
             "reward",
             {{{AccountKind::kPool, {}, kEuro}, 500}, {{AccountKind::kVested, ada, kEuro}, -500}}},
            house_->now_ms);
      }));
      const Uuid batch = approved_batch();
      server().fail(step, how, 1);
      if (std::string_view(step) == "rotate") {
        server().fail("outgoing.create", "403", 1);
      }
      work(batch, 8);
      if (only(batch).state == "held") {  // a refusal waits for a person
        must(decide_payout(database(), house_->now_ms, boss_, only(batch).id, true));
        work(batch);
      }
      if (!must(wallet_is_open(database()))) {  // a rotation that was refused
        open_site_wallet();
        work(batch);
        if (only(batch).state == "held") {
          must(decide_payout(database(), house_->now_ms, boss_, only(batch).id, true));
          work(batch);
        }
      }
      paid += 500;
      ASSERT_EQ(must(find_batch(database(), batch)).state, "done") << only(batch).problem;
      expect_paid(ada, paid);
      ASSERT_EQ(server().balance("alice"), kStart + paid);
      ASSERT_EQ(server().balance("site"), kStart - paid);
      server().control("calm");
      start();
    }
  }
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 100'000 - paid);
  expect_no_violations();
}

/// Servers that die at any time, wallets that lose answers, in histories by chance.
TEST_P(PayoutsTest, TheBooksAgreeWithTheWalletInEveryHistory) {
  std::mt19937 random(7);
  const char* const kSteps[] = {"incoming.create", "quote.create", "outgoing.create",
                                "outgoing.get", "outgoing.list"};
  const char* const kHows[] = {"lost_before", "lost_after", "500", "429"};
  const std::vector<std::string> names = {"alice", "bob", "carol"};
  std::vector<Uuid> people;
  std::map<std::string, std::int64_t> owed;
  for (const std::string& name : names) {
    people.push_back(contributor(name, 0));
  }
  open_site_wallet();
  server().control("set", {{"settle", {{"gets", 2}}}});
  for (int history = 0; history < 4; ++history) {
    for (std::size_t i = 0; i < people.size(); ++i) {
      const std::int64_t amount = 500 + static_cast<std::int64_t>(random() % 1000);
      owed[names[i]] += amount;
      must(database().transact([&](Transaction& tx) {
        return ledger::post(tx,
                            {"reward:" + std::to_string(history) + names[i],
                             "reward",
                             {{{AccountKind::kPool, {}, kEuro}, amount},
                              {{AccountKind::kVested, people[i], kEuro}, -amount}}},
                            house_->now_ms);
      }));
    }
    const Uuid batch = approved_batch();
    for (int round = 0; round < 40 && must(find_batch(database(), batch)).state != "done";
         ++round) {
      if (round < 10) {
        server().fail(kSteps[random() % 5], kHows[random() % 4]);
      }
      // Dies in the middle: what it had claimed stays so until it runs out.
      if (random() % 3 == 0) {
        const auto cut = [](Transaction&, const Transfer&) -> Result<void> {
          return Error{"the server dies here", "dies"};
        };
        static_cast<void>(advance_payouts(desk(), settings_, cut));
        static_cast<void>(advance_transfers(desk(), cut));
        start();
      } else {
        must(advance_payouts(desk(), settings_, settle()));
        must(advance_transfers(desk(), settle()));
      }
      for (const Payout& payout : must(find_batch(database(), batch)).payouts) {
        if (payout.state == "held") {
          must(decide_payout(database(), house_->now_ms, boss_, payout.id, true));
        }
      }
      pass(40 * kSecondMs);
    }
    ASSERT_EQ(must(find_batch(database(), batch)).state, "done");
    for (std::size_t i = 0; i < people.size(); ++i) {
      expect_paid(people[i], owed[names[i]]);
    }
    EXPECT_EQ(server().balance("alice"), kStart + owed["alice"]);
    EXPECT_EQ(server().balance("bob"), kStart + owed["bob"]);
    EXPECT_EQ(server().balance("site"), kStart - owed["alice"] - owed["bob"] - owed["carol"]);
    EXPECT_EQ(sum(AccountKind::kHeldWallet), 100'000 - (kStart - server().balance("site")));
    server().control("calm");
  }
  expect_no_violations();
}

TEST_P(PayoutsTest, AFailedPaymentIsTriedAgainAndThenHeld) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"settle", "fail"}});
  const Uuid batch = approved_batch();
  work(batch, 60);
  EXPECT_EQ(only(batch).state, "held");
  EXPECT_EQ(only(batch).problem, "failed");
  EXPECT_EQ(server().asked("outgoing.create"), 5);
  EXPECT_EQ(balance(AccountKind::kVested, ada), -1000);
  EXPECT_EQ(server().balance("site"), kStart);
  server().control("set", {{"settle", "at_once"}});
  must(decide_payout(database(), house_->now_ms, other_boss_, only(batch).id, true));
  work(batch);
  expect_paid(ada, 1000);
  EXPECT_EQ(code_of(decide_payout(database(), house_->now_ms, boss_, only(batch).id, true)),
            "payout_state");
}

TEST_P(PayoutsTest, APartIsBookedAndTheRestWaitsForAPerson) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"settle", {{"percent", 40}}}});
  const Uuid batch = approved_batch();
  work(batch, 6);
  EXPECT_EQ(only(batch).state, "held");
  EXPECT_EQ(only(batch).problem, "partial");
  EXPECT_EQ(only(batch).paid, 400);
  EXPECT_EQ(only(batch).amount, 600);
  EXPECT_EQ(balance(AccountKind::kPaid, ada), -400);
  EXPECT_EQ(balance(AccountKind::kVested, ada), -600);
  server().control("set", {{"settle", "at_once"}});
  must(decide_payout(database(), house_->now_ms, boss_, only(batch).id, true));
  work(batch);
  expect_paid(ada, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
}

TEST_P(PayoutsTest, WhatAPersonLeavesStaysVested) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"settle", {{"percent", 40}}}});
  const Uuid batch = approved_batch();
  work(batch, 6);
  must(decide_payout(database(), house_->now_ms, boss_, only(batch).id, false));
  EXPECT_EQ(must(find_batch(database(), batch)).state, "done");
  EXPECT_EQ(balance(AccountKind::kVested, ada), -600);
}

TEST_P(PayoutsTest, AQuoteThatRanOutIsReplaced) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"quoteSeconds", 20}});
  server().fail("outgoing.create", "lost_before", 1);
  const Uuid batch = approved_batch();
  work(batch);
  expect_paid(ada, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
  EXPECT_GE(server().asked("quote.create"), 2);
}

TEST_P(PayoutsTest, TheSiteBearsTheFee) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"feePercent", 3}});
  const Uuid batch = approved_batch();
  work(batch);
  expect_paid(ada, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
  EXPECT_EQ(server().balance("site"), kStart - 1030);
  EXPECT_EQ(sum(AccountKind::kFees), 30);
  EXPECT_EQ(sum(AccountKind::kSite), -20'000 + 30);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 100'000 - 1030);
}

TEST_P(PayoutsTest, WhatArrivesInAnotherCurrencyShowsThatItIsDone) {
  const Uuid cleo = contributor("carol", 1000);
  open_site_wallet();
  server().control("set", {{"feePercent", 3}});  // which the wallet does not count as sent
  const Uuid batch = approved_batch();
  work(batch);
  expect_paid(cleo, 1000);
  EXPECT_EQ(only(batch).receive_text, "10.67 USD");
  EXPECT_EQ(server().balance("carol"), kStart + 1067);
  EXPECT_EQ(server().balance("site"), kStart - 1000);
  EXPECT_EQ(sum(AccountKind::kFees), 0);
}

TEST_P(PayoutsTest, AHighFeeWaitsForAPerson) {
  contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"feePercent", 30}});
  const Uuid batch = approved_batch();
  work(batch, 3);
  EXPECT_EQ(only(batch).state, "held");
  EXPECT_THAT(only(batch).problem, HasSubstr("fee_too_high"));
  EXPECT_EQ(sum(AccountKind::kFees), 0);
}

TEST_P(PayoutsTest, TheFeeOfAFailedPaymentComesBack) {
  contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"feePercent", 3}, {"settle", "fail"}});
  const Uuid batch = approved_batch();
  work(batch, 60);
  EXPECT_EQ(only(batch).state, "held");
  EXPECT_EQ(sum(AccountKind::kFees), 0);
  EXPECT_EQ(sum(AccountKind::kSite), -20'000);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 100'000);
}

TEST_P(PayoutsTest, TheLimitOfTheMonthHolds) {
  contributor("alice", 1000);
  const Uuid ben = contributor("bob", 600);
  open_site_wallet(1200);
  const Uuid batch = approved_batch();
  work(batch, 6);
  int held = 0;
  for (const Payout& payout : must(find_batch(database(), batch)).payouts) {
    if (payout.state == "held") {
      ++held;
      EXPECT_THAT(payout.problem, HasSubstr("the grant's limit is reached"));
      pass(32 * kDayMs);
      must(decide_payout(database(), house_->now_ms, boss_, payout.id, true));
    }
  }
  EXPECT_EQ(held, 1);
  work(batch);
  EXPECT_EQ(must(find_batch(database(), batch)).state, "done");
  expect_paid(ben, 600);
  EXPECT_EQ(server().balance("site"), kStart - 1600);
}

TEST_P(PayoutsTest, AClosedWalletPaysNothing) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  const Uuid batch = approved_batch();
  must(close_wallet(desk(), boss_));
  EXPECT_FALSE(must(wallet_is_open(database())));
  work(batch, 3);
  EXPECT_EQ(server().balance("site"), kStart);
  EXPECT_EQ(balance(AccountKind::kVested, ada), -1000);
  open_site_wallet();
  work(batch);
  expect_paid(ada, 1000);
}

TEST_P(PayoutsTest, AWalletOpenedAgainIsOpenByTheNewerConsentAlone) {
  open_site_wallet(1'000'000);
  pass(kSecondMs);
  open_site_wallet(500);
  EXPECT_EQ(consents(), 2);
  must(advance_payouts(desk(), settings_, settle()));
  EXPECT_EQ(consents(), 1);
  const Uuid ada = contributor("alice", 1000);
  const Uuid batch = approved_batch();
  work(batch, 6);
  EXPECT_EQ(only(batch).state, "held");  // above the limit that was set last
  EXPECT_EQ(balance(AccountKind::kVested, ada), -1000);
}

TEST_P(PayoutsTest, ClosingTakesEveryConsentBack) {
  open_site_wallet(1'000'000);
  pass(kSecondMs);
  open_site_wallet(500);
  must(close_wallet(desk(), boss_));
  EXPECT_FALSE(must(wallet_is_open(database())));
  EXPECT_EQ(consents(), 0);
}

TEST_P(PayoutsTest, AServerThatWasTooSlowDoesNotTouchWhatAnotherSends) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"settle", {{"gets", 3}}}});
  const Uuid batch = approved_batch();
  meanwhile([&] {
    pass(2 * kClaimMs + 1);
    must(advance_payouts(desk(), settings_, settle()));
    EXPECT_EQ(only(batch).state, "sending");
  });
  must(advance_payouts(desk(), settings_, settle()));
  EXPECT_EQ(only(batch).state, "sending");
  EXPECT_EQ(only(batch).problem, "");
  work(batch);
  expect_paid(ada, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
}

TEST_P(PayoutsTest, AnAnswerThatComesTooLateChangesNoTransfer) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  server().control("set", {{"settle", {{"gets", 3}}}});
  const Uuid batch = approved_batch();
  must(advance_payouts(desk(), settings_, settle()));
  pass(kMinuteMs);
  meanwhile([&] {
    work(batch);
    server().fail("outgoing.get", "500");
  });
  must(advance_transfers(desk(), settle()));
  EXPECT_EQ(only(batch).state, "paid");
  EXPECT_EQ(house_->count(sql("SELECT COUNT(*) FROM transfers WHERE state = 'done'")), 1);
  pass(kMinuteMs);
  must(advance_transfers(desk(), settle()));
  expect_paid(ada, 1000);
}

TEST_P(PayoutsTest, NothingOfAWalletIsLeftWhenItsOwnerHasClosedTheAccount) {
  const auto left = [&] {
    return house_->count(
        sql("SELECT (SELECT COUNT(*) FROM payouts WHERE wallet <> '' OR receiver <> '') + (SELECT "
            "COUNT(*) FROM transfers WHERE receiver <> '' OR quote <> '')"));
  };
  const auto close = [&](const Uuid& account) {
    must(database().transact([&](Transaction& tx) { return forget_wallet(tx, account); }));
    house_->change(sql("UPDATE accounts SET closed_ms = :now WHERE id = :account"), house_->now_ms,
                   account);
  };
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  work(approved_batch());
  expect_paid(ada, 1000);
  EXPECT_EQ(left(), 2);
  close(ada);
  EXPECT_EQ(left(), 0);

  // What is on its way arrives all the same.
  const Uuid ben = contributor("bob", 1000);
  server().control("set", {{"settle", {{"gets", 3}}}});
  const Uuid batch = approved_batch();
  must(advance_payouts(desk(), settings_, settle()));
  close(ben);
  EXPECT_EQ(left(), 2);
  work(batch);
  expect_paid(ben, 1000);
  EXPECT_EQ(server().balance("bob"), kStart + 1000);
  EXPECT_EQ(left(), 0);

  // So does what a person has to decide on.
  const Uuid cleo = contributor("carol", 1000);
  server().control("set", {{"settle", {{"percent", 40}}}});
  const Uuid partial = approved_batch();
  work(partial, 6);
  close(cleo);
  EXPECT_EQ(only(partial).state, "held");
  must(decide_payout(database(), house_->now_ms, boss_, only(partial).id, false));
  EXPECT_EQ(left(), 0);
}

TEST_P(PayoutsTest, AGrantThatIsLostIsReplacedByANewOne) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  // The payment is made, its answer is lost, and from then on the wallet takes no token of ours.
  server().fail("outgoing.create", "lost_after");
  server().fail("outgoing.list", "403");
  server().fail("rotate", "404");
  const Uuid batch = approved_batch();
  work(batch, 4);
  EXPECT_FALSE(must(wallet_is_open(database())));
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
  EXPECT_EQ(balance(AccountKind::kTransit, ada), -1000);
  work(batch, 4);
  EXPECT_EQ(balance(AccountKind::kTransit, ada), -1000);  // nothing is assumed
  open_site_wallet();
  work(batch, 120);
  EXPECT_EQ(must(find_batch(database(), batch)).state, "done");
  expect_paid(ada, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
}

TEST_P(PayoutsTest, TwoServersPayOnce) {
  const Uuid ada = contributor("alice", 1000);
  open_site_wallet();
  const Uuid batch = approved_batch();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        static_cast<void>(advance_payouts(desk(), settings_, settle()));
        static_cast<void>(advance_transfers(desk(), settle()));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  work(batch);
  expect_paid(ada, 1000);
  EXPECT_EQ(server().balance("alice"), kStart + 1000);
}

}  // namespace
}  // namespace everyface
