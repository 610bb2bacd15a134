// A server that is killed at any moment leaves whole transactions, and no blob that stays an
// orphan.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>

#include "everyface/base/random.h"
#include "everyface/store/blobs.h"
#include "everyface/store/database.h"
#include "everyface/store/migrate.h"
#include "tests/store/databases.h"

namespace everyface {
namespace {

constexpr int kKills = 12;

constexpr Migration kBooks[] = {
    {1, "books",
     "CREATE TABLE transfers (id BIGINT PRIMARY KEY, blob TEXT NOT NULL);\n"
     "CREATE TABLE postings (id UUID PRIMARY KEY, transfer BIGINT NOT NULL "
     "REFERENCES transfers (id), amount BIGINT NOT NULL);\n"
     "CREATE INDEX postings_transfer ON postings (transfer);\n"}};

class KillTest : public testing::OnEveryDatabase {
 protected:
  [[nodiscard]] std::unique_ptr<BlobStore> blobs() const {
    return std::move(*open_folder_blobs(folder() / "blobs"));
  }

  /// Writes one transfer after the other, a blob and two postings each, and says on `pipe` which
  /// are committed, until it is killed.
  [[noreturn]] void work(std::int64_t first, int pipe) {
    auto database = Database::open(url());
    const auto store = blobs();
    for (std::int64_t id = first; database; ++id) {
      const std::string key = "transfers/" + std::to_string(id) + "-" + Uuid::make().text();
      if (!store->put(key, std::string(5000, 'x'))) {
        ::_exit(2);
      }
      const auto done = database->transact([&](Transaction& tx) -> DbResult<std::int64_t> {
        auto added =
            tx.execute(sql("INSERT INTO transfers (id, blob) VALUES (:id, :blob)"), id, key);
        for (const std::int64_t amount : {-id, id}) {
          if (added) {
            added = tx.execute(sql("INSERT INTO postings (id, transfer, amount) "
                                   "VALUES (:id, :transfer, :amount)"),
                               Uuid::make(), id, amount);
          }
        }
        return added;
      });
      if (!done || ::write(pipe, &id, sizeof id) != sizeof id) {
        ::_exit(3);
      }
    }
    ::_exit(4);
  }
};
EVERYFACE_ON_EVERY_DATABASE(KillTest);

TEST_P(KillTest, WhatWasCommittedIsWholeAndWhatWasNotIsGone) {
  {
    Database database = open();
    ASSERT_TRUE(migrate(database, kBooks));
  }
  Random random(7);
  std::int64_t last_said = 0;
  std::int64_t next = 1;
  for (int kill = 0; kill < kKills; ++kill) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      work(next, pipe[1]);
    }
    ::close(pipe[1]);
    // It is killed a random while after its first commit.
    std::int64_t said = 0;
    ASSERT_EQ(::read(pipe[0], &said, sizeof said), static_cast<ssize_t>(sizeof said));
    last_said = said;
    ::usleep(static_cast<useconds_t>(random.below(30'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
    while (::read(pipe[0], &said, sizeof said) == static_cast<ssize_t>(sizeof said)) {
      last_said = said;
    }
    ::close(pipe[0]);

    Database database = open();
    const auto last = database.read(
        [](Transaction& tx) { return tx.one<std::int64_t>(sql("SELECT MAX(id) FROM transfers")); });
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_GE(*last, last_said) << "what was said to be committed is there";
    EXPECT_LE(*last, last_said + 1);
    next = *last + 1;
  }

  Database database = open();
  const auto halves = database.read([](Transaction& tx) {
    return tx.query<std::int64_t>(
        sql("SELECT t.id FROM transfers AS t LEFT JOIN postings AS p ON p.transfer = t.id "
            "GROUP BY t.id HAVING COUNT(p.id) <> 2 OR SUM(p.amount) <> 0"));
  });
  ASSERT_TRUE(halves) << halves.error().message;
  EXPECT_THAT(*halves, ::testing::IsEmpty());

  const auto named = database.read(
      [](Transaction& tx) { return tx.query<std::string>(sql("SELECT blob FROM transfers")); });
  ASSERT_TRUE(named);
  EXPECT_EQ(static_cast<std::int64_t>(named->size()), next - 1);
  const auto store = blobs();
  for (const std::string& key : *named) {
    const auto blob = store->find(key);
    ASSERT_TRUE(blob && *blob) << key;
    EXPECT_EQ((*blob)->bytes, 5000U);
  }
  const auto swept = sweep_orphans(
      *store, "transfers/", std::numeric_limits<std::int64_t>::max(),
      [&](std::span<const std::string> keys) -> Result<std::vector<bool>> {
        return database.read([&](Transaction& tx) -> Result<std::vector<bool>> {
          std::vector<bool> known;
          for (const std::string& key : keys) {
            auto found =
                tx.query<std::int64_t>(sql("SELECT id FROM transfers WHERE blob = :blob"), key);
            if (!found) {
              return found.error();
            }
            known.push_back(!found->empty());
          }
          return known;
        });
      },
      true);
  ASSERT_TRUE(swept) << swept.error().message;
  EXPECT_LE(swept->orphans.size(), static_cast<std::size_t>(kKills)) << "at most one a kill";
  std::size_t left = 0;
  ASSERT_TRUE(store->list("", [&](const BlobEntry&) { ++left; }));
  EXPECT_EQ(left, named->size());
}

}  // namespace
}  // namespace everyface
