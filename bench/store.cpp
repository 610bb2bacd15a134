// Transactions a second, beside the databases' own C interfaces doing the same statements.
//
//   bench_store [--seconds N]
//
// On SQLite in a temporary folder, and on a PostgreSQL server that is started for it, both syncing
// every commit to disk. A write is BEGIN, one INSERT, COMMIT; a read is BEGIN, one SELECT by
// primary key, COMMIT. PostgreSQL at SERIALIZABLE.
#include <fmt/core.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "everyface/store/database.h"
#include "everyface/store/migrate.h"
#include "tests/store/postgres_server.h"

namespace {

using namespace everyface;
using Clock = std::chrono::steady_clock;

constexpr Migration kSchema[] = {
    {1, "people", "CREATE TABLE people (id UUID PRIMARY KEY, name TEXT NOT NULL);\n"}};
constexpr const char* kName = "someone with a name of usual length";

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "bench_store: {}\n", why);
  std::exit(1);
}

/// Calls `make()` once a thread and what it returns again and again; prints rate and times.
void measure(const std::string& what, unsigned threads, double seconds,
             const std::function<std::function<void()>()>& make) {
  std::vector<std::vector<double>> times(threads);
  std::vector<std::thread> running;
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      const std::function<void()> once = make();
      for (auto now = Clock::now(); now < end;) {
        once();
        const auto then = std::exchange(now, Clock::now());
        times[i].push_back(std::chrono::duration<double, std::milli>(now - then).count());
      }
    });
  }
  for (std::thread& thread : running) {
    thread.join();
  }
  const double took = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& some : times) {
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end());
  const auto quantile = [&](double q) {
    return all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
  };
  fmt::print("{:44} {:2} threads {:9.0f} /s   median {:7.3f} ms   99 % {:7.3f} ms\n", what, threads,
             static_cast<double>(all.size()) / took, quantile(0.5), quantile(0.99));
}

void measure_ours(const std::string& name, Database& database, double seconds) {
  const Uuid known = Uuid::make();
  const auto insert = [&](const Uuid& id) {
    auto done = database.transact([&](Transaction& tx) {
      return tx.execute(sql("INSERT INTO people (id, name) VALUES (:id, :name)"), id, kName);
    });
    if (!done) {
      stop(done.error().message);
    }
  };
  insert(known);
  // As on a site that has been running: tables have rows, and logs have grown to their size (a
  // commit that makes a file longer takes many times one that does not).
  auto filled = database.transact([&](Transaction& tx) -> DbResult<std::int64_t> {
    DbResult<std::int64_t> done = 0;
    for (int i = 0; i < 50'000 && done; ++i) {
      done =
          tx.execute(sql("INSERT INTO people (id, name) VALUES (:id, :name)"), Uuid::make(), kName);
    }
    return done;
  });
  if (!filled) {
    stop(filled.error().message);
  }
  for (const unsigned threads : {1U, 4U}) {
    measure(name + ", everyface: writes", threads, seconds,
            [&] { return [&] { insert(Uuid::make()); }; });
    measure(name + ", everyface: reads", threads, seconds, [&] {
      return [&] {
        auto read = database.read([&](Transaction& tx) {
          return tx.one<std::string>(sql("SELECT name FROM people WHERE id = :id"), known);
        });
        if (!read) {
          stop(read.error().message);
        }
      };
    });
  }
}

void measure_sqlite(const std::string& path, double seconds) {
  sqlite3* database = nullptr;
  if (::sqlite3_open(path.c_str(), &database) != SQLITE_OK ||
      ::sqlite3_exec(database, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", nullptr,
                     nullptr, nullptr) != SQLITE_OK) {
    stop("cannot open " + path);
  }
  const auto prepare = [&](const char* text) {
    sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(database, text, -1, &statement, nullptr) != SQLITE_OK) {
      stop(::sqlite3_errmsg(database));
    }
    return statement;
  };
  const auto step = [&](sqlite3_stmt* statement, int expected) {
    if (::sqlite3_step(statement) != expected) {
      stop(::sqlite3_errmsg(database));
    }
    ::sqlite3_reset(statement);
  };
  std::vector<sqlite3_stmt*> statements = {
      prepare("BEGIN IMMEDIATE"), prepare("INSERT INTO people (id, name) VALUES (?, ?)"),
      prepare("COMMIT"), prepare("BEGIN"), prepare("SELECT name FROM people WHERE id = ?")};
  std::string id;
  measure("SQLite, its C interface: writes", 1, seconds, [&] {
    return [&] {
      id = Uuid::make().text();
      ::sqlite3_bind_text(statements[1], 1, id.c_str(), -1, SQLITE_TRANSIENT);
      ::sqlite3_bind_text(statements[1], 2, kName, -1, SQLITE_STATIC);
      step(statements[0], SQLITE_DONE);
      step(statements[1], SQLITE_DONE);
      step(statements[2], SQLITE_DONE);
    };
  });
  measure("SQLite, its C interface: reads", 1, seconds, [&] {
    return [&] {
      ::sqlite3_bind_text(statements[4], 1, id.c_str(), -1, SQLITE_TRANSIENT);
      step(statements[3], SQLITE_DONE);
      step(statements[4], SQLITE_ROW);
      step(statements[2], SQLITE_DONE);
    };
  });
  for (sqlite3_stmt* statement : statements) {
    ::sqlite3_finalize(statement);
  }
  ::sqlite3_close(database);
}

void measure_postgres(const std::string& url, double seconds) {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(::PQconnectdb(url.c_str()),
                                                              &::PQfinish);
  const auto good = [&](PGresult* result) {
    const ExecStatusType status = ::PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      stop(::PQerrorMessage(connection.get()));
    }
    ::PQclear(result);
  };
  const auto run = [&](const char* text) { good(::PQexec(connection.get(), text)); };
  const auto prepared = [&](const char* name, const std::vector<const char*>& values) {
    good(::PQexecPrepared(connection.get(), name, static_cast<int>(values.size()), values.data(),
                          nullptr, nullptr, 0));
  };
  good(::PQprepare(connection.get(), "insert", "INSERT INTO people (id, name) VALUES ($1, $2)", 2,
                   nullptr));
  good(
      ::PQprepare(connection.get(), "select", "SELECT name FROM people WHERE id = $1", 1, nullptr));
  std::string id;
  measure("PostgreSQL, its C interface: writes", 1, seconds, [&] {
    return [&] {
      id = Uuid::make().text();
      run("BEGIN ISOLATION LEVEL SERIALIZABLE");
      prepared("insert", {id.c_str(), kName});
      run("COMMIT");
    };
  });
  measure("PostgreSQL, its C interface: reads", 1, seconds, [&] {
    return [&] {
      run("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY");
      prepared("select", {id.c_str()});
      run("COMMIT");
    };
  });
}

Database open(const std::string& url) {
  auto database = Database::open(url);
  if (!database) {
    stop(database.error().message);
  }
  if (auto migrated = migrate(*database, kSchema); !migrated) {
    stop(migrated.error().message);
  }
  return std::move(*database);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Transactions a second"};
  double seconds = 2;
  app.add_option("--seconds", seconds, "for each row");
  CLI11_PARSE(app, argc, argv);

  std::string folder = (std::filesystem::temp_directory_path() / "everyface-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    stop("no temporary folder");
  }
  {
    Database sqlite = open("sqlite:" + folder + "/bench.db");
    measure_ours("SQLite", sqlite, seconds);
    measure_sqlite(folder + "/bench.db", seconds);
  }
  std::filesystem::remove_all(folder);
  if (const std::string why = testing::PostgresServer::unavailable(); !why.empty()) {
    fmt::print("PostgreSQL is left out: {}\n", why);
    return 0;
  }
  auto& server = testing::PostgresServer::running();
  server.execute("ALTER SYSTEM SET fsync = on");
  server.execute("SELECT pg_reload_conf()");
  const std::string url = server.create_database();
  Database postgres = open(url);
  measure_ours("PostgreSQL", postgres, seconds);
  measure_postgres(url, seconds);
  return 0;
}
