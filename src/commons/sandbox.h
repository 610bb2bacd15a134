// Giving up, for the rest of a process's life, everything that decoding a photo does not need.
#pragma once

#include <cstdint>

#include "everyface/base/result.h"

namespace everyface {

struct SandboxLimits {
  /// Address space beyond what is mapped already. Not applied in builds with sanitizers, which
  /// reserve terabytes.
  std::uint64_t memory_bytes = std::uint64_t{3} << 29U;
  std::uint64_t cpu_seconds = 30;
};

/// From here on the process has descriptors 0 to 2 only and may read and write them, have memory,
/// start threads and end; any other system call kills it (SIGSYS). It ends with the thread that
/// started it, leaves no core file and gains no privileges. Errors: the system refuses a part; the
/// process must then end.
Result<void> enter_sandbox(const SandboxLimits& limits = {});

}  // namespace everyface
