// The schema, built up by numbered migrations.
//
// A migration is a file src/store/migrations/NNNN_name.sql of statements that end in semicolons, in
// the SQL that docs/sql.md lists. The files are compiled into the program. Once released, a
// migration never changes: the next change is the next number.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "everyface/store/database.h"

namespace everyface {

struct Migration {
  std::int64_t number;  ///< 1, 2, 3, ... without gaps
  std::string_view name;
  std::string_view script;
};

/// The program's own.
std::span<const Migration> schema_migrations();

/// Applies those that the database lacks, each in a transaction with its record in the table
/// schema_migrations. Several servers may do so at once: each migration is applied by one of them,
/// and all return when it is done. Returns how many this call applied. Errors: the database was
/// made by a newer program; a migration that was applied before has another text now; a migration
/// that fails, which leaves those before it.
DbResult<std::int64_t> migrate(Database& database, std::span<const Migration> migrations);

/// The number of the last migration that was applied. Error: migrate() has never run on it.
DbResult<std::int64_t> schema_version(Database& database);

}  // namespace everyface
