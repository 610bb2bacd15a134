// A SQL database, the same to its callers on SQLite, PostgreSQL and CockroachDB.
//
//   auto database = Database::open("sqlite:/var/lib/everyface/everyface.db");
//   const DbResult<Uuid> id = database->transact([&](Transaction& tx) -> DbResult<Uuid> {
//     const Uuid key = Uuid::make();
//     if (auto added = tx.execute(sql("INSERT INTO people (id, name) VALUES (:id, :name)"), key,
//                                 name);
//         !added) {
//       return added.error();
//     }
//     return key;
//   });
//
// Transactions are SERIALIZABLE: they behave as if they had run one after the other. The database
// may therefore refuse one because another came between; then the whole function is run again. So a
// function must do nothing but read and write through its Transaction: no mail, no files, no
// changes to variables outside that a second run would see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/store/sql.h"
#include "everyface/store/value.h"

namespace everyface {

enum class DatabaseErrorKind {
  kUnique,         ///< the row is there already; `constraint` says by which unique index
  kForeignKey,     ///< the row refers to one that is not there, or is referred to
  kConstraint,     ///< NOT NULL or CHECK; `constraint` says which where it has a name
  kNoRow,          ///< one() found none; the transaction goes on
  kBusy,           ///< others came between, or all connections were in use, for too long: try later
  kUnavailable,    ///< the database does not answer; nothing was changed
  kCommitUnknown,  ///< the connection broke while committing: it was done whole, or not at all
  kOther           ///< a mistake in a statement or in the set-up; the message says which
};

/// The message holds the statement and the database's reason, but none of the values. The code says
/// the kind to those who are handed a plain Error: "database_unique", "database_foreign_key",
/// "database_constraint", "database_no_row", "database_busy", "database_unavailable",
/// "database_commit_unknown", "database".
struct DatabaseError : Error {
  DatabaseError(DatabaseErrorKind what, std::string why, std::string name = {});

  DatabaseErrorKind kind;
  /// Of kUnique, kForeignKey and kConstraint: the index or constraint. SQLite does not name foreign
  /// keys. A primary key is named <table>_pkey.
  std::string constraint;
};

template <typename T>
using DbResult = Result<T, DatabaseError>;

enum class DatabaseKind { kSqlite, kPostgres };

struct DatabaseOptions {
  std::size_t connections = 8;               ///< for SQLite: readers, beside the one writer
  int attempts = 12;                         ///< how often a transaction is begun before kBusy
  std::int64_t connection_wait_ms = 10'000;  ///< for a free connection, before kBusy
};

namespace store {
class Connection;
class Migrator;
class Pool;
}  // namespace store

/// What runs between begin and commit. After any statement has failed, the transaction has failed:
/// all further statements give the same error, and it will be rolled back. To insert what may be
/// there already, write ON CONFLICT DO NOTHING and look at the number of rows.
class Transaction {
 public:
  explicit Transaction(store::Connection& connection) : connection_(connection) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Runs a statement that gives no rows; returns how many it inserted, changed or deleted. The
  /// values are those of the statement's parameters in order of first appearance.
  template <typename... Values>
  DbResult<std::int64_t> execute(SqlFor<std::type_identity_t<Values>...> statement,
                                 const Values&... values) {
    return run(statement.text(), std::vector<SqlValue>{store::to_value(values)...});
  }

  /// All rows of a SELECT, or of a statement with RETURNING, in its order. What a Row may be is
  /// said at store::RowOf in everyface/store/value.h. Errors: another number of columns than the
  /// Row has, NULL or an unreadable value where the Row cannot take it.
  template <typename Row, typename... Values>
  DbResult<std::vector<Row>> query(SqlFor<std::type_identity_t<Values>...> statement,
                                   const Values&... values) {
    std::vector<Row> rows;
    static constexpr auto kColumns = store::RowOf<Row>::list();
    auto done = fetch(
        statement.text(), std::vector<SqlValue>{store::to_value(values)...}, kColumns,
        [&](std::span<SqlValue> row) { return store::RowOf<Row>::read(row, rows.emplace_back()); });
    if (!done) {
      return done.error();
    }
    return rows;
  }

  /// The one row, or none. Error: more than one.
  template <typename Row, typename... Values>
  DbResult<std::optional<Row>> find(SqlFor<std::type_identity_t<Values>...> statement,
                                    const Values&... values) {
    auto rows = query<Row, Values...>(statement, values...);
    if (!rows) {
      return rows.error();
    }
    if (rows->size() > 1) {
      return more_than_one(statement.text());
    }
    return rows->empty() ? std::optional<Row>() : std::optional<Row>(std::move(rows->front()));
  }

  /// The one row. Errors: kNoRow; more than one.
  template <typename Row, typename... Values>
  DbResult<Row> one(SqlFor<std::type_identity_t<Values>...> statement, const Values&... values) {
    auto row = find<Row, Values...>(statement, values...);
    if (!row) {
      return row.error();
    }
    if (!*row) {
      return no_row(statement.text());
    }
    return std::move(**row);
  }

  /// The first error of a statement, if there was one.
  [[nodiscard]] const std::optional<DatabaseError>& failure() const { return failure_; }
  [[nodiscard]] DatabaseKind kind() const;

 private:
  friend class store::Migrator;
  DbResult<void> run_text(const std::string& text);
  DbResult<std::int64_t> run(std::string_view text, const std::vector<SqlValue>& values);
  DbResult<void> fetch(std::string_view text, const std::vector<SqlValue>& values,
                       std::span<const SqlColumn> columns,
                       const std::function<bool(std::span<SqlValue>)>& take);
  DatabaseError fail(DatabaseError error);
  static DatabaseError no_row(std::string_view text);
  DatabaseError more_than_one(std::string_view text);

  store::Connection& connection_;
  std::optional<DatabaseError> failure_;
};

/// Connections to one database. Movable; may be used by many threads at once.
class Database {
 public:
  /// Opens "sqlite:FILE" (created where it is missing; WAL mode, foreign keys on) or
  /// "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?..." (libpq's URLs; CockroachDB too), and tries
  /// one connection. Errors: a URL of another kind, a file that cannot be opened or is no database,
  /// a server that does not answer or refuses; no message shows the password.
  static DbResult<Database> open(std::string_view url, const DatabaseOptions& options = {});

  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Runs function(Transaction&), which returns a Result whose error can be made of a
  /// DatabaseError (Result<T> and DbResult<T> can). Commits where it returns a value, rolls back
  /// where it returns an error, and returns what it returned. Where the database asks for it
  /// (conflicts, deadlocks, a connection lost before the commit) the function is run again, with
  /// pauses that grow and jitter, options.attempts times at most; then: kBusy or kUnavailable.
  /// Writers of SQLite wait for each other. Do not nest.
  template <typename Function>
  auto transact(Function&& function) -> std::invoke_result_t<Function&, Transaction&> {
    return perform(Access::kWrite, function);
  }

  /// The same for functions that only read: they see one moment of the database, and do not wait
  /// for writers. A statement that writes fails.
  template <typename Function>
  auto read(Function&& function) -> std::invoke_result_t<Function&, Transaction&> {
    return perform(Access::kRead, function);
  }

  [[nodiscard]] DatabaseKind kind() const;
  /// The URL without its password, for logs.
  [[nodiscard]] const std::string& display_name() const;
  /// How often a transaction had to be begun again, since open(): for metrics.
  [[nodiscard]] std::uint64_t retries() const;

 private:
  enum class Access { kRead, kWrite };
  class Impl;
  explicit Database(std::unique_ptr<Impl> impl);

  template <typename Function>
  auto perform(Access access, Function& function) -> std::invoke_result_t<Function&, Transaction&> {
    using Outcome = std::invoke_result_t<Function&, Transaction&>;
    std::optional<Outcome> outcome;
    auto done = run(access, [&](Transaction& transaction) {
      outcome.emplace(function(transaction));
      return outcome->ok();
    });
    if (!done) {
      return Outcome(done.error());
    }
    return std::move(*outcome);
  }
  /// `body` says whether to commit.
  DbResult<void> run(Access access, const std::function<bool(Transaction&)>& body);
  DbResult<void> attempt(Access access, const std::function<bool(Transaction&)>& body, bool& again);

  std::unique_ptr<Impl> impl_;
};

}  // namespace everyface
