#include "everyface/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace everyface {
namespace {

std::string reason(int error_number) { return std::strerror(error_number); }  // NOLINT(*-mt-unsafe)

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

/// Writes all bytes, going on after interruptions; 0 or the error number.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// A rename is only durable once the folder that holds the name is on disk too.
void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) {
    ::fsync(descriptor.get());
  }
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    const int why = errno;
    if (why == ELOOP) {
      return Error{"cannot read " + path.string() + ": its symbolic links form a loop"};
    }
    return Error{"cannot read " + path.string() + ": " + reason(why)};
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    return Error{"cannot read " + path.string() + ": " + reason(errno)};
  }
  if (S_ISDIR(status.st_mode)) {
    return Error{"cannot read " + path.string() + ": it is a directory, not a file"};
  }
  if (!S_ISREG(status.st_mode)) {
    return Error{"cannot read " + path.string() + ": it is not a regular file"};
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes) {
    return Error{"cannot read " + path.string() + ": it has " + std::to_string(size) +
                 " bytes, more than the limit of " + std::to_string(max_bytes)};
  }
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return Error{"reading " + path.string() + " failed: " + reason(errno)};
    }
    if (got == 0) {
      break;  // the file became shorter meanwhile
    }
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

Result<void> make_folder(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) {
    return Error{"cannot create the folder " + path.string() + ": " + problem.message()};
  }
  return {};
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  if (const auto parent = path.parent_path(); !parent.empty()) {
    if (auto made = make_folder(parent); !made) {
      return made.error();
    }
  }
  static std::atomic<unsigned> counter{0};
  const std::string temporary =
      path.string() + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  const int raw = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (raw < 0) {
    return Error{"cannot write " + path.string() + ": " + reason(errno)};
  }
  int why = 0;
  {
    const Descriptor file(raw);
    why = write_all(raw, content);
    if (why == 0 && ::fsync(raw) != 0) {
      why = errno;
    }
  }
  if (why == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) {
    why = errno;
  }
  if (why != 0) {
    ::unlink(temporary.c_str());
    return Error{"cannot write " + path.string() + ": " + reason(why)};
  }
  sync_folder(path.parent_path());
  return {};
}

Result<void> move_into_place(const std::filesystem::path& finished,
                             const std::filesystem::path& path) {
  int why = 0;
  {
    const Descriptor file(::open(finished.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 || ::fsync(file.get()) != 0) {
      why = errno;
    }
  }
  if (why == 0 && ::rename(finished.c_str(), path.c_str()) != 0) {
    why = errno;
  }
  if (why != 0) {
    return Error{"cannot write " + path.string() + ": " + reason(why)};
  }
  sync_folder(path.parent_path());
  return {};
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path) {
  AppendFile file;
  file.path_ = path;
  file.descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file.descriptor_ < 0) {
    return Error{"cannot write " + path.string() + ": " + reason(errno)};
  }
  return file;
}

Result<void> AppendFile::append(std::string_view bytes) {
  if (const int why = write_all(descriptor_, bytes); why != 0) {
    return Error{"cannot write " + path_.string() + ": " + reason(why)};
  }
  return {};
}

Result<void> AppendFile::sync() {
  if (::fdatasync(descriptor_) != 0) {
    return Error{"cannot write " + path_.string() + ": " + reason(errno)};
  }
  return {};
}

}  // namespace everyface
