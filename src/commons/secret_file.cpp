#include "commons/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "everyface/base/file.h"

namespace everyface {

Result<std::string> read_secret_file(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    return Error{"key file " + file.string() +
                 " can be read by every user of this machine; chmod o-rwx it"};
  }
  constexpr std::uint64_t kMostBytes = 1U << 16U;
  return read_file(file, kMostBytes);
}

Result<void> create_secret_file(const std::filesystem::path& file, std::string_view content) {
  if (file.has_parent_path()) {
    if (auto made = make_folder(file.parent_path()); !made) {
      return made;
    }
  }
  const auto failed = [&file](int reason) {
    return Error{"cannot write key file " + file.string() + ": " +
                 std::generic_category().message(reason)};
  };
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return failed(errno);
  }
  const ssize_t written = ::write(descriptor, content.data(), content.size());
  const int write_problem = written < 0 ? errno : ENOSPC;
  const bool whole = written == static_cast<ssize_t>(content.size());
  const bool synced = whole && ::fsync(descriptor) == 0;
  const int sync_problem = errno;
  ::close(descriptor);
  if (!synced) {
    ::unlink(file.c_str());  // half a key is none, and would be in the way
    return failed(whole ? sync_problem : write_problem);
  }
  return {};
}

}  // namespace everyface
