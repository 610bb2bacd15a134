// One child process at the other end of a socket.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

enum class Transfer { kDone, kClosed, kTimedOut };

/// A child process whose standard input and output are one socket, whose standard error leads
/// nowhere and whose environment is empty. Its end comes with this object's: killed and reaped.
class WorkerProcess {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Error: the program cannot be started.
  static Result<std::unique_ptr<WorkerProcess>> spawn(const std::vector<std::string>& command);

  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();

  Transfer send(std::string_view bytes, Deadline deadline);
  /// Exactly `count` bytes to `to`.
  Transfer receive(void* to, std::size_t count, Deadline deadline);

 private:
  WorkerProcess(pid_t process, int socket) : process_(process), socket_(socket) {}
  [[nodiscard]] bool wait_for(short events, Deadline deadline) const;

  pid_t process_;
  int socket_;
};

}  // namespace everyface
