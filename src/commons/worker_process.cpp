#include "commons/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace everyface {
namespace {

Error not_started(const std::string& program, int reason) {
  return Error{"cannot start the photo worker " + program + ": " +
               std::generic_category().message(reason)};
}

/// posix_spawn()'s arguments: the socket as standard input and output, nothing else inherited, no
/// signal blocked or ignored, out of the terminal's process group.
class SpawnSetup {
 public:
  explicit SpawnSetup(int socket) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, socket, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, socket, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::spawn(
    const std::vector<std::string>& command) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return not_started(command.front(), errno);
  }
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // which posix_spawn() only reads
  }
  arguments.push_back(nullptr);
  char* no_environment[] = {nullptr};
  const SpawnSetup setup(ends[1]);
  pid_t process = 0;
  const int problem = ::posix_spawn(&process, command.front().c_str(), setup.actions(),
                                    setup.attributes(), arguments.data(), no_environment);
  ::close(ends[1]);
  if (problem != 0) {
    ::close(ends[0]);
    return not_started(command.front(), problem);
  }
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(process, ends[0]));
}

WorkerProcess::~WorkerProcess() {
  ::close(socket_);
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool WorkerProcess::wait_for(short events, Deadline deadline) const {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    constexpr std::chrono::milliseconds kLongest{60'000};
    pollfd wanted{socket_, events, 0};
    const int ready =
        ::poll(&wanted, 1,
               static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, kLongest).count()));
    if (ready > 0) {
      return true;
    }
    if ((ready == 0 && left <= kLongest) || (ready < 0 && errno != EINTR)) {
      return false;
    }
  }
}

Transfer WorkerProcess::send(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(POLLOUT, deadline)) {
        return Transfer::kTimedOut;
      }
    } else if (errno != EINTR) {
      return Transfer::kClosed;
    }
  }
  return Transfer::kDone;
}

Transfer WorkerProcess::receive(void* to, std::size_t count, Deadline deadline) {
  char* next = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = ::recv(socket_, next, count, MSG_DONTWAIT);
    if (got > 0) {
      next += got;
      count -= static_cast<std::size_t>(got);
    } else if (got < 0 && errno == EAGAIN) {
      if (!wait_for(POLLIN, deadline)) {
        return Transfer::kTimedOut;
      }
    } else if (got == 0 || errno != EINTR) {
      return Transfer::kClosed;
    }
  }
  return Transfer::kDone;
}

}  // namespace everyface
