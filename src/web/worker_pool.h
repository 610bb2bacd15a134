// Threads that run what may block.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace everyface::web {

/// Runs jobs in the order in which they were given, several at a time. At most one thread is being
/// woken at any moment; once awake it wakes the next where jobs are left. So short jobs are mostly
/// run by threads that are awake anyway (waking one costs more than many a job), and long ones hold
/// up nobody.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// As join().
  ~WorkerPool();

  void post(std::function<void()> job);
  /// Returns when every job given has run; none may be given any more.
  void join();

 private:
  void work();
  void wake_one_if_needed();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  bool waking_ = false;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace everyface::web
