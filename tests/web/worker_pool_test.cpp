#include "web/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace everyface::web {
namespace {

TEST(WorkerPool, RunsEveryJobOnce) {
  constexpr int kJobs = 10'000;
  std::atomic<int> run{0};
  {
    WorkerPool pool(3);
    for (int i = 0; i < kJobs; ++i) {
      pool.post([&run] { ++run; });
    }
  }
  EXPECT_EQ(run, kJobs);
}

TEST(WorkerPool, JobsThatBlockLeaveTheOtherThreadsToOthers) {
  constexpr int kThreads = 4;
  WorkerPool pool(kThreads);
  std::latch all(kThreads);
  // Each waits for all: they pass only where every thread has one.
  for (int i = 0; i < kThreads; ++i) {
    pool.post([&all] { all.arrive_and_wait(); });
  }
  pool.join();
  EXPECT_TRUE(all.try_wait());
}

TEST(WorkerPool, OneThreadKeepsTheOrder) {
  std::vector<int> order;
  WorkerPool pool(1);
  for (int i = 0; i < 100; ++i) {
    pool.post([&order, i] { order.push_back(i); });
  }
  pool.join();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
  }
}

TEST(WorkerPool, JobsMayGiveJobs) {
  std::atomic<int> run{0};
  std::latch done(1);
  WorkerPool pool(2);
  std::function<void()> again = [&] {
    if (++run < 50) {
      pool.post(again);
    } else {
      done.count_down();
    }
  };
  pool.post(again);
  done.wait();
  EXPECT_EQ(run, 50);
}

}  // namespace
}  // namespace everyface::web
