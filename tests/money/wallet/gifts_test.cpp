#include "everyface/money/gifts.h"

#include <gmock/gmock.h>

#include "everyface/money/rails.h"
#include "tests/money/wallet/wallet_house.h"

namespace everyface {
namespace {

using ledger::AccountKind;
using testing::code_of;
using testing::House;
using testing::json;
using testing::kEuro;
using testing::must;

class GiftsTest : public testing::WalletHouse {
 protected:
  Uuid begin(const std::string& wallet, std::int64_t amount, std::int64_t months = 1) {
    return must(begin_gift(desk(), server().wallet(wallet), amount, months));
  }
  /// The donor agrees, and comes back.
  Result<void> agree(const Uuid& gift) {
    must(answered(must(ask_donor(desk(), gift))));
    return pay_gift(desk(), gift, settle());
  }
  Gift shown(const Uuid& gift) { return must(find_gift(database(), gift)); }
  /// The background's work, for a while.
  void work(int rounds = 12, std::int64_t pause_ms = 40 * kSecondMs) {
    for (int i = 0; i < rounds; ++i) {
      pass(pause_ms);
      must(advance_transfers(desk(), settle()));
      must(advance_gifts(desk(), settle()));
      must(look_at_all_incoming(desk()));
    }
  }
};
EVERYFACE_ON_EVERY_DATABASE(GiftsTest);

TEST_P(GiftsTest, ADonorSeesThePriceAgreesAndPays) {
  const Uuid gift = begin("alice", 1000);
  EXPECT_EQ(shown(gift).state, "quoted");
  EXPECT_EQ(shown(gift).debit, 1000);
  EXPECT_EQ(shown(gift).received, 0);
  EXPECT_EQ(server().balance("alice"), 1'000'000);
  must(agree(gift));
  EXPECT_EQ(shown(gift).state, "given");
  EXPECT_EQ(shown(gift).received, 1000);
  EXPECT_EQ(server().balance("alice"), 999'000);
  EXPECT_EQ(sum(AccountKind::kSourceOpenPayments), -1000);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 1000);
  EXPECT_EQ(sum(AccountKind::kSite), -200);
  EXPECT_EQ(code_of(pay_gift(desk(), gift, settle())), "gift_state");
  work();
  EXPECT_EQ(consents(), 0);
  EXPECT_EQ(server().balance("alice"), 999'000);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 1000);
  expect_no_violations();
}

TEST_P(GiftsTest, WhatIsTypedWronglyIsSaid) {
  EXPECT_EQ(code_of(begin_gift(desk(), server().wallet("alice"), 0, 1)), "amount");
  EXPECT_EQ(code_of(begin_gift(desk(), server().wallet("alice"), 5, 61)), "months");
  EXPECT_EQ(code_of(begin_gift(desk(), server().wallet("nobody"), 5, 1)), "wallet_not_found");
  EXPECT_EQ(code_of(begin_gift(desk(), "alice", 5, 1)), "wallet_not_allowed");
  EXPECT_EQ(code_of(begin_gift(desk(), server().origin() + "/control/state", 5, 1)),
            "wallet_malformed_answer");
  EXPECT_EQ(code_of(find_gift(database(), Uuid::make())), "not_found");
}

TEST_P(GiftsTest, ADonorMaySayNoAndThinkAgain) {
  const Uuid gift = begin("alice", 1000);
  EXPECT_EQ(code_of(pay_gift(desk(), gift, settle())), "gift_state");
  const auto grant = answered(must(ask_donor(desk(), gift)), false);
  EXPECT_EQ(must(grant).state, GrantState::kRefused);
  must(refuse_gift(database(), gift));
  EXPECT_EQ(shown(gift).state, "refused");
  must(agree(gift));
  EXPECT_EQ(shown(gift).received, 1000);
}

TEST_P(GiftsTest, AnAnswerThatIsNotTheWalletsIsRefused) {
  const Uuid gift = begin("alice", 1000);
  const auto back = server().answer(must(ask_donor(desk(), gift)), true);
  const auto grant = must(database().read([](Transaction& tx) -> Result<std::vector<Uuid>> {
    auto ids = tx.query<Uuid>(sql("SELECT id FROM wallet_grants"));
    return ids ? Result<std::vector<Uuid>>(*ids) : ids.error();
  }));
  const auto finish = [&](const std::string& reference, const std::string& hash) {
    return finish_grant(desk(), grant.front(), reference, hash);
  };
  EXPECT_EQ(code_of(finish("another", back.at("hash"))), "grant_forged");
  EXPECT_EQ(code_of(finish(back.at("interact_ref"), "")), "grant_forged");
  EXPECT_EQ(must(finish(back.at("interact_ref"), back.at("hash"))).state, GrantState::kGiven);
  EXPECT_EQ(code_of(finish(back.at("interact_ref"), back.at("hash"))), "grant_state");
}

TEST_P(GiftsTest, ADonorMayBeQuickerThanTheWalletWantsToBeAsked) {
  server().control("set", {{"wait", 3}});
  const Uuid gift = begin("alice", 1000);
  must(agree(gift));
  EXPECT_EQ(shown(gift).received, 1000);
}

TEST_P(GiftsTest, AnotherCurrencyIsExchangedByTheDonorsWallet) {
  const Uuid gift = begin("carol", 1000);
  EXPECT_EQ(shown(gift).debit, 1100);
  EXPECT_EQ(shown(gift).debit_asset.code, "USD");
  must(agree(gift));
  EXPECT_EQ(shown(gift).received, 1000);
  EXPECT_EQ(server().balance("carol"), 1'000'000 - 1100);
}

TEST_P(GiftsTest, ALaterPriceIsPaidOnlyWithinWhatWasAgreedTo) {
  server().control("set", {{"quoteSeconds", 30}});
  const Uuid same = begin("carol", 1000);
  must(answered(must(ask_donor(desk(), same))));
  must(pay_gift(desk(), same, settle()));  // by a new quote, since the old one is nearly over
  EXPECT_EQ(shown(same).received, 1000);
  const Uuid dearer = begin("carol", 1000);
  must(answered(must(ask_donor(desk(), dearer))));
  server().control("set", {{"rates", {{"USD/EUR", {"10", "12"}}, {"EUR/USD", {"12", "10"}}}}});
  EXPECT_EQ(code_of(pay_gift(desk(), dearer, settle())), "gift_price");
  EXPECT_EQ(shown(dearer).state, "failed");
  EXPECT_EQ(server().balance("carol"), 1'000'000 - 1100);
}

TEST_P(GiftsTest, NothingIsPaidTwiceWhateverIsLost) {
  std::int64_t paid = 0;
  for (const char* how : {"lost_before", "lost_after", "500", "garbage", "429", "401", "403"}) {
    SCOPED_TRACE(how);
    const Uuid gift = begin("alice", 100);
    must(answered(must(ask_donor(desk(), gift))));
    server().fail("outgoing.create", how);
    static_cast<void>(pay_gift(desk(), gift, settle()));
    start();
    work();
    EXPECT_EQ(shown(gift).state, "given");
    EXPECT_EQ(shown(gift).received, 100);
    paid += 100;
    EXPECT_EQ(server().balance("alice"), 1'000'000 - paid);
  }
  EXPECT_EQ(sum(AccountKind::kHeldWallet), paid);
  expect_no_violations();
}

TEST_P(GiftsTest, APaymentOnItsWayIsSeenLater) {
  server().control("set", {{"settle", {{"gets", 3}}}});
  const Uuid gift = begin("alice", 1000);
  must(agree(gift));
  EXPECT_EQ(shown(gift).state, "paying");
  EXPECT_EQ(shown(gift).received, 0);
  work();
  EXPECT_EQ(shown(gift).state, "given");
  EXPECT_EQ(shown(gift).received, 1000);
}

TEST_P(GiftsTest, AFailedPaymentIsSaid) {
  server().control("set", {{"settle", "fail"}});
  const Uuid gift = begin("alice", 1000);
  must(agree(gift));
  EXPECT_EQ(shown(gift).state, "failed");
  EXPECT_EQ(shown(gift).problem, "failed");
  work();
  EXPECT_EQ(shown(gift).received, 0);
  EXPECT_EQ(server().balance("alice"), 1'000'000);
}

TEST_P(GiftsTest, AgreedWhileTheServerDied) {
  const Uuid gift = begin("alice", 1000);
  must(answered(must(ask_donor(desk(), gift))));
  start();
  work();
  EXPECT_EQ(shown(gift).state, "given");
  EXPECT_EQ(shown(gift).received, 1000);
}

TEST_P(GiftsTest, AMonthlyGiftIsPaidEachMonthAndEnds) {
  const Uuid gift = begin("alice", 1000, 3);
  must(agree(gift));
  EXPECT_EQ(shown(gift).state, "active");
  EXPECT_EQ(shown(gift).months_left, 2);
  EXPECT_EQ(shown(gift).received, 1000);
  work();
  EXPECT_EQ(shown(gift).received, 1000);
  pass(31 * kDayMs);
  work();
  EXPECT_EQ(shown(gift).received, 2000);
  EXPECT_EQ(shown(gift).months_left, 1);
  pass(31 * kDayMs);
  work();
  EXPECT_EQ(shown(gift).received, 3000);
  EXPECT_EQ(shown(gift).months_left, 0);
  pass(31 * kDayMs);
  work();
  EXPECT_EQ(shown(gift).state, "ended");
  EXPECT_EQ(shown(gift).received, 3000);
  EXPECT_EQ(server().balance("alice"), 1'000'000 - 3000);
  const json grants = server().state().at("grants");
  EXPECT_EQ(std::count_if(grants.begin(), grants.end(),
                          [](const json& grant) { return grant.at("state") == "finalized"; }),
            0);
  pass(31 * kDayMs);
  work(1);
  EXPECT_EQ(shown(gift).wallet, "");
  expect_no_violations();
}

TEST_P(GiftsTest, AMonthlyGiftCanBeStopped) {
  const Uuid gift = begin("alice", 1000, 12);
  EXPECT_EQ(code_of(stop_gift(desk(), gift)), "gift_state");
  must(agree(gift));
  must(stop_gift(desk(), gift));
  EXPECT_EQ(shown(gift).state, "stopped");
  pass(31 * kDayMs);
  work();
  EXPECT_EQ(shown(gift).received, 1000);
  EXPECT_EQ(server().balance("alice"), 1'000'000 - 1000);
}

TEST_P(GiftsTest, AStopWhileAMonthIsPricedIsInTime) {
  server().control("set", {{"tokenSeconds", 60 * 86'400}});
  const Uuid gift = begin("alice", 1000, 12);
  must(agree(gift));
  pass(31 * kDayMs);
  // The consent cannot go back at once: another server exchanges its token.
  meanwhile([&] {
    house_->change(sql("UPDATE wallet_grants SET busy_until_ms = :until"), house_->now_ms + kDayMs);
    EXPECT_EQ(code_of(stop_gift(desk(), gift)), "grant_busy");
  });
  must(advance_gifts(desk(), settle()));
  EXPECT_EQ(shown(gift).state, "stopped");
  EXPECT_EQ(consents(), 1);
  house_->change(sql("UPDATE wallet_grants SET busy_until_ms = 0"));
  must(stop_gift(desk(), gift));
  EXPECT_EQ(consents(), 0);
  must(stop_gift(desk(), gift));
  work();
  EXPECT_EQ(shown(gift).state, "stopped");
  EXPECT_EQ(server().balance("alice"), 1'000'000 - 1000);
}

TEST_P(GiftsTest, AConsentThatCouldNotGoBackGoesLater) {
  const Uuid gift = begin("alice", 1000, 12);
  must(agree(gift));
  house_->change(sql("UPDATE wallet_grants SET busy_until_ms = :until"),
                 house_->now_ms + kMinuteMs);
  EXPECT_EQ(code_of(stop_gift(desk(), gift)), "grant_busy");
  EXPECT_EQ(consents(), 1);
  work(3);
  EXPECT_EQ(consents(), 0);
}

TEST_P(GiftsTest, AMonthIsPaidOnceHoweverSlowAServerIs) {
  const Uuid gift = begin("alice", 1000, 12);
  must(agree(gift));
  pass(31 * kDayMs);
  meanwhile([&] {
    pass(2 * kClaimMs + 1);
    must(advance_gifts(desk(), settle()));
  });
  must(advance_gifts(desk(), settle()));
  work();
  EXPECT_EQ(shown(gift).months_left, 10);
  EXPECT_EQ(server().balance("alice"), 1'000'000 - 2000);
}

TEST_P(GiftsTest, ComingBackAgainChangesNothing) {
  const Uuid gift = begin("alice", 1000, 3);
  must(agree(gift));
  pass(kHourMs);  // the quote is over, and there is no other
  server().fail("quote.create", "500", 9);
  EXPECT_EQ(code_of(pay_gift(desk(), gift, settle())), "gift_state");
  EXPECT_EQ(shown(gift).state, "active");
  EXPECT_EQ(shown(gift).problem, "");
}

TEST_P(GiftsTest, AskingAgainWhileItIsPaidChangesNothing) {
  const Uuid gift = begin("alice", 1000, 3);
  must(answered(must(ask_donor(desk(), gift))));
  meanwhile([&] { must(pay_gift(desk(), gift, settle())); });
  EXPECT_EQ(code_of(ask_donor(desk(), gift)), "gift_state");
  EXPECT_EQ(shown(gift).state, "active");
}

TEST_P(GiftsTest, AFailingPriceDoesNotFailWhatIsPaidMeanwhile) {
  server().control("set", {{"quoteSeconds", 30}});
  const Uuid gift = begin("alice", 1000, 3);
  must(answered(must(ask_donor(desk(), gift))));
  meanwhile([&] {
    must(pay_gift(desk(), gift, settle()));
    server().fail("quote.create", "500", 9);
  });
  EXPECT_FALSE(pay_gift(desk(), gift, settle()).ok());
  EXPECT_EQ(shown(gift).state, "active");
}

TEST_P(GiftsTest, WhatADonorAgreedToTwiceGoesBackTwice) {
  for (const bool stops : {true, false}) {
    const Uuid gift = begin("alice", 1000, 2);
    must(answered(must(ask_donor(desk(), gift))));
    pass(1);
    must(agree(gift));
    EXPECT_EQ(consents(), 2);
    if (stops) {
      must(stop_gift(desk(), gift));
    } else {
      pass(31 * kDayMs);
      work();
      EXPECT_EQ(consents(), 1);  // the newer one is enough
      pass(31 * kDayMs);
      work();
      EXPECT_EQ(shown(gift).state, "ended");
    }
    EXPECT_EQ(consents(), 0);
  }
}

TEST_P(GiftsTest, NothingOfTheDonorsWalletIsLeftWhenAllIsLongOver) {
  const Uuid once = begin("alice", 1000);
  must(agree(once));
  const Uuid monthly = begin("bob", 1000, 2);
  must(agree(monthly));
  pass(31 * kDayMs);
  work();
  constexpr auto kLeft = [](House& house) {
    return house.count(
        sql("SELECT COUNT(*) FROM transfers WHERE payer <> '' OR resource_server <> "
            "'' OR quote <> '' OR outgoing <> ''"));
  };
  EXPECT_EQ(shown(once).wallet, "");
  EXPECT_EQ(kLeft(*house_), 2);  // of the monthly one, which goes on
  must(stop_gift(desk(), monthly));
  pass(62 * kDayMs);
  work(1);
  EXPECT_EQ(kLeft(*house_), 0);
  EXPECT_EQ(house_->count(sql("SELECT COUNT(*) FROM gifts WHERE wallet <> '' OR auth_server <> '' "
                              "OR resource_server <> '' OR quote <> ''")),
            0);
  EXPECT_EQ(house_->count(sql("SELECT COUNT(*) FROM wallet_grants WHERE wallet <> ''")), 0);
  EXPECT_EQ(shown(monthly).received, 2000);
}

TEST_P(GiftsTest, VisitorsAskFewWalletsAtOnce) {
  const auto rail = open_payments_rail(desk(), settle());
  const RailAnswers answers = {{"wallet", server().wallet("alice")}};
  int begun = 0;
  std::string refused;
  // Each is asked while those before it wait for their wallets.
  const std::function<void()> ask = [&] {
    meanwhile(ask);
    const auto gift = rail->begin(1000, answers);
    begun += gift ? 1 : 0;
    if (!gift) {
      refused = code_of(gift);
      meanwhile(nullptr);
    }
  };
  ask();
  EXPECT_EQ(refused, "busy");
  EXPECT_EQ(begun, VisitorTurns::kMost);
  const std::string gift = must(rail->begin(1000, answers));
  EXPECT_FALSE(must(rail->act(gift, "consent")).empty());
}

TEST_P(GiftsTest, AConsentThatTheWalletTakesBackEndsTheGift) {
  const Uuid gift = begin("alice", 1000, 3);
  must(agree(gift));
  server().fail("rotate", "404");
  pass(31 * kDayMs);  // the token has run out
  work();
  EXPECT_EQ(shown(gift).received, 1000);
  pass(31 * kDayMs);
  work();
  EXPECT_EQ(shown(gift).state, "failed");
  EXPECT_EQ(shown(gift).problem, "grant_lost");
  EXPECT_EQ(server().balance("alice"), 1'000'000 - 1000);
}

TEST_P(GiftsTest, AMonthBeyondTheLimitIsLeftOut) {
  const Uuid gift = begin("carol", 1000, 3);
  EXPECT_EQ(shown(gift).debit_most, 1155);
  must(agree(gift));
  server().control("set", {{"rates", {{"USD/EUR", {"10", "12"}}, {"EUR/USD", {"12", "10"}}}}});
  pass(31 * kDayMs);
  work();
  EXPECT_EQ(shown(gift).received, 1000);
  EXPECT_EQ(shown(gift).months_left, 1);
  EXPECT_THAT(shown(gift).problem, ::testing::HasSubstr("gift_price"));
}

}  // namespace
}  // namespace everyface
