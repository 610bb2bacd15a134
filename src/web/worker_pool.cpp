#include "web/worker_pool.h"

#include <utility>

namespace everyface::web {

WorkerPool::WorkerPool(std::size_t threads) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

WorkerPool::~WorkerPool() { join(); }

void WorkerPool::post(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  wake_one_if_needed();
}

void WorkerPool::join() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

/// With the lock held.
void WorkerPool::wake_one_if_needed() {
  if (!waking_ && idle_ > 0 && !jobs_.empty()) {
    waking_ = true;
    ready_.notify_one();
  }
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (jobs_.empty() && !ending_) {
      ++idle_;
      ready_.wait(lock, [this] { return waking_ || ending_; });
      --idle_;
      waking_ = false;
    }
    if (jobs_.empty()) {
      if (ending_) {
        return;
      }
      continue;
    }
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    wake_one_if_needed();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace everyface::web
