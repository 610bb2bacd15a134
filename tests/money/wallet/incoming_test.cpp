#include "everyface/money/incoming.h"

#include <gtest/gtest.h>

#include <thread>

#include "everyface/base/base64.h"
#include "everyface/money/stream_income.h"
#include "everyface/payments/stream_receipt.h"
#include "payments/hmac.h"
#include "tests/money/wallet/wallet_house.h"

namespace everyface {
namespace {

using ledger::AccountKind;
using testing::code_of;
using testing::kEuro;
using testing::must;

/// As RFC 39 says; tests/payments/stream_receipt_test.cpp has one that the reference made.
std::string stream_receipt(const std::string& seed, std::uint64_t total) {
  const std::string nonce(16, 'n');
  std::string bytes = '\x01' + nonce + '\x07';
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(total >> static_cast<unsigned>(shift));
  }
  return base64(bytes + hmac_sha256(stream_receipt_secret(seed, nonce), {bytes}));
}

class IncomingTest : public testing::WalletHouse {
 protected:
  std::string pay(const std::string& name, std::int64_t value) {
    return server().control("pay", {{"name", name}, {"value", value}}).at("incomingPayment");
  }
  Result<IncomingSeen> told(const std::string& url) {
    return look_at_incoming(desk(), url, IncomingSource::kMonetization);
  }
};
EVERYFACE_ON_EVERY_DATABASE(IncomingTest);

TEST_P(IncomingTest, IsBookedOnceHoweverOftenItIsTold) {
  const std::string url = pay("site", 250);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(must(told(url)).fresh, i == 0 ? 250 : 0);
  }
  EXPECT_EQ(sum(AccountKind::kSourceMonetization), -250);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 250);
  EXPECT_EQ(sum(AccountKind::kSite), -50);
  expect_no_violations();
}

TEST_P(IncomingTest, IsBookedOnceFromManyThreads) {
  const std::string url = pay("site", 300);
  std::vector<std::thread> threads;
  std::atomic<std::int64_t> fresh = 0;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      const auto seen = told(url);
      ASSERT_TRUE(seen.ok()) << seen.error().message;
      fresh += seen->fresh;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(fresh, 300);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 300);
}

TEST_P(IncomingTest, WhatComesLaterIsBookedToo) {
  const std::string url = pay("site", 100);
  must(told(url));
  server().control("pay", {{"incomingPayment", url}, {"value", 40}});
  EXPECT_EQ(must(look_at_all_incoming(desk())), 0);
  pass(kMinuteMs);
  EXPECT_EQ(must(look_at_all_incoming(desk())), 1);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 140);
  EXPECT_EQ(sum(AccountKind::kSourceMonetization), -140);
  pass(8 * kDayMs);  // old ones are let go
  must(look_at_all_incoming(desk()));
  pass(kDayMs);
  EXPECT_EQ(must(look_at_all_incoming(desk())), 0);
}

TEST_P(IncomingTest, IsLookedAtAtOnceWhereTheWalletSaysSo) {
  const std::string url = pay("site", 100);
  must(told(url));
  server().control("pay", {{"incomingPayment", url}, {"value", 1}});
  must(database().transact([&](Transaction& tx) { return hurry_incoming(tx, url); }));
  EXPECT_EQ(must(look_at_all_incoming(desk())), 1);
  EXPECT_EQ(sum(AccountKind::kHeldWallet), 101);
}

TEST_P(IncomingTest, AnothersPaymentIsNotOurs) {
  EXPECT_EQ(code_of(told(pay("alice", 100))), "not_ours");
  for (const std::string& url :
       {std::string("https://elsewhere.example/incoming-payments/1"),
        server().origin() + "/op/incoming-payments/", server().origin() + "/op/quotes/1",
        server().origin() + "/op/incoming-payments/1/complete", std::string()}) {
    EXPECT_EQ(code_of(told(url)), "not_ours") << url;
  }
  EXPECT_EQ(code_of(told(server().origin() + "/op/incoming-payments/none")), "wallet_not_found");
}

TEST_P(IncomingTest, AWalletThatIsAwayIsAskedAgain) {
  const std::string url = pay("site", 100);
  server().fail("incoming.get", "lost_after");
  EXPECT_EQ(code_of(told(url)), "wallet_no_answer");
  server().fail("incoming.get", "403");  // a token that no longer works
  EXPECT_EQ(must(told(url)).fresh, 100);
}

TEST_P(IncomingTest, OnlyIncreasesOfReceiptsCount) {
  const std::string seed(32, 's');
  ReceiptSettings settings;
  settings.seed = seed;
  settings.asset = kEuro;
  settings.site_percent = 0;
  const auto book = [&](std::uint64_t total) {
    return book_receipt(database(), house_->now_ms, settings, stream_receipt(seed, total));
  };
  EXPECT_EQ(must(book(25'000'000)), 2);  // 0.025 EUR at nine decimals
  EXPECT_EQ(must(book(25'000'000)), 0);
  EXPECT_EQ(must(book(20'000'000)), 0);
  EXPECT_EQ(must(book(31'000'000)), 1);  // the rest of 0.5 cents counts as it adds up
  EXPECT_EQ(sum(AccountKind::kSourceMonetization), -3);
  EXPECT_EQ(code_of(book_receipt(database(), house_->now_ms, settings, "none")),
            "receipt_malformed");
  pass(settings.life_ms + 1);
  EXPECT_EQ(code_of(book(90'000'000)), "receipt_expired");
  EXPECT_EQ(sum(AccountKind::kSourceMonetization), -3);
}

}  // namespace
}  // namespace everyface
