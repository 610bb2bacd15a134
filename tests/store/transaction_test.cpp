// Transactions that meet: conflicts, deadlocks, connections lost and connections all in use.
#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <utility>
#include <vector>

#include "everyface/store/database.h"
#include "everyface/store/migrate.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

using Kind = DatabaseErrorKind;
using ::testing::HasSubstr;

class TransactionTest : public testing::OnEveryDatabase {
 protected:
  /// counters (id, n): 1 and 2, both 0.
  Database with_counters(const DatabaseOptions& options = {}) {
    static constexpr Migration kCounters[] = {
        {1, "counters",
         "CREATE TABLE counters (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);\n"
         "INSERT INTO counters (id, n) VALUES (1, 0);\n"
         "INSERT INTO counters (id, n) VALUES (2, 0);\n"}};
    Database database = open(options);
    const auto migrated = migrate(database, kCounters);
    EXPECT_TRUE(migrated) << migrated.error().message;
    return database;
  }

  static DbResult<std::int64_t> value(Transaction& tx, std::int64_t id) {
    return tx.one<std::int64_t>(sql("SELECT n FROM counters WHERE id = :id"), id);
  }
  static DbResult<std::int64_t> set(Transaction& tx, std::int64_t id, std::int64_t n) {
    return tx.execute(sql("UPDATE counters SET n = :n WHERE id = :id"), n, id);
  }
  static std::int64_t value(Database& database, std::int64_t id) {
    const auto n = database.read([&](Transaction& tx) { return value(tx, id); });
    EXPECT_TRUE(n) << n.error().message;
    return n ? *n : -1;
  }

  /// Ends the server's side of every connection to the test's database.
  void cut_connections() {
    const std::string path = url().substr(0, url().find('?'));
    testing::PostgresServer::running().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
        path.substr(path.rfind('/') + 1) + "'");
  }
};
EVERYFACE_ON_EVERY_DATABASE(TransactionTest);

TEST_P(TransactionTest, NoIncrementIsLost) {
  constexpr int kThreads = 4;
  constexpr int kIncrements = 25;
  DatabaseOptions patient;
  patient.attempts = 200;
  Database database = with_counters(patient);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kIncrements; ++j) {
        const auto done = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
          const auto n = value(tx, 1);
          return n ? set(tx, 1, *n + 1) : n;
        });
        EXPECT_TRUE(done) << done.error().message;
        EXPECT_GE(value(database, 1), 1);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(value(database, 1), kThreads * kIncrements);
}

TEST_P(TransactionTest, AConflictRunsTheFunctionAgain) {
  if (on_sqlite()) {
    GTEST_SKIP() << "SQLite has one writer at a time: nothing can come between";
  }
  Database database = with_counters();
  // Both read both counters before either writes: each write makes the other's reading untrue.
  std::barrier both_have_read(2);
  std::atomic<int> runs{0};
  const auto run = [&](std::int64_t mine) {
    bool first = true;
    const auto done = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
      ++runs;
      const auto one = value(tx, 1);
      const auto two = value(tx, 2);
      if (!one || !two) {
        return one ? two : one;
      }
      if (std::exchange(first, false)) {
        both_have_read.arrive_and_wait();
      }
      return set(tx, mine, *one + *two + 1);
    });
    EXPECT_TRUE(done) << done.error().message;
  };
  std::thread other([&] { run(1); });
  run(2);
  other.join();
  EXPECT_EQ(value(database, 1) + value(database, 2), 3) << "1, then 1 + 0 + 1: one after the other";
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(database.retries(), 1U);
}

TEST_P(TransactionTest, ADeadlockIsResolved) {
  if (on_sqlite()) {
    GTEST_SKIP() << "SQLite has one writer at a time: none waits for a row";
  }
  Database database = with_counters();
  std::barrier both_hold_one(2);
  const auto run = [&](std::int64_t first_row, std::int64_t second_row) {
    bool first = true;
    const auto done = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
      const auto held = tx.execute(sql("UPDATE counters SET n = n + 1 WHERE id = :id"), first_row);
      if (!held) {
        return held;
      }
      if (std::exchange(first, false)) {
        both_hold_one.arrive_and_wait();
      }
      return tx.execute(sql("UPDATE counters SET n = n + 1 WHERE id = :id"), second_row);
    });
    EXPECT_TRUE(done) << done.error().message;
  };
  std::thread other([&] { run(1, 2); });
  run(2, 1);
  other.join();
  EXPECT_EQ(value(database, 1), 2);
  EXPECT_EQ(value(database, 2), 2);
  EXPECT_GE(database.retries(), 1U);
}

TEST_P(TransactionTest, AttemptsAreBounded) {
  DatabaseOptions impatient;
  impatient.attempts = 2;
  Database database = with_counters(impatient);
  Database other = open(impatient);
  int runs = 0;
  const auto conflict = [&](Transaction& tx) -> DbResult<std::int64_t> {
    ++runs;
    const auto n = value(tx, 1);
    if (!n) {
      return n;
    }
    // Another server comes between, every time. On SQLite, it is the one who waits in vain.
    const auto between =
        other.transact([&](Transaction& theirs) { return set(theirs, 1, *n + 100); });
    return on_sqlite() ? between : set(tx, 1, *n + 1);
  };
  const auto done = database.transact(conflict);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, Kind::kBusy);
  EXPECT_EQ(done.error().code, "database_busy");
  EXPECT_THAT(done.error().message, HasSubstr("gave up after 2 attempts"));
  EXPECT_EQ(runs, on_sqlite() ? 1 : 2);
}

TEST_P(TransactionTest, ReadersSeeOneMomentAndDoNotWait) {
  Database database = with_counters();
  const auto written = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
    const auto changed = set(tx, 1, 5);
    EXPECT_EQ(value(database, 1), 0) << "not committed yet";
    return changed;
  });
  ASSERT_TRUE(written);
  const auto moment = database.read([&](Transaction& tx) -> DbResult<std::int64_t> {
    EXPECT_EQ(*value(tx, 1), 5);
    EXPECT_TRUE(database.transact([&](Transaction& theirs) { return set(theirs, 1, 6); }));
    return value(tx, 1);
  });
  ASSERT_TRUE(moment) << moment.error().message;
  EXPECT_EQ(*moment, 5);
  EXPECT_EQ(value(database, 1), 6);
}

TEST_P(TransactionTest, WhenAllConnectionsAreInUseThatIsSaid) {
  DatabaseOptions few;
  few.connections = 1;
  few.connection_wait_ms = 30;
  Database database = with_counters(few);
  const auto outer = database.read([&](Transaction&) -> DbResult<int> {
    const auto inner = database.read([](Transaction& tx) { return value(tx, 1); });
    EXPECT_FALSE(inner);
    EXPECT_EQ(inner.error().kind, Kind::kBusy);
    EXPECT_THAT(inner.error().message, HasSubstr("all 1 connections"));
    return 0;
  });
  EXPECT_TRUE(outer);
  EXPECT_EQ(value(database, 1), 0) << "it was given back";
}

TEST_P(TransactionTest, ConnectionsThatWentStaleAreReplaced) {
  if (on_sqlite()) {
    GTEST_SKIP() << "SQLite has no server that could go away";
  }
  Database database = with_counters();
  // Five connections at once, so that the pool keeps as many.
  std::barrier all_connected(5);
  std::vector<std::thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      const auto done = database.read([&](Transaction& tx) {
        auto n = value(tx, 1);
        all_connected.arrive_and_wait();
        return n;
      });
      EXPECT_TRUE(done);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  cut_connections();
  const auto done = database.transact([&](Transaction& tx) { return set(tx, 1, 9); });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(value(database, 1), 9);
  EXPECT_EQ(database.retries(), 1U);
}

TEST_P(TransactionTest, ACommitThatNobodyAnsweredIsNotRepeated) {
  if (on_sqlite()) {
    GTEST_SKIP() << "SQLite has no server that could go away";
  }
  Database database = with_counters();
  int runs = 0;
  const auto done = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
    ++runs;
    auto changed = set(tx, 1, 9);
    cut_connections();
    return changed;
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, Kind::kCommitUnknown);
  EXPECT_EQ(done.error().code, "database_commit_unknown");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(value(database, 1), 0) << "here we know that it was not done";
}

TEST_P(TransactionTest, ATableThatChangedUnderPreparedStatementsIsReadAgain) {
  Database database = with_counters();
  EXPECT_EQ(value(database, 1), 0);
  Database other = open();
  const auto changed = other.transact(
      [](Transaction& tx) { return tx.execute(sql("ALTER TABLE counters ADD COLUMN note TEXT")); });
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(value(database, 1), 0);
  const auto all = database.read([](Transaction& tx) {
    return tx.query<std::int64_t>(sql("SELECT n FROM counters WHERE note IS NULL ORDER BY id"));
  });
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 2U);
}

}  // namespace
}  // namespace everyface
