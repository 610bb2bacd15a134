#include "everyface/money/ledger.h"

#include <gmock/gmock.h>

#include <thread>

#include "everyface/base/random.h"
#include "everyface/money/bookings.h"
#include "everyface/store/migrate.h"
#include "tests/commons/commons_house.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using ledger::AccountKind;
using testing::code_of;
using ::testing::HasSubstr;
using testing::must;

const Asset kEuro{"EUR", 2};

class LedgerTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    database_ = std::make_unique<Database>(open());
    ASSERT_TRUE(migrate(*database_, schema_migrations()).ok());
  }

  Database& database() { return *database_; }

  Result<ledger::Posted> post(const ledger::Posting& posting) {
    return database().transact(
        [&](Transaction& tx) { return ledger::post(tx, posting, now_ms_++); });
  }
  Result<ledger::Posted> receive(std::int64_t amount, const std::string& reference) {
    return database().transact([&](Transaction& tx) {
      return book_income(tx, {.amount = amount, .reference = reference, .site_percent = 20},
                         now_ms_++);
    });
  }
  Result<ledger::Posted> give(const Uuid& account, std::int64_t amount, const std::string& key) {
    return post({key,
                 "reward",
                 {{{AccountKind::kPool, {}, kEuro}, amount},
                  {{AccountKind::kVested, account, kEuro}, -amount}}});
  }
  std::int64_t balance(AccountKind kind, const Uuid& owner = {}) {
    return must(database().read([&](Transaction& tx) {
      return ledger::balance(tx, {kind, owner, kEuro});
    }));
  }
  template <typename... Values>
  void tamper(SqlFor<std::type_identity_t<Values>...> statement, const Values&... values) {
    const auto rows = database().transact(
        [&](Transaction& tx) { return tx.execute<Values...>(statement, values...); });
    ASSERT_GE(rows.value(), 1);
  }
  std::string problem(const std::optional<ledger::Head>& noted = std::nullopt) {
    const auto verified = ledger::verify(database(), noted);
    return verified ? "" : verified.error().message;
  }

  std::unique_ptr<Database> database_;
  std::atomic<std::int64_t> now_ms_ = 1'790'000'000'000;
};
EVERYFACE_ON_EVERY_DATABASE(LedgerTest);

TEST_P(LedgerTest, EmptyBooksBalance) {
  const auto verified = must(ledger::verify(database()));
  EXPECT_EQ(verified.head.position, 0);
  EXPECT_TRUE(verified.sums.empty());
}

TEST_P(LedgerTest, MoneyComesInIsGivenAndPaidOut) {
  const Uuid ada = Uuid::make();
  must(receive(10'001, "a"));
  EXPECT_EQ(balance(AccountKind::kHeldBank), 10'001);
  EXPECT_EQ(balance(AccountKind::kSite), -2'000) << "20 per cent, rounded down";
  EXPECT_EQ(balance(AccountKind::kPool), -8'001);
  must(give(ada, 5'000, "reward:1"));
  must(database().transact([&](Transaction& tx) {
    return book_paid_out(tx, {.account = ada, .amount = 4'000, .asset = kEuro, .reference = "p"},
                         now_ms_);
  }));
  must(database().transact([&](Transaction& tx) {
    return book_expense(tx, {.amount = 150, .asset = kEuro, .reference = "fee"}, now_ms_);
  }));
  EXPECT_EQ(balance(AccountKind::kVested, ada), -1'000);
  EXPECT_EQ(balance(AccountKind::kPaid, ada), -4'000);
  EXPECT_EQ(balance(AccountKind::kHeldBank), 10'001 - 4'000 - 150);
  const auto verified = must(ledger::verify(database()));
  EXPECT_EQ(verified.head.position, 4);
  EXPECT_EQ(verified.people, 1);
  const auto mine =
      must(database().read([&](Transaction& tx) { return ledger::balances_of(tx, ada); }));
  EXPECT_EQ(mine.size(), 2U);
}

TEST_P(LedgerTest, APostingIsDoneOnce) {
  EXPECT_FALSE(must(receive(500, "a")).earlier);
  const auto again = must(receive(500, "a"));
  EXPECT_TRUE(again.earlier);
  EXPECT_EQ(again.position, 1);
  EXPECT_EQ(balance(AccountKind::kHeldBank), 500);
  EXPECT_EQ(code_of(receive(501, "a")), "ledger_key");
}

TEST_P(LedgerTest, WhatDoesNotBalanceIsRefused) {
  const ledger::AccountName pool{AccountKind::kPool, {}, kEuro};
  const ledger::AccountName held{AccountKind::kHeldBank, {}, kEuro};
  const ledger::AccountName dollars{AccountKind::kHeldBank, {}, {"USD", 2}};
  for (const std::vector<ledger::Line>& lines :
       {std::vector<ledger::Line>{{held, 5}, {pool, -4}},
        {{held, 5}},
        {},
        {{held, 0}, {pool, 0}},
        {{held, 5}, {held, -5}},
        {{dollars, 5}, {pool, -5}},
        {{held, 5}, {{AccountKind::kVested, {}, kEuro}, -5}},
        {{held, 5}, {{AccountKind::kPool, Uuid::make(), kEuro}, -5}}}) {
    EXPECT_EQ(code_of(post({"key", "test", lines})), "ledger_unbalanced");
  }
  EXPECT_EQ(code_of(post({"", "test", {{held, 5}, {pool, -5}}})), "ledger_unbalanced");
  EXPECT_EQ(must(ledger::verify(database())).head.position, 0) << "nothing is left of them";
}

TEST_P(LedgerTest, NobodyGetsWhatIsNotThere) {
  must(receive(1'000, "a"));
  EXPECT_EQ(code_of(give(Uuid::make(), 801, "r")), "ledger_overdraft");
  const Uuid ada = Uuid::make();
  must(give(ada, 800, "r"));
  EXPECT_EQ(code_of(database().transact([&](Transaction& tx) {
              return book_paid_out(
                  tx, {.account = ada, .amount = 801, .asset = kEuro, .reference = "p"}, now_ms_);
            })),
            "ledger_overdraft");
}

TEST_P(LedgerTest, AmountsBeyond64BitsAreRefused) {
  must(receive(INT64_MAX, "a"));
  EXPECT_EQ(code_of(receive(1, "b")), "ledger_range");
  EXPECT_EQ(problem(), "");
}

TEST_P(LedgerTest, AnyChangeShows) {
  const Uuid ada = Uuid::make();
  must(receive(1'000, "a"));
  must(give(ada, 300, "r"));
  must(receive(70, "b"));
  const ledger::Head noted = must(ledger::verify(database())).head;
  tamper(sql("UPDATE ledger_lines SET amount = amount + 1 WHERE position = 2 AND line = 1"));
  EXPECT_THAT(problem(), HasSubstr("posting 2: was changed"));
  tamper(sql("UPDATE ledger_lines SET amount = amount - 1 WHERE position = 2 AND line = 1"));
  tamper(sql("UPDATE ledger_accounts SET balance = balance - 1 WHERE kind = 'vested'"));
  EXPECT_THAT(problem(), HasSubstr("account vested of " + ada.text()));
  tamper(sql("UPDATE ledger_accounts SET balance = balance + 1 WHERE kind = 'vested'"));
  tamper(sql("UPDATE ledger_postings SET at_ms = at_ms + 1 WHERE position = 1"));
  EXPECT_THAT(problem(), HasSubstr("posting 1: was changed"));
  tamper(sql("UPDATE ledger_postings SET at_ms = at_ms - 1 WHERE position = 1"));
  EXPECT_EQ(problem(noted), "");
  tamper(sql("DELETE FROM ledger_lines WHERE position = 3"));
  tamper(sql("DELETE FROM ledger_postings WHERE position = 3"));
  EXPECT_THAT(problem(noted), HasSubstr("cut off"));
  EXPECT_THAT(problem(), HasSubstr("has not the balance")) << "shows without a note, too";
}

TEST_P(LedgerTest, WhoPostsAtOnceComesOneAfterTheOther) {
  must(receive(100'000, "start"));
  std::vector<std::thread> threads;
  std::atomic<int> problems = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10; ++i) {
        // Two threads each try the same postings.
        const std::string key = std::to_string(thread / 2) + "-" + std::to_string(i);
        const Uuid owner =
            Uuid::parse("01890a5d-ac96-774b-bcce-b302099a805" + std::to_string(thread / 2)).value();
        problems += give(owner, 100, key).ok() ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(problems, 0);
  EXPECT_EQ(balance(AccountKind::kPool), -80'000 + 2 * 10 * 100);
  EXPECT_EQ(must(ledger::verify(database())).head.position, 21);
}

/// Random histories: things are tried, again and again, some break off half way. A simple sum in
/// memory says what must come out.
TEST_P(LedgerTest, RandomHistoriesWithRetriesAndBreaksBalance) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Random random(seed);
    std::int64_t held = balance(AccountKind::kHeldBank);
    std::vector<std::pair<Uuid, std::int64_t>> vested;  // account, amount
    for (int step = 0; step < 60; ++step) {
      const std::string key = std::to_string(seed) + "/" + std::to_string(step);
      const auto amount = static_cast<std::int64_t>(1 + random.below(5'000));
      const std::uint64_t what = random.below(4);
      const std::uint64_t tries = 1 + random.below(3);
      const Uuid account = Uuid::make();
      bool done = false;
      for (std::uint64_t i = 0; i < tries; ++i) {
        const bool breaks = random.below(3) == 0;
        const auto outcome = database().transact([&](Transaction& tx) -> Result<ledger::Posted> {
          auto posted =
              what <= 1
                  ? book_income(tx, {.amount = amount, .reference = key, .site_percent = 7}, 1)
              : what == 2 || vested.empty()
                  ? ledger::post(tx,
                                 {key,
                                  "reward",
                                  {{{AccountKind::kPool, {}, kEuro}, amount},
                                   {{AccountKind::kVested, account, kEuro}, -amount}}},
                                 1)
                  : book_paid_out(tx,
                                  {.account = vested.front().first,
                                   .amount = vested.front().second,
                                   .asset = kEuro,
                                   .reference = key},
                                  1);
          if (posted && breaks) {
            return Error{"broken off", "broken"};
          }
          return posted;
        });
        if (outcome) {
          EXPECT_EQ(outcome->earlier, done);
          done = true;
        } else {
          EXPECT_THAT(outcome.error().code, ::testing::AnyOf("broken", "ledger_overdraft"));
        }
      }
      if (!done) {
        continue;
      }
      if (what <= 1) {
        held += amount;
      } else if (what == 2 || vested.empty()) {
        vested.emplace_back(account, amount);
      } else {
        held -= vested.front().second;
        vested.erase(vested.begin());
      }
    }
    ASSERT_EQ(problem(), "") << "seed " << seed;
    EXPECT_EQ(balance(AccountKind::kHeldBank), held) << "seed " << seed;
  }
}

}  // namespace
}  // namespace everyface
