// One way to write SQL, two databases that read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/database.h"

namespace everyface::store {

/// The statement as the database takes it. Words of docs/sql.md in capitals are replaced:
///
///   written        SQLite    PostgreSQL, CockroachDB
///   BIGINT         INTEGER   BIGINT
///   TIMESTAMP_MS   INTEGER   BIGINT
///   DOUBLE         REAL      DOUBLE PRECISION
///   BOOLEAN        INTEGER   BOOLEAN
///   UUID           TEXT      UUID
///   BYTES          BLOB      BYTEA
///   FOR UPDATE               FOR UPDATE
///
/// SQLite, which has one writer, does not lock rows. Its tables are made STRICT, so that they
/// refuse values of another type as the others do.
std::string in_dialect(std::string_view statement, DatabaseKind kind);

/// The statements of a script, which end in semicolons; comments from "--" to the end of the line
/// are left out. Errors, with the line: what find_sql_parameters() objects to, parameters, a last
/// statement without semicolon.
Result<std::vector<std::string>> split_script(std::string_view script);

}  // namespace everyface::store
