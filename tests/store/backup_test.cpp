// The commands of docs/storage.md back up and restore.
#include <gmock/gmock.h>

#include <cstdlib>

#include "everyface/base/file.h"
#include "everyface/store/blobs.h"
#include "everyface/store/database.h"
#include "everyface/store/migrate.h"
#include "tests/store/databases.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;

/// The block of commands that begins with "```sh NAME" in the manual.
std::string commands(const std::string& name) {
  const auto manual = read_file(testing::source_folder() / "docs/storage.md");
  const std::string begin = "```sh " + name + "\n";
  const std::size_t at = manual ? manual->find(begin) : std::string::npos;
  if (at == std::string::npos) {
    throw std::runtime_error("docs/storage.md has no commands called " + name);
  }
  const std::size_t from = at + begin.size();
  return manual->substr(from, manual->find("```", from) - from);
}

class BackupTest : public testing::OnEveryDatabase {
 protected:
  void run(const std::string& name, const std::string& database) {
    const std::string path = testing::PostgresServer::programs().string() + ":" + ::getenv("PATH");
    ASSERT_EQ(::setenv("PATH", path.c_str(), 1), 0);
    ASSERT_EQ(::setenv("DATABASE", database.c_str(), 1), 0);
    ASSERT_EQ(::setenv("BLOBS", (folder() / "blobs").c_str(), 1), 0);
    ASSERT_EQ(::setenv("BACKUP", (folder() / "backup").c_str(), 1), 0);
    const auto script = folder() / "commands";
    ASSERT_TRUE(write_file_atomic(script, "set -e -o pipefail\n" + commands(name)));
    ASSERT_EQ(std::system(("bash " + script.string()).c_str()), 0) << commands(name);
  }
  [[nodiscard]] std::string where() const { return on_sqlite() ? url().substr(7) : url(); }
};
EVERYFACE_ON_EVERY_DATABASE(BackupTest);

constexpr Migration kSchema[] = {
    {1, "people",
     "CREATE TABLE people (id UUID PRIMARY KEY, name TEXT NOT NULL, face BYTES NOT NULL);\n"
     "CREATE UNIQUE INDEX people_name ON people (name);\n"}};

DbResult<std::int64_t> add(Database& database, const std::string& name) {
  return database.transact([&](Transaction& tx) {
    return tx.execute(sql("INSERT INTO people (id, name, face) VALUES (:id, :name, :face)"),
                      Uuid::make(), name, Bytes{0, 1, 255});
  });
}

DbResult<std::vector<std::string>> names(Database& database) {
  return database.read([](Transaction& tx) {
    return tx.query<std::string>(sql("SELECT name FROM people ORDER BY name"));
  });
}

TEST_P(BackupTest, WhatWasThereIsThereAgain) {
  if (std::system("command -v sqlite3 rsync >/dev/null") != 0) {
    GTEST_SKIP() << "sqlite3 or rsync is not installed: make setup installs them";
  }
  const auto blobs = std::move(*open_folder_blobs(folder() / "blobs"));
  std::string restored = url();
  {
    Database database = open();
    ASSERT_TRUE(migrate(database, kSchema));
    ASSERT_TRUE(add(database, "Ada"));
    ASSERT_TRUE(blobs->put("photos/ada", "face"));
    run(on_sqlite() ? "backup-sqlite" : "backup-postgres", where());  // while the site runs
    run("backup-blobs", where());
    ASSERT_TRUE(add(database, "Grace")) << "after the backup";
    ASSERT_TRUE(blobs->remove("photos/ada"));
  }
  if (!on_sqlite()) {
    restored = testing::PostgresServer::running().create_database();
  }
  run(on_sqlite() ? "restore-sqlite" : "restore-postgres", on_sqlite() ? where() : restored);
  run("restore-blobs", where());

  auto database = Database::open(restored);
  ASSERT_TRUE(database) << database.error().message;
  EXPECT_EQ(*migrate(*database, kSchema), 0) << "the schema is there, and recorded";
  EXPECT_THAT(*names(*database), ElementsAre("Ada"));
  EXPECT_FALSE(add(*database, "Ada")) << "indexes are there too";
  EXPECT_TRUE(add(*database, "Joan"));
  EXPECT_EQ(*blobs->get("photos/ada", 100), "face");
}

}  // namespace
}  // namespace everyface
