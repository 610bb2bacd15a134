#include "everyface/store/migrate.h"

#include <chrono>
#include <string>
#include <tuple>
#include <vector>

#include "everyface/base/hash.h"
#include "migrations.h"
#include "store/dialect.h"

namespace everyface {
namespace store {

/// What may run texts that are not known to the compiler as statements.
class Migrator {
 public:
  static DbResult<void> run(Transaction& tx, const std::string& statement) {
    return tx.run_text(in_dialect(statement, tx.kind()));
  }
};

namespace {

using Kind = DatabaseErrorKind;

/// Two servers that create a table at the same moment may both be told that it is not there.
constexpr int kAttemptsToPrepare = 10;

/// The row of schema_version is the lock that every migration takes first and writes last, so that
/// whoever waited for it is made to look again.
DbResult<std::int64_t> prepare_once(Database& database) {
  return database.transact([](Transaction& tx) -> DbResult<std::int64_t> {
    for (const Sql& table :
         {sql("CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, "
              "name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TIMESTAMP_MS NOT NULL)"),
          sql("CREATE TABLE IF NOT EXISTS schema_version (id BIGINT PRIMARY KEY, "
              "number BIGINT NOT NULL)")}) {
      if (auto made = Migrator::run(tx, std::string(table.text())); !made) {
        return made.error();
      }
    }
    return tx.execute(
        sql("INSERT INTO schema_version (id, number) VALUES (1, 0) ON CONFLICT DO NOTHING"));
  });
}

DbResult<void> prepare(Database& database) {
  for (int attempt = 1;; ++attempt) {
    auto prepared = prepare_once(database);
    if (prepared) {
      return {};
    }
    if (prepared.error().kind != Kind::kUnique || attempt == kAttemptsToPrepare) {
      return prepared.error();
    }
  }
}

DatabaseError refuse(const std::string& why) { return {Kind::kOther, why}; }

std::string title(const Migration& migration) {
  return "migration " + std::to_string(migration.number) + " (" + std::string(migration.name) + ")";
}

/// What was applied is what the program has.
DbResult<void> check_applied(Transaction& tx, std::span<const Migration> migrations) {
  using Row = std::tuple<std::int64_t, std::string>;
  auto applied = tx.query<Row>(sql("SELECT number, sha256 FROM schema_migrations ORDER BY number"));
  if (!applied) {
    return applied.error();
  }
  for (const auto& [number, sha256] : *applied) {
    if (number > static_cast<std::int64_t>(migrations.size())) {
      return refuse("the database was made by a newer everyface: it has migration " +
                    std::to_string(number) + ", this program knows " +
                    std::to_string(migrations.size()) + "; upgrade the program");
    }
    const Migration& known = migrations[static_cast<std::size_t>(number - 1)];
    if (sha256_hex(known.script) != sha256) {
      return refuse(title(known) +
                    " has another text than when it was applied to this database: "
                    "use the program that applied it, or one released after it");
    }
  }
  return {};
}

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

DbResult<void> apply(Transaction& tx, const Migration& migration) {
  auto statements = split_script(migration.script);
  if (!statements) {
    return refuse(title(migration) + ", " + statements.error().message);
  }
  for (const std::string& statement : *statements) {
    if (auto done = Migrator::run(tx, statement); !done) {
      return done;
    }
  }
  auto recorded =
      tx.execute(sql("INSERT INTO schema_migrations (number, name, sha256, applied_at) "
                     "VALUES (:number, :name, :sha256, :applied_at)"),
                 migration.number, migration.name, sha256_hex(migration.script), now_ms());
  if (!recorded) {
    return recorded.error();
  }
  auto counted =
      tx.execute(sql("UPDATE schema_version SET number = :number WHERE id = 1"), migration.number);
  return counted ? DbResult<void>() : DbResult<void>(counted.error());
}

/// Applies the next one; false where none is left.
DbResult<bool> apply_next(Database& database, std::span<const Migration> migrations) {
  return database.transact([&](Transaction& tx) -> DbResult<bool> {
    auto version =
        tx.one<std::int64_t>(sql("SELECT number FROM schema_version WHERE id = 1 FOR UPDATE"));
    if (!version) {
      return version.error();
    }
    if (auto same = check_applied(tx, migrations); !same) {
      return same.error();
    }
    const auto next = static_cast<std::size_t>(*version);
    if (next == migrations.size()) {
      return false;
    }
    auto applied = apply(tx, migrations[next]);
    return applied ? DbResult<bool>(true) : DbResult<bool>(applied.error());
  });
}

}  // namespace
}  // namespace store

std::span<const Migration> schema_migrations() { return kMigrations; }

DbResult<std::int64_t> migrate(Database& database, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].number != static_cast<std::int64_t>(i) + 1) {
      return store::refuse(
          "migrations are numbered 1, 2, 3 without gaps: " + store::title(migrations[i]) +
          " comes as number " + std::to_string(i + 1));
    }
  }
  if (auto prepared = store::prepare(database); !prepared) {
    return prepared.error();
  }
  for (std::int64_t applied = 0;; ++applied) {
    auto more = store::apply_next(database, migrations);
    if (!more) {
      return more.error();
    }
    if (!*more) {
      return applied;
    }
  }
}

DbResult<std::int64_t> schema_version(Database& database) {
  return database.read([](Transaction& tx) {
    return tx.one<std::int64_t>(sql("SELECT number FROM schema_version WHERE id = 1"));
  });
}

}  // namespace everyface
