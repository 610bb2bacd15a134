// Work on many photos with a thread per core, results in order, memory bounded.
#pragma once

#include <cstddef>
#include <functional>

namespace everyface {

/// The number of cores this process may use, at least 1.
std::size_t available_cores();

/// Calls work(worker, index) for index 0..count-1 on `jobs` threads (worker is 0..jobs-1 and runs
/// one call at a time, so each worker may own buffers and networks), and finish(index) for every
/// index in rising order, from one thread at a time. work() of an index begins at most `window`
/// indices ahead of the one that finish() waits for, so at most `window` results are ever held.
/// With jobs 1 everything runs on the calling thread. An exception from work() or finish() stops
/// the rest and is rethrown here. `finish` may return false to stop early (no further calls of it).
/// Requires jobs >= 1 and window >= jobs.
void parallel_in_order(std::size_t count, std::size_t jobs, std::size_t window,
                       const std::function<void(std::size_t worker, std::size_t index)>& work,
                       const std::function<bool(std::size_t index)>& finish);

}  // namespace everyface
