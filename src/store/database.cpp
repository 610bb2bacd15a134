#include "everyface/store/database.h"

#include <sodium.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "store/connection.h"
#include "store/pool.h"

namespace everyface {
namespace {

constexpr int kPauseStepMs = 4;
constexpr int kLongestPauseMs = 400;
/// A server that is gone does not come back within a request; a connection that has gone stale in
/// the pool is replaced at once.
constexpr int kAttemptsWhileUnavailable = 3;

/// A random part of a time that doubles with every attempt, so that those who collided once do not
/// collide again.
std::chrono::milliseconds pause_before(int attempt) {
  const int longest = std::min(kPauseStepMs << std::min(attempt, 10), kLongestPauseMs);
  return std::chrono::milliseconds(1 + ::randombytes_uniform(static_cast<std::uint32_t>(longest)));
}

}  // namespace

class Database::Impl {
 public:
  Impl(store::DatabaseUrl where, const DatabaseOptions& given)
      : url(std::move(where)),
        options(given),
        writers([this] { return store::Connection::connect(url, false); },
                url.kind == DatabaseKind::kSqlite ? 1 : given.connections),
        readers([this] { return store::Connection::connect(url, true); }, given.connections) {}

  /// SQLite has one writer and readers beside it; elsewhere every connection does both.
  DbResult<store::Pool::Lease> lease(Access access) {
    const bool reads = access == Access::kRead;
    store::Pool& pool = reads && url.kind == DatabaseKind::kSqlite ? readers : writers;
    auto lease = pool.lease(std::chrono::milliseconds(options.connection_wait_ms));
    if (lease) {
      (*lease)->set_read_only(reads);
    }
    return lease;
  }

  const store::DatabaseUrl url;
  const DatabaseOptions options;
  store::Pool writers;
  store::Pool readers;
  std::atomic<std::uint64_t> retries{0};
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&& other) noexcept = default;
Database& Database::operator=(Database&& other) noexcept = default;
Database::~Database() = default;

DbResult<Database> Database::open(std::string_view url, const DatabaseOptions& options) {
  auto where = store::parse_database_url(url);
  if (!where) {
    return DatabaseError(DatabaseErrorKind::kOther, where.error().message);
  }
  if (options.connections == 0 || options.attempts < 1 || options.connection_wait_ms < 0) {
    return DatabaseError(DatabaseErrorKind::kOther,
                         "a database needs at least one connection and one attempt");
  }
  auto impl = std::make_unique<Impl>(std::move(*where), options);
  if (auto first = impl->lease(Access::kWrite); !first) {
    return first.error();
  }
  return Database(std::move(impl));
}

DbResult<void> Database::run(Access access, const std::function<bool(Transaction&)>& body) {
  for (int attempts = 1;; ++attempts) {
    bool again = false;
    auto done = attempt(access, body, again);
    if (done || !again) {
      return done;
    }
    const bool unavailable = done.error().kind == DatabaseErrorKind::kUnavailable;
    if (attempts >= impl_->options.attempts ||
        (unavailable && attempts >= kAttemptsWhileUnavailable)) {
      DatabaseError error = done.error();
      error.message += "; gave up after " + std::to_string(attempts) + " attempts";
      return error;
    }
    ++impl_->retries;
    std::this_thread::sleep_for(pause_before(attempts));
  }
}

DbResult<void> Database::attempt(Access access, const std::function<bool(Transaction&)>& body,
                                 bool& again) {
  const auto worth_repeating = [](const DatabaseError& error) {
    return error.kind == DatabaseErrorKind::kBusy || error.kind == DatabaseErrorKind::kUnavailable;
  };
  auto lease = impl_->lease(access);
  if (!lease) {
    again = lease.error().kind == DatabaseErrorKind::kUnavailable;
    return lease.error();
  }
  store::Connection& connection = **lease;
  if (auto begun = connection.begin(); !begun) {
    again = worth_repeating(begun.error());
    return begun;
  }
  Transaction transaction(connection);
  bool commit = false;
  try {
    commit = body(transaction);
  } catch (...) {
    connection.rollback();
    throw;
  }
  if (const auto& failure = transaction.failure()) {
    connection.rollback();
    again = worth_repeating(*failure);
    // An error that the function made of the failure says more than the failure.
    return again || commit ? DbResult<void>(*failure) : DbResult<void>();
  }
  if (!commit) {
    connection.rollback();
    return {};
  }
  auto committed = connection.commit();
  if (!committed) {
    again = worth_repeating(committed.error());
    connection.rollback();
  }
  return committed;
}

DatabaseKind Database::kind() const { return impl_->url.kind; }
const std::string& Database::display_name() const { return impl_->url.display; }
std::uint64_t Database::retries() const { return impl_->retries; }

}  // namespace everyface
