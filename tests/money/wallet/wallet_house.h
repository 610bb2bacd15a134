// A site with a wallet of its own, at the tests' wallet server.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "everyface/money/bookings.h"
#include "everyface/money/gifts.h"
#include "everyface/money/incoming.h"
#include "everyface/money/ledger.h"
#include "everyface/money/payouts.h"
#include "everyface/money/wallets.h"
#include "tests/commons/commons_house.h"
#include "tests/payments/wallet/wallet_server.h"
#include "tests/store/databases.h"

namespace everyface::testing {

inline const Asset kEuro{"EUR", 2};
inline constexpr int kSitePercent = 20;

class WalletHouse : public OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    if (const std::string why = WalletServer::unavailable(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    house_ = std::make_unique<House>(open(), folder());
    house_->now_ms = system_clock()();
    server_ = &WalletServer::as_new();
    start();
    boss_ = house_->administrator();
    other_boss_ = house_->administrator();
  }

  /// As after the server died: nothing is left but the database.
  void start() {
    desk_.reset();
    http_ = std::make_unique<OutgoingHttp>(OutgoingRules{.allow_loopback = true});
    client_ = std::make_unique<OpenPayments>(*http_, server_->key(), server_->wallet("site"),
                                             [this] { return second_of_request(); });
    site_ = std::make_unique<SiteWallet>(*client_, server_->wallet("site"), kEuro);
    desk_ = std::unique_ptr<WalletDesk>(new WalletDesk{house_->database, house_->vault,
                                                       house_->clock, *client_, *site_,
                                                       "http://127.0.0.1:9", kEuro, kSitePercent});
  }

  Database& database() { return house_->database; }
  WalletDesk& desk() { return *desk_; }
  WalletServer& server() { return *server_; }
  /// Time, here and at the wallet.
  void pass(std::int64_t ms) {
    house_->now_ms += ms;
    server_->control("set", {{"aheadMs", house_->now_ms - system_clock()()}});
  }

  Settle settle() {
    return [this](Transaction& tx, const Transfer& transfer) {
      return transfer.purpose == kGiftPurpose
                 ? settle_gift(tx, transfer)
                 : settle_payout(tx, transfer, house_->now_ms, settings_);
    };
  }

  /// The owner of the wallet at `page` answers, and comes back.
  Result<WalletGrant> answered(const std::string& page, bool accept = true) {
    const auto back = server_->answer(page, accept);
    const auto grant = database().read([&](Transaction& tx) {
      return tx.query<Uuid>(
          sql("SELECT id FROM wallet_grants ORDER BY asked_ms DESC, id DESC LIMIT 1"));
    });
    const Uuid id = grant.value().front();
    return accept ? finish_grant(desk(), id, back.at("interact_ref"), back.at("hash"))
                  : refuse_grant(desk(), id);
  }

  /// A contributor with a verified wallet and something vested.
  Uuid contributor(const std::string& wallet, std::int64_t vested) {
    const Uuid account = house_->account("contributor");
    const GrantAsked asked = must(begin_wallet(desk(), account, server_->wallet(wallet)));
    must(keep_wallet(desk(), must(answered(asked.redirect))));
    if (vested > 0) {
      must(database().transact([&](Transaction& tx) {
        return ledger::post(tx,
                            {"reward:" + account.text(),
                             "reward",
                             {{{ledger::AccountKind::kPool, {}, kEuro}, vested},
                              {{ledger::AccountKind::kVested, account, kEuro}, -vested}}},
                            house_->now_ms);
      }));
    }
    return account;
  }

  /// Money that the site has in its wallet.
  void fund(std::int64_t amount) {
    must(database().transact([&](Transaction& tx) {
      return book_income(tx,
                         {.source = ledger::AccountKind::kSourceMonetization,
                          .held = Held::kWallet,
                          .amount = amount,
                          .asset = kEuro,
                          .reference = "fund/" + std::to_string(++funded_),
                          .site_percent = kSitePercent},
                         house_->now_ms);
    }));
  }

  std::int64_t sum(ledger::AccountKind kind) {
    const auto books = must(ledger::verify(database()));
    const auto& sums = books.sums.at(kEuro);
    const auto found = sums.find(kind);
    return found == sums.end() ? 0 : found->second;
  }
  std::int64_t balance(ledger::AccountKind kind, const Uuid& owner = {}) {
    return must(database().read([&](Transaction& tx) {
      return ledger::balance(tx, {kind, owner, kEuro});
    }));
  }

  /// What another server does in the middle of this one's work: before it sends the next request
  /// that it signs.
  void meanwhile(std::function<void()> work) { meanwhile_ = std::move(work); }

  /// How many consents to pay the wallet's owners have given that did not go back.
  int consents() {
    const json state = server_->state();
    int count = 0;
    for (const json& grant : state.at("grants")) {
      for (const json& access : grant.at("access")) {
        count +=
            grant.at("state") == "finalized" && access.at("type") == "outgoing-payment" ? 1 : 0;
      }
    }
    return count;
  }

  void expect_no_violations() { EXPECT_EQ(server_->state().at("violations"), json::array()); }

  std::unique_ptr<House> house_;
  WalletServer* server_ = nullptr;
  std::unique_ptr<OutgoingHttp> http_;
  std::unique_ptr<OpenPayments> client_;
  std::unique_ptr<SiteWallet> site_;
  std::unique_ptr<WalletDesk> desk_;
  PayoutSettings settings_;
  Uuid boss_;
  Uuid other_boss_;
  int funded_ = 0;

 private:
  std::int64_t second_of_request() {
    if (const auto work = std::exchange(meanwhile_, nullptr)) {
      work();
    }
    return house_->now_ms / kSecondMs;
  }

  std::function<void()> meanwhile_;
};

}  // namespace everyface::testing
