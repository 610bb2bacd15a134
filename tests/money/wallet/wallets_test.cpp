#include "everyface/money/wallets.h"

#include <gtest/gtest.h>

#include "tests/money/wallet/wallet_house.h"

namespace everyface {
namespace {

using testing::code_of;
using testing::must;

class WalletsTest : public testing::WalletHouse {
 protected:
  Result<void> verify(const Uuid& account, const std::string& name) {
    const auto asked = begin_wallet(desk(), account, server().wallet(name));
    if (!asked) {
      return asked.error();
    }
    return keep_wallet(desk(), must(answered(asked->redirect)));
  }
};
EVERYFACE_ON_EVERY_DATABASE(WalletsTest);

TEST_P(WalletsTest, IsAPersonsWhenItsOwnerSaysSo) {
  const Uuid ada = house_->account("contributor");
  const GrantAsked asked = must(begin_wallet(desk(), ada, server().wallet("alice")));
  EXPECT_FALSE(must(wallet_of(database(), ada)).has_value());
  must(keep_wallet(desk(), must(answered(asked.redirect))));
  const auto wallet = must(wallet_of(database(), ada));
  ASSERT_TRUE(wallet.has_value());
  EXPECT_EQ(wallet->address, server().wallet("alice"));
  EXPECT_EQ(wallet->asset.code, "EUR");
  EXPECT_FALSE(wallet->shown);
  expect_no_violations();
}

TEST_P(WalletsTest, IsNobodysWhenItsOwnerSaysNo) {
  const Uuid ada = house_->account("contributor");
  const GrantAsked asked = must(begin_wallet(desk(), ada, server().wallet("alice")));
  EXPECT_EQ(must(answered(asked.redirect, false)).state, GrantState::kRefused);
  EXPECT_FALSE(must(wallet_of(database(), ada)).has_value());
}

TEST_P(WalletsTest, IsNobodysOnAnothersWord) {
  const Uuid ada = house_->account("contributor");
  const Uuid eve = house_->account("contributor");
  // Eve's address names Alice's wallet, and a server of Eve's that would say it is hers.
  server().control(
      "claim",
      {{"name", "bob"},
       {"claims",
        {{"id", server().wallet("alice")}, {"authServer", server().origin() + "/auth/"}}}});
  const GrantAsked asked = must(begin_wallet(desk(), eve, server().wallet("bob")));
  const WalletGrant grant =
      must(database().read([&](Transaction& tx) { return find_grant(tx, asked.id); }));
  EXPECT_EQ(grant.wallet, server().wallet("alice"));
  EXPECT_EQ(grant.auth_server, server().origin() + "/auth");  // Alice's own, where she is asked
  EXPECT_EQ(must(answered(asked.redirect, false)).state, GrantState::kRefused);
  pass(1);
  must(verify(ada, "alice"));
}

TEST_P(WalletsTest, IsNobodysWhereAnotherServerWasAsked) {
  const Uuid eve = house_->account("contributor");
  const auto send_owners_to = [&](const std::string& path) {
    server().control("claim",
                     {{"name", "alice"}, {"claims", {{"authServer", server().origin() + path}}}});
  };
  send_owners_to("/auth/");
  const GrantAsked asked = must(begin_wallet(desk(), eve, server().wallet("alice")));
  const WalletGrant grant = must(answered(asked.redirect));
  send_owners_to("/auth");
  EXPECT_EQ(code_of(keep_wallet(desk(), grant)), "wallet_not_theirs");
  EXPECT_FALSE(must(wallet_of(database(), eve)).has_value());
  EXPECT_EQ(house_->count(sql("SELECT COUNT(*) FROM wallet_owners")), 0);
}

TEST_P(WalletsTest, ServesOnePersonForGood) {
  const Uuid ada = house_->account("contributor");
  const Uuid eve = house_->account("contributor");
  must(verify(ada, "alice"));
  EXPECT_EQ(code_of(verify(eve, "alice")), "wallet_taken");
  must(remove_wallet(database(), ada, house_->now_ms));
  EXPECT_EQ(code_of(verify(eve, "alice")), "wallet_taken");
  must(verify(ada, "alice"));
  must(verify(ada, "bob"));  // in place of the other
  EXPECT_EQ(must(wallet_of(database(), ada))->address, server().wallet("bob"));
  EXPECT_EQ(code_of(verify(eve, "bob")), "wallet_taken");
}

TEST_P(WalletsTest, TwoWhoBeginAtOnceAreOneWhoHasIt) {
  const Uuid ada = house_->account("contributor");
  const Uuid eve = house_->account("contributor");
  const GrantAsked first = must(begin_wallet(desk(), ada, server().wallet("alice")));
  const WalletGrant given = must(answered(first.redirect));
  pass(1);
  const GrantAsked second = must(begin_wallet(desk(), eve, server().wallet("alice")));
  const WalletGrant other = must(answered(second.redirect));
  must(keep_wallet(desk(), given));
  EXPECT_EQ(code_of(keep_wallet(desk(), other)), "wallet_taken");
}

TEST_P(WalletsTest, IsShownOnlyWhereItsOwnerAgrees) {
  const Uuid ada = house_->account("contributor");
  EXPECT_EQ(code_of(show_wallet(database(), ada, true)), "not_found");
  must(verify(ada, "alice"));
  must(show_wallet(database(), ada, true));
  EXPECT_TRUE(must(wallet_of(database(), ada))->shown);
  EXPECT_TRUE(must(shown_wallets(database())).empty());  // no photo in a release yet
}

TEST_P(WalletsTest, GoesWithTheAccount) {
  const Uuid ada = house_->account("contributor");
  must(verify(ada, "alice"));
  must(database().transact([&](Transaction& tx) { return forget_wallet(tx, ada); }));
  EXPECT_FALSE(must(wallet_of(database(), ada)).has_value());
  const auto left = database().read([](Transaction& tx) {
    return tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM wallet_grants WHERE wallet <> ''"));
  });
  EXPECT_EQ(left.value(), 0);
}

}  // namespace
}  // namespace everyface
