#include "commons/sandbox.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>

namespace everyface {
namespace {

#if defined(__has_feature)
#define EVERYFACE_HAS_FEATURE(feature) __has_feature(feature)
#else
#define EVERYFACE_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    EVERYFACE_HAS_FEATURE(address_sanitizer) || EVERYFACE_HAS_FEATURE(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
// UBSan learns by a pipe whether memory may be read.
constexpr rlim_t kDescriptors = kSanitized ? STDERR_FILENO + 3 : 0;

Error refused(const std::string& what, int reason) {
  return Error{"the system refuses the photo worker " + what + ": " +
               std::generic_category().message(reason)};
}

std::uint64_t mapped_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<void> set_limit(__rlimit_resource resource, std::uint64_t value, const char* what) {
  const rlimit limit{value, value};
  if (::setrlimit(resource, &limit) != 0) {
    return refused(what, errno);
  }
  return {};
}

Result<void> set_limits(const SandboxLimits& limits) {
  const std::uint64_t memory = kSanitized ? RLIM_INFINITY : mapped_bytes() + limits.memory_bytes;
  for (const auto& result : {set_limit(RLIMIT_AS, memory, "a limit of memory"),
                             set_limit(RLIMIT_CPU, limits.cpu_seconds, "a limit of processor time"),
                             set_limit(RLIMIT_CORE, 0, "a limit of core files"),
                             set_limit(RLIMIT_FSIZE, 0, "a limit of file sizes"),
                             set_limit(RLIMIT_NOFILE, kDescriptors, "a limit of descriptors")}) {
    if (!result) {
      return result;
    }
  }
  return {};
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS), seccomp_release) {}

  template <typename... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    if (problem_ == 0) {
      problem_ = context_ ? seccomp_rule_add(context_.get(), action, call, sizeof...(conditions),
                                             conditions...)
                          : -ENOMEM;
    }
  }

  Result<void> load() {
    if (problem_ == 0) {
      problem_ = seccomp_load(context_.get());  // sets no_new_privs first
    }
    if (problem_ != 0) {
      return refused("a seccomp filter", -problem_);
    }
    return {};
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int problem_ = 0;
};

Result<void> filter_system_calls() {
  Filter filter;
  for (const int call : {SCMP_SYS(read),          SCMP_SYS(write),
                         SCMP_SYS(writev),        SCMP_SYS(close),
                         SCMP_SYS(brk),           SCMP_SYS(munmap),
                         SCMP_SYS(mremap),        SCMP_SYS(madvise),
                         SCMP_SYS(futex),         SCMP_SYS(set_robust_list),
                         SCMP_SYS(rseq),          SCMP_SYS(rt_sigprocmask),
                         SCMP_SYS(rt_sigreturn),  SCMP_SYS(sigaltstack),
                         SCMP_SYS(sched_yield),   SCMP_SYS(sched_getaffinity),
                         SCMP_SYS(sysinfo),       SCMP_SYS(getpid),
                         SCMP_SYS(gettid),        SCMP_SYS(getrandom),
                         SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
                         SCMP_SYS(nanosleep),     SCMP_SYS(gettimeofday),
                         SCMP_SYS(exit),          SCMP_SYS(exit_group)}) {
    filter.add(SCMP_ACT_ALLOW, call);
  }
  if (kSanitized) {
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(pipe2));
  }
  // Memory, but none that holds new code.
  const auto no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), no_code);
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), no_code);
  // Threads, which libde265 decodes in, but no processes. The flags of clone3() lie in memory where
  // a filter cannot see them; told that it does not exist, the C library takes clone().
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(clone),
             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  // With a process's first thread, the C library takes the two signals that it keeps to itself.
  for (const unsigned own : {0U, 1U}) {
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), SCMP_A0(SCMP_CMP_EQ, __SIGRTMIN + own));
  }
  // Reading limits (of a thread's stack), not setting them.
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0));
  return filter.load();
}

}  // namespace

Result<void> enter_sandbox(const SandboxLimits& limits) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return refused("to end with its parent", errno);
  }
  constexpr unsigned kFirst = STDERR_FILENO + 1;
  if (::close_range(kFirst, ~0U, 0) != 0) {
    return refused("to close its descriptors", errno);
  }
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) {
    return refused("to keep its memory to itself", errno);
  }
  if (auto limited = set_limits(limits); !limited) {
    return limited;
  }
  return filter_system_calls();
}

}  // namespace everyface
