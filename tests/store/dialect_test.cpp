// One way to write SQL, two databases.
#include "store/dialect.h"

#include <gmock/gmock.h>

namespace everyface::store {
namespace {

using ::testing::ElementsAre;

TEST(DialectTest, TypesAreReplacedWhereTheyAreWords) {
  const std::string_view table =
      "CREATE TABLE t (id UUID, at TIMESTAMP_MS, n BIGINT, x DOUBLE, f BOOLEAN, b BYTES, s TEXT "
      "DEFAULT 'UUID', uuid_x TEXT, X_UUID TEXT)";
  EXPECT_EQ(in_dialect(table, DatabaseKind::kSqlite),
            "CREATE TABLE t (id TEXT, at INTEGER, n INTEGER, x REAL, f INTEGER, b BLOB, s TEXT "
            "DEFAULT 'UUID', uuid_x TEXT, X_UUID TEXT) STRICT");
  EXPECT_EQ(in_dialect(table, DatabaseKind::kPostgres),
            "CREATE TABLE t (id UUID, at BIGINT, n BIGINT, x DOUBLE PRECISION, f BOOLEAN, b BYTEA, "
            "s TEXT DEFAULT 'UUID', uuid_x TEXT, X_UUID TEXT)");
}

TEST(DialectTest, SqliteDoesNotLockRows) {
  EXPECT_EQ(in_dialect("SELECT a FROM t WHERE b = 'FOR UPDATE' FOR UPDATE", DatabaseKind::kSqlite),
            "SELECT a FROM t WHERE b = 'FOR UPDATE' ");
  EXPECT_EQ(in_dialect("SELECT a FROM t FOR UPDATE", DatabaseKind::kPostgres),
            "SELECT a FROM t FOR UPDATE");
}

TEST(DialectTest, ScriptsAreSplitAtSemicolonsOutsideOfTexts) {
  const auto statements = split_script(
      "-- what; it is for\nCREATE TABLE a (s TEXT DEFAULT 'x;--y''z');\n\nDROP TABLE b; -- gone\n");
  ASSERT_TRUE(statements) << statements.error().message;
  EXPECT_THAT(*statements,
              ElementsAre("CREATE TABLE a (s TEXT DEFAULT 'x;--y''z')", "DROP TABLE b"));
}

TEST(DialectTest, MistakesInScriptsAreSaidWithTheirLine) {
  const auto message = [](std::string_view script) {
    const auto statements = split_script(script);
    return statements ? "none" : statements.error().message;
  };
  EXPECT_EQ(message("DROP TABLE a;\nDROP TABLE b"),
            "line 2: the last statement does not end in a semicolon");
  EXPECT_EQ(message("DROP TABLE a;\n;"), "line 2: a statement is empty");
  EXPECT_EQ(message("DELETE FROM a WHERE b = :c;"),
            "line 1: a migration's statement takes no parameters");
  EXPECT_EQ(message("SELECT 'open;"), "line 1: the last statement does not end in a semicolon");
  EXPECT_EQ(message("SELECT \"a\";"),
            "line 1: a character that statements do not need: ; \" \\ $ ? or zero");
}

}  // namespace
}  // namespace everyface::store
