#include "store/explain.h"

#include <sqlite3.h>

#include <utility>

namespace everyface {
namespace {

const char* code_of(DatabaseErrorKind kind) {
  switch (kind) {
    case DatabaseErrorKind::kUnique:
      return "database_unique";
    case DatabaseErrorKind::kForeignKey:
      return "database_foreign_key";
    case DatabaseErrorKind::kConstraint:
      return "database_constraint";
    case DatabaseErrorKind::kNoRow:
      return "database_no_row";
    case DatabaseErrorKind::kBusy:
      return "database_busy";
    case DatabaseErrorKind::kUnavailable:
      return "database_unavailable";
    case DatabaseErrorKind::kCommitUnknown:
      return "database_commit_unknown";
    case DatabaseErrorKind::kOther:
      break;
  }
  return "database";
}

}  // namespace

DatabaseError::DatabaseError(DatabaseErrorKind what, std::string why, std::string name)
    : Error{std::move(why), code_of(what)}, kind(what), constraint(std::move(name)) {}

namespace store {
namespace {

using Kind = DatabaseErrorKind;

Kind kind_of_sqlite(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Kind::kUnique;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Kind::kForeignKey;
    case SQLITE_CONSTRAINT_NOTNULL:
    case SQLITE_CONSTRAINT_CHECK:
      return Kind::kConstraint;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Kind::kBusy;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Kind::kUnavailable;
    default:
      return Kind::kOther;
  }
}

Kind kind_of_postgres(std::string_view sqlstate) {
  // A row, a relation or a type that is there already: servers may create one at the same moment.
  if (sqlstate == "23505" || sqlstate == "42P07" || sqlstate == "42710") {
    return Kind::kUnique;
  }
  if (sqlstate == "23503" || sqlstate == "23001") {
    return Kind::kForeignKey;
  }
  if (sqlstate == "23502" || sqlstate == "23514") {
    return Kind::kConstraint;
  }
  // Serialization, deadlock, lock not available; a prepared statement whose table has changed.
  if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03" || sqlstate == "0A000") {
    return Kind::kBusy;
  }
  if (sqlstate == "40003") {
    return Kind::kCommitUnknown;
  }
  // Connection lost, server shutting down or starting, too many connections.
  if (sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate == "53300") {
    return Kind::kUnavailable;
  }
  return Kind::kOther;
}

}  // namespace

DatabaseError explain_sqlite(int code, std::string_view said) {
  // SOCI puts the name of its function first, SQLite the sort of constraint.
  if (const std::size_t own = said.find(": "); said.starts_with("sqlite3_") && own < said.size()) {
    said.remove_prefix(own + 2);
  }
  DatabaseError error(kind_of_sqlite(code), std::string(said));
  static constexpr std::string_view kFailed = " constraint failed: ";
  if (const std::size_t at = said.find(kFailed); at != std::string_view::npos) {
    error.constraint = said.substr(at + kFailed.size());
  }
  return error;
}

DatabaseError explain_postgres(std::string_view sqlstate, std::string_view said) {
  DatabaseError error(kind_of_postgres(sqlstate), {});
  // A value quoted in DETAIL may hold such a line too, but comes before the server's own.
  static constexpr std::string_view kName = "\nCONSTRAINT NAME:  ";
  if (const std::size_t at = said.rfind(kName); at != std::string_view::npos) {
    const std::string_view name = said.substr(at + kName.size());
    error.constraint = name.substr(0, name.find('\n'));
  }
  std::string_view first = said.substr(0, said.find('\n'));
  const std::string code = std::string(sqlstate) + ": ";
  if (const std::size_t at = first.find(code); at != std::string_view::npos) {
    first.remove_prefix(at + code.size());
  }
  error.message.append(first).append(" (SQLSTATE ").append(sqlstate).append(")");
  return error;
}

}  // namespace store
}  // namespace everyface
