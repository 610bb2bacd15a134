#include "store/connection.h"

#include <fcntl.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include "everyface/base/file.h"
#include "store/explain.h"
#include "store/prepared.h"

namespace everyface::store {
namespace {

constexpr int kAttemptsToSet = 100;

/// Before the first of the process. A connection is one thread's at a time, so SQLite need not lock
/// it; nobody asks how much memory it has, for which every allocation takes one lock of all
/// threads.
void configure_sqlite() {
  static const bool kConfigured = [] {
    return sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK &&
           sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
  }();
  static_cast<void>(kConfigured);  // where another library was first, SQLite is only slower
}

sqlite_api::sqlite3* sqlite_of(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

PGconn* postgres_of(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

/// SQLite itself would create the file readable by everyone. A file that is there is not touched:
/// to close any descriptor of it would drop the locks that SQLite holds on it for the whole process
/// (https://www.sqlite.org/howtocorrupt.html, section 2.2).
DbResult<void> create_private_file(const std::string& path) {
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
    if (auto made = make_folder(folder); !made) {
      return DatabaseError(DatabaseErrorKind::kUnavailable, made.error().message);
    }
  }
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) {
    return {};
  }
  if (file < 0) {
    return DatabaseError(DatabaseErrorKind::kUnavailable,
                         "cannot open the database " + path + ": " +
                             std::error_code(errno, std::generic_category()).message());
  }
  ::close(file);
  return {};
}

}  // namespace

struct Connection::Statements {
  std::map<std::string_view, std::unique_ptr<Prepared>> by_text;
};

Connection::Connection(DatabaseKind kind, std::unique_ptr<soci::session> session, bool read_only)
    : kind_(kind),
      read_only_(read_only),
      session_(std::move(session)),
      statements_(std::make_unique<Statements>()) {}

Connection::~Connection() = default;

DbResult<std::unique_ptr<Connection>> Connection::connect(const DatabaseUrl& url, bool read_only) {
  const bool sqlite = url.kind == DatabaseKind::kSqlite;
  if (sqlite) {
    configure_sqlite();
    if (auto created = create_private_file(url.path); !created) {
      return created.error();
    }
  }
  try {
    auto session = sqlite
                       ? std::make_unique<soci::session>(soci::sqlite3, "db=\"" + url.path + "\"")
                       : std::make_unique<soci::session>(soci::postgresql, url.conninfo);
    std::unique_ptr<Connection> connection(new Connection(url.kind, std::move(session), read_only));
    if (!sqlite) {
      PGconn* postgres = postgres_of(*connection->session_);
      ::PQsetErrorVerbosity(postgres, PQERRORS_VERBOSE);  // which names constraints
      ::PQsetNoticeProcessor(
          postgres, [](void*, const char*) {}, nullptr);  // or to stderr
      return connection;
    }
    if (auto ready = connection->set_up_sqlite(); !ready) {
      DatabaseError error = ready.error();
      error.message = "cannot open the database " + url.path + ": " + error.message;
      return error;
    }
    return connection;
  } catch (const soci::soci_error& problem) {
    std::string said = problem.get_error_message();
    said = said.substr(0, said.find_last_not_of('\n') + 1);
    std::replace(said.begin(), said.end(), '\n', ' ');
    return DatabaseError(DatabaseErrorKind::kUnavailable,
                         "cannot open the database " + url.display + ": " + said);
  }
}

DbResult<void> Connection::set_up_sqlite() {
  sqlite_api::sqlite3* sqlite = sqlite_of(*session_);
  sqlite_api::sqlite3_extended_result_codes(sqlite, 1);
  sqlite_api::sqlite3_busy_timeout(sqlite, 1000);
  // FULL: what was committed survives a loss of power. PostgreSQL's LIKE tells cases apart.
  for (const char* setting :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON",
        "PRAGMA case_sensitive_like = ON", "PRAGMA trusted_schema = OFF",
        read_only_ ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF"}) {
    if (auto set = set_patiently(setting); !set) {
      return set;
    }
  }
  return {};
}

DbResult<void> Connection::set_patiently(const std::string& setting) {
  // While several open a new file, each wants to change it to WAL; for that, SQLite waits for no
  // lock.
  for (int attempt = 1;; ++attempt) {
    auto set = run_once(setting);
    if (set || set.error().kind != DatabaseErrorKind::kBusy || attempt == kAttemptsToSet) {
      return set;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + ::randombytes_uniform(50)));
  }
}

DbResult<void> Connection::begin() {
  if (kind_ == DatabaseKind::kSqlite) {
    // A writer that began as a reader could not become one after another has written.
    return run_prepared(read_only_ ? "BEGIN" : "BEGIN IMMEDIATE");
  }
  return run_once(read_only_ ? "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY"
                             : "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE");
}

DbResult<void> Connection::commit() {
  if (kind_ == DatabaseKind::kSqlite) {
    return run_prepared("COMMIT");
  }
  auto committed = run_once("COMMIT");
  if (!committed && broken_) {
    return DatabaseError(DatabaseErrorKind::kCommitUnknown, committed.error().message);
  }
  return committed;
}

void Connection::rollback() {
  if (!broken_) {
    broken_ = !run_once("ROLLBACK").ok();
  }
}

DbResult<void> Connection::run_once(const std::string& text) {
  try {
    session_->once << text;
    return {};
  } catch (const std::exception&) {
    return explain(text);
  }
}

DbResult<void> Connection::run_prepared(std::string_view text) {
  auto done = execute(text, {});
  return done ? DbResult<void>() : DbResult<void>(done.error());
}

Prepared& Connection::prepare(std::string_view text) {
  auto& prepared = statements_->by_text[text];
  if (!prepared) {
    prepared = std::make_unique<Prepared>(*session_, kind_, text);
  }
  return *prepared;
}

DbResult<std::int64_t> Connection::execute(std::string_view text,
                                           const std::vector<SqlValue>& values) {
  try {
    return prepare(text).execute(values);
  } catch (const std::exception&) {
    return explain(text);
  }
}

DbResult<void> Connection::fetch(std::string_view text, const std::vector<SqlValue>& values,
                                 std::span<const SqlColumn> columns,
                                 const std::function<bool(std::span<SqlValue>)>& take) {
  try {
    prepare(text).fetch(values, columns, take);
    return {};
  } catch (const std::exception&) {
    return explain(text);
  }
}

DatabaseError Connection::explain(std::string_view text) {
  DatabaseError error(DatabaseErrorKind::kOther, {});
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& problem) {
    error = explain_sqlite(problem.result(), problem.get_error_message());
    if (error.kind == DatabaseErrorKind::kUnique) {
      error.constraint = unique_index_of_columns(error.constraint);
    }
  } catch (const soci::postgresql_soci_error& problem) {
    error = explain_postgres(problem.sqlstate(), problem.get_error_message());
    if (problem.sqlstate() == "0A000") {
      statements_->by_text.clear();
    }
  } catch (const soci::soci_error& problem) {
    error.message = problem.get_error_message();
  } catch (const std::exception& problem) {
    error.message = problem.what();
  }
  if (kind_ == DatabaseKind::kPostgres && ::PQstatus(postgres_of(*session_)) != CONNECTION_OK) {
    broken_ = true;
    error = {DatabaseErrorKind::kUnavailable, "the connection to the database was lost"};
  }
  error.message = "cannot run \"" + std::string(text) + "\": " + error.message;
  return error;
}

std::string Connection::unique_index_of_columns(const std::string& said) {
  static constexpr std::string_view kIndex = "index '";
  if (said.starts_with(kIndex)) {
    return said.substr(kIndex.size(), said.find('\'', kIndex.size()) - kIndex.size());
  }
  const std::string table = said.substr(0, said.find('.'));
  std::string columns = ", " + said + ",";
  std::string name;
  try {
    *session_ << "SELECT i.name FROM pragma_index_list(:t) AS i WHERE i.\"unique\" AND i.origin = "
                 "'c' AND :c = (SELECT group_concat(', ' || :t || '.' || c.name, '') || ',' FROM "
                 "pragma_index_info(i.name) AS c)",
        soci::use(table, "t"), soci::use(columns, "c"), soci::into(name);
  } catch (const soci::soci_error&) {
    name.clear();  // the violation itself is what matters
  }
  return name.empty() ? table + "_pkey" : name;
}

}  // namespace everyface::store
