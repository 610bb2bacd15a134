// Migrations, also by several servers at once.
#include "everyface/store/migrate.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tests/store/databases.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array kMigrations = {
    Migration{1, "people",
              "CREATE TABLE people (id UUID PRIMARY KEY, name TEXT NOT NULL);\n"
              "CREATE UNIQUE INDEX people_name ON people (name);\n"},
    Migration{2, "counter",
              "CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);\n"
              "INSERT INTO counter (id, n) VALUES (1, 0);\n"},
    Migration{3, "count", "UPDATE counter SET n = n + 1;\n"},
};
constexpr std::span<const Migration> kAll(kMigrations);

class MigrateTest : public testing::OnEveryDatabase {};
EVERYFACE_ON_EVERY_DATABASE(MigrateTest);

std::int64_t count(Database& database) {
  const auto n = database.read(
      [](Transaction& tx) { return tx.one<std::int64_t>(sql("SELECT n FROM counter")); });
  EXPECT_TRUE(n) << n.error().message;
  return n ? *n : -1;
}

TEST_P(MigrateTest, AppliesWhatIsMissingAndNothingTwice) {
  Database database = open();
  EXPECT_EQ(*migrate(database, kAll.first(2)), 2);
  EXPECT_EQ(*schema_version(database), 2);
  EXPECT_EQ(*migrate(database, kAll), 1);
  EXPECT_EQ(*migrate(database, kAll), 0);
  EXPECT_EQ(*schema_version(database), 3);
  EXPECT_EQ(count(database), 1);
}

TEST_P(MigrateTest, RefusesADatabaseOfANewerProgram) {
  Database database = open();
  ASSERT_TRUE(migrate(database, kAll));
  const auto older = migrate(database, kAll.first(2));
  ASSERT_FALSE(older);
  EXPECT_THAT(older.error().message,
              HasSubstr("made by a newer everyface: it has migration 3, this program knows 2"));
}

TEST_P(MigrateTest, RefusesAMigrationThatWasChangedAfterwards) {
  Database database = open();
  ASSERT_TRUE(migrate(database, kAll));
  auto changed = kMigrations;
  changed[1].script = "CREATE TABLE counter (id BIGINT PRIMARY KEY);\n";
  const auto refused = migrate(database, changed);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("migration 2 (counter) has another text than when it was applied"));
}

TEST_P(MigrateTest, RefusesGapsInTheNumbers) {
  Database database = open();
  const std::array gap = {kMigrations[0], kMigrations[2]};
  const auto refused = migrate(database, gap);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("migration 3 (count) comes as number 2"));
}

TEST_P(MigrateTest, AFailedMigrationLeavesThoseBeforeItAndNoneOfItsOwn) {
  Database database = open();
  auto broken = kMigrations;
  broken[2].script = "CREATE TABLE half (id BIGINT PRIMARY KEY);\nUPDATE nowhere SET n = 1;\n";
  const auto failed = migrate(database, broken);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("nowhere"));
  EXPECT_EQ(*schema_version(database), 2);
  const auto half = database.read(
      [](Transaction& tx) { return tx.query<std::int64_t>(sql("SELECT id FROM half")); });
  EXPECT_FALSE(half) << "a table of a migration that failed is there";
  EXPECT_EQ(*migrate(database, kAll), 1);
}

TEST_P(MigrateTest, SeveralServersMayBeginAtOnce) {
  constexpr int kServers = 12;
  std::vector<pid_t> servers;
  for (int i = 0; i < kServers; ++i) {
    const pid_t server = ::fork();
    if (server == 0) {
      auto database = Database::open(url());
      const auto applied =
          database ? migrate(*database, kAll) : DbResult<std::int64_t>(database.error());
      if (!applied) {
        std::fprintf(stderr, "%s\n", applied.error().message.c_str());
      }
      ::_exit(applied ? static_cast<int>(*applied) : 100);
    }
    servers.push_back(server);
  }
  int applied = 0;
  for (const pid_t server : servers) {
    int status = 0;
    ::waitpid(server, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    applied += WEXITSTATUS(status);
  }
  EXPECT_EQ(applied, 3) << "each migration by one of them, and nobody failed";
  Database database = open();
  EXPECT_EQ(count(database), 1);
}

TEST_P(MigrateTest, TheProgramsOwnSchemaApplies) {
  Database database = open();
  const auto applied = migrate(database, schema_migrations());
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(*applied, static_cast<std::int64_t>(schema_migrations().size()));
}

}  // namespace
}  // namespace everyface
