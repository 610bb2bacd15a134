#include "everyface/base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace everyface {

std::size_t available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&set)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

void parallel_in_order(std::size_t count, std::size_t jobs, std::size_t window,
                       const std::function<void(std::size_t, std::size_t)>& work,
                       const std::function<bool(std::size_t)>& finish) {
  if (jobs <= 1 || count <= 1) {
    for (std::size_t index = 0; index < count; ++index) {
      work(0, index);
      if (!finish(index)) {
        return;
      }
    }
    return;
  }

  std::mutex mutex;
  std::condition_variable room;  // a place in the window has become free, or everything stops
  std::size_t next = 0;          // first index that no worker has taken
  std::size_t finished = 0;      // first index that finish() has not seen
  bool finishing = false;        // a worker is inside finish()
  bool stop = false;
  std::exception_ptr failure;
  std::vector<bool> worked(count, false);

  const auto run = [&](std::size_t worker) {
    std::unique_lock lock(mutex);
    try {
      for (;;) {
        room.wait(lock, [&] { return stop || next == count || next < finished + window; });
        if (stop || next == count) {
          return;
        }
        const std::size_t index = next++;
        lock.unlock();
        work(worker, index);
        lock.lock();
        worked[index] = true;
        // Whoever completes the index that is waited for hands over all that are ready.
        while (!stop && !finishing && finished < count && worked[finished]) {
          finishing = true;
          const std::size_t ready = finished;
          lock.unlock();
          const bool go_on = finish(ready);
          lock.lock();
          finishing = false;
          ++finished;
          stop = stop || !go_on;
          room.notify_all();
        }
      }
    } catch (...) {
      if (!lock.owns_lock()) {
        lock.lock();
      }
      if (!failure) {
        failure = std::current_exception();
      }
      stop = true;
      room.notify_all();
    }
  };

  std::vector<std::thread> threads;
  for (std::size_t worker = 0; worker < std::min(jobs, count); ++worker) {
    threads.emplace_back(run, worker);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace everyface
