#include "store/pool.h"

namespace everyface::store {

DbResult<Pool::Lease> Pool::lease(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (!returned_.wait_for(lock, wait, [&] { return in_use_ < limit_; })) {
    return DatabaseError(DatabaseErrorKind::kBusy,
                         "all " + std::to_string(limit_) +
                             " connections to the database were in use for " +
                             std::to_string(wait.count()) + " ms: try again, or configure more");
  }
  ++in_use_;
  if (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    return Lease(*this, std::move(connection));
  }
  lock.unlock();
  auto connection = connect_();
  if (!connection) {
    give_back(nullptr);
    return connection.error();
  }
  return Lease(*this, std::move(*connection));
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  std::vector<std::unique_ptr<Connection>> closed;  // after the lock is released
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection && connection->broken()) {
      closed.swap(idle_);  // which have probably gone the same way: a server was restarted
      closed.push_back(std::move(connection));
    } else if (connection) {
      idle_.push_back(std::move(connection));
    }
  }
  returned_.notify_one();
}

}  // namespace everyface::store
