// Connections that wait to be used.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/connection.h"

namespace everyface::store {

/// Makes connections as they are needed, at most `limit` at a time. May be used by many threads.
class Pool {
 public:
  using Connect = std::function<DbResult<std::unique_ptr<Connection>>()>;

  Pool(Connect connect, std::size_t limit) : connect_(std::move(connect)), limit_(limit) {}

  /// A connection for as long as it lives; must not outlive the pool.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      if (connection_) {
        pool_->give_back(std::move(connection_));
      }
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// Errors: kBusy, all are in use for longer than `wait`; what connecting says.
  DbResult<Lease> lease(std::chrono::milliseconds wait);

 private:
  void give_back(std::unique_ptr<Connection> connection);

  Connect connect_;
  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;  // the last used last, so that few stay warm
  std::size_t in_use_ = 0;
};

}  // namespace everyface::store
