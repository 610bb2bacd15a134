#include "commons/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace everyface {
namespace {

using ::testing::ExitedWithCode;
using ::testing::KilledBySignal;

/// Ends the (forked) process after `act`, with 0 where the sandbox was entered.
template <typename Act>
void in_sandbox(Act act, const SandboxLimits& limits = {}) {
  if (!enter_sandbox(limits)) {
    ::_exit(9);
  }
  act();
  ::_exit(0);
}

class SandboxDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(SandboxDeathTest, LetsComputeAndAllocate) {
  EXPECT_EXIT(in_sandbox([] {
                void* memory = std::malloc(64U << 20U);
                ::_exit(memory == nullptr ? 8 : 0);
              }),
              ExitedWithCode(0), "");
}

TEST_F(SandboxDeathTest, OpeningAFileKills) {
  EXPECT_EXIT(in_sandbox([] { static_cast<void>(::open("/dev/null", O_RDONLY)); }),
              KilledBySignal(SIGSYS), "");
}

TEST_F(SandboxDeathTest, ANetworkSocketKills) {
  EXPECT_EXIT(in_sandbox([] { ::socket(AF_INET, SOCK_STREAM, 0); }), KilledBySignal(SIGSYS), "");
}

TEST_F(SandboxDeathTest, ForkingKills) {
  EXPECT_EXIT(in_sandbox([] { ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }), KilledBySignal(SIGSYS),
              "");
}

TEST_F(SandboxDeathTest, StartingAProgramKills) {
  EXPECT_EXIT(in_sandbox([] {
                char name[] = "/bin/true";
                char* arguments[] = {name, nullptr};
                char* environment[] = {nullptr};
                ::execve(name, arguments, environment);
              }),
              KilledBySignal(SIGSYS), "");
}

TEST_F(SandboxDeathTest, SignallingAnotherProcessKills) {
  EXPECT_EXIT(in_sandbox([] { ::kill(::getppid(), 0); }), KilledBySignal(SIGSYS), "");
}

TEST_F(SandboxDeathTest, MemoryForNewCodeKills) {
  EXPECT_EXIT(in_sandbox([] {
                ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              }),
              KilledBySignal(SIGSYS), "");
}

TEST_F(SandboxDeathTest, RaisingALimitKills) {
  EXPECT_EXIT(in_sandbox([] {
                const rlimit more{1U << 30U, 1U << 30U};
                ::setrlimit(RLIMIT_AS, &more);
              }),
              KilledBySignal(SIGSYS), "");
}

TEST_F(SandboxDeathTest, ThreadsStillRun) {
  EXPECT_EXIT(in_sandbox([] { std::thread([] {}).join(); }), ExitedWithCode(0), "");
}

TEST_F(SandboxDeathTest, TheFirstThreadOfAProcessRuns) {
  // The program is run again, without the threads that OpenBLAS starts where there are several
  // processors.
  ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
  EXPECT_EXIT(in_sandbox([] { std::thread([] {}).join(); }), ExitedWithCode(0), "");
  ::unsetenv("OPENBLAS_NUM_THREADS");
}

TEST_F(SandboxDeathTest, DescriptorsThatWereOpenAreClosed) {
  const int before = ::open("/dev/zero", O_RDONLY);
  ASSERT_GT(before, STDERR_FILENO);
  EXPECT_EXIT(in_sandbox([before] {
                char byte = 0;
                ::_exit(::read(before, &byte, 1) == -1 && errno == EBADF ? 0 : 7);
              }),
              ExitedWithCode(0), "");
  ::close(before);
}

TEST_F(SandboxDeathTest, EndlessWorkIsEndedByTheLimitOfProcessorTime) {
  EXPECT_EXIT(in_sandbox(
                  [] {
                    volatile bool forever = true;
                    while (forever) {
                    }
                  },
                  {.cpu_seconds = 1}),
              KilledBySignal(SIGKILL), "");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(SandboxDeathTest, MemoryEndsAtItsLimit) {
  constexpr SandboxLimits kSmall{.memory_bytes = 64U << 20U};
  EXPECT_EXIT(in_sandbox([] { ::_exit(std::malloc(128U << 20U) == nullptr ? 0 : 7); }, kSmall),
              ExitedWithCode(0), "");
}
#endif

}  // namespace
}  // namespace everyface
