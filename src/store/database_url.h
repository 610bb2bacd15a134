// Where a database is: the URLs that Database::open() takes.
#pragma once

#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/store/database.h"

namespace everyface::store {

struct DatabaseUrl {
  DatabaseKind kind = DatabaseKind::kSqlite;
  std::string path;      ///< SQLite: the file
  std::string conninfo;  ///< PostgreSQL: what libpq is given
  std::string display;   ///< without password and parameters
};

/// Errors never repeat the URL: it may hold a password.
Result<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace everyface::store
