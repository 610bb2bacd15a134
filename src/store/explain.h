// What databases say of failures, as DatabaseError.
#pragma once

#include <string>
#include <string_view>

#include "everyface/store/database.h"

namespace everyface::store {

/// `code` is SQLite's extended result code, `said` its message as SOCI passes it on. `constraint`
/// is what SQLite names: for a unique index, "table.column, table.column" or "index 'name'".
DatabaseError explain_sqlite(int code, std::string_view said);

/// `said` is libpq's message of verbosity PQERRORS_VERBOSE. Its lines after the first quote
/// values; only a constraint's name is taken from them.
DatabaseError explain_postgres(std::string_view sqlstate, std::string_view said);

}  // namespace everyface::store
