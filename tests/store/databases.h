// Tests that run on SQLite and on PostgreSQL, each test with an empty database of its own:
//
//   class AccountsTest : public testing::OnEveryDatabase {};
//   EVERYFACE_ON_EVERY_DATABASE(AccountsTest);
//   TEST_P(AccountsTest, AnAddressHasOneAccount) { Database database = open(); ... }
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "everyface/store/database.h"
#include "tests/store/postgres_server.h"

namespace everyface::testing {

class OnEveryDatabase : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "everyface-db-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    if (GetParam() == DatabaseKind::kSqlite) {
      url_ = "sqlite:" + (folder_ / "test.db").string();
    } else if (const std::string why = PostgresServer::unavailable(); !why.empty()) {
      GTEST_SKIP() << why;
    } else {
      url_ = PostgresServer::running().create_database();
    }
  }

  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// Several may be open at once, as several servers are.
  Database open(const DatabaseOptions& options = {}) {
    auto database = Database::open(url_, options);
    if (!database) {
      throw std::runtime_error(database.error().message);
    }
    return std::move(*database);
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] bool on_sqlite() const { return GetParam() == DatabaseKind::kSqlite; }
  /// A folder that goes with the test.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::string url_;
};

}  // namespace everyface::testing

/// Names the tests .../sqlite and .../postgres.
#define EVERYFACE_ON_EVERY_DATABASE(Suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(                                                                    \
      On, Suite,                                                                               \
      ::testing::Values(everyface::DatabaseKind::kSqlite, everyface::DatabaseKind::kPostgres), \
      [](const ::testing::TestParamInfo<everyface::DatabaseKind>& tested) {                    \
        return tested.param == everyface::DatabaseKind::kSqlite ? "sqlite" : "postgres";       \
      })
