// One connection through SOCI, whose exceptions end here.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/store/database.h"
#include "store/database_url.h"

namespace soci {
class session;
}

namespace everyface::store {

class Prepared;

/// Used by one thread at a time.
class Connection {
 public:
  static DbResult<std::unique_ptr<Connection>> connect(const DatabaseUrl& url, bool read_only);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  DbResult<void> begin();
  /// kCommitUnknown where the connection broke meanwhile.
  DbResult<void> commit();
  /// What cannot be rolled back is broken.
  void rollback();

  /// The text must live as long as the connection, which keeps it prepared.
  DbResult<std::int64_t> execute(std::string_view text, const std::vector<SqlValue>& values);
  DbResult<void> fetch(std::string_view text, const std::vector<SqlValue>& values,
                       std::span<const SqlColumn> columns,
                       const std::function<bool(std::span<SqlValue>)>& take);
  /// Runs a text without parameters that is not kept: migrations, settings.
  DbResult<void> run_once(const std::string& text);

  [[nodiscard]] DatabaseKind kind() const { return kind_; }
  /// Not to be used again.
  [[nodiscard]] bool broken() const { return broken_; }
  /// From now on, transactions only read (PostgreSQL: SQLite's connections are of one sort).
  void set_read_only(bool read_only) { read_only_ = read_only; }

 private:
  Connection(DatabaseKind kind, std::unique_ptr<soci::session> session, bool read_only);
  DbResult<void> set_up_sqlite();
  DbResult<void> set_patiently(const std::string& setting);
  Prepared& prepare(std::string_view text);
  /// Without parameters. SQLite's BEGIN and COMMIT took a fifth of a short transaction to prepare.
  DbResult<void> run_prepared(std::string_view text);
  /// Makes an error of the exception that is being handled, and notes whether the connection broke.
  DatabaseError explain(std::string_view text);
  /// The unique index that SQLite means by "index 'name'" or "table.column, table.column".
  std::string unique_index_of_columns(const std::string& said);

  struct Statements;
  DatabaseKind kind_;
  bool read_only_;
  bool broken_ = false;
  std::unique_ptr<soci::session> session_;
  std::unique_ptr<Statements> statements_;  // goes before the session
};

}  // namespace everyface::store
