// What goes on behind the pages.
#include "web/commons.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "everyface/base/file.h"
#include "everyface/money/ledger.h"
#include "tests/store/databases.h"

namespace everyface::web {
namespace {

namespace fs = std::filesystem;

class CommonsTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped()) {
      return;
    }
    Config config;
    config.data.folder = folder() / "data";
    config.database.url = url();
    auto opened = Commons::open(config, "http://127.0.0.1:8080", {PHOTO_WORKER_PROGRAM, "honest"},
                                [this] { return now_ms_.load(); });
    ASSERT_TRUE(opened) << opened.error().message;
    commons_ = std::move(*opened);
  }

  std::atomic<std::int64_t> now_ms_ = system_clock()();
  std::unique_ptr<Commons> commons_;
};
EVERYFACE_ON_EVERY_DATABASE(CommonsTest);

TEST_P(CommonsTest, AStartRemovesWhatAKilledServerWasMaking) {
  const fs::path dead = folder() / "data" / "tmp" / "everyface-release-dead";
  ASSERT_TRUE(write_file_atomic(dead / "1.tar", "a released photo").ok());
  fs::last_write_time(dead, fs::file_time_type::clock::now() - std::chrono::hours(2));
  commons_->start_background();
  constexpr int kPauses = 1500;
  for (int i = 0; i < kPauses && fs::exists(dead); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_FALSE(fs::exists(dead));
}

/// Strangers ask for it as often as they like, and it takes every posting that there is.
TEST_P(CommonsTest, WhatIsSaidOfTheMoneyIsReadOnceAMinute) {
  const everyface::Asset euro{"EUR", 2};
  const auto book = [&](const std::string& key) {
    const auto booked = commons_->database.transact([&](Transaction& tx) {
      return ledger::post(tx,
                          {key,
                           "income",
                           {{{ledger::AccountKind::kHeldBank, {}, euro}, 100},
                            {{ledger::AccountKind::kSourceBank, {}, euro}, -100}}},
                          now_ms_ - 62 * kDayMs);
    });
    ASSERT_TRUE(booked.ok()) << booked.error().message;
  };
  const auto told = [&] { return commons_->published_money().value().front().bank; };
  book("one");
  EXPECT_EQ(told(), 100);
  book("two");
  EXPECT_EQ(told(), 100);
  now_ms_ += kMinuteMs;
  EXPECT_EQ(told(), 200);
}

}  // namespace
}  // namespace everyface::web
