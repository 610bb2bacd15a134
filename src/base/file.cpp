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

/// Where a write to `path` ends up: behind its symbolic links, so that what they lead to is
/// replaced and not the link. Its last link may lead to a file that is not there yet.
Result<std::filesystem::path> behind_links(const std::filesystem::path& path) {
  constexpr int kMostLinks = 40;  // as Linux
  std::filesystem::path target = path;
  std::error_code problem;
  for (int links = 0; std::filesystem::is_symlink(std::filesystem::symlink_status(target, problem));
       ++links) {
    const auto next = std::filesystem::read_symlink(target, problem);
    if (problem || links == kMostLinks) {
      return Error{"cannot write " + path.string() + ": " +
                   (problem ? problem.message() : "its symbolic links form a loop")};
    }
    target = target.parent_path() / next;
  }
  return target;
}

/// A device, a pipe and the like: nothing that a file may be renamed over.
bool is_special(const std::filesystem::path& path) {
  std::error_code not_there;
  const auto status = std::filesystem::status(path, not_there);
  return std::filesystem::is_other(status);
}

struct Temporary {
  std::string name;
  int descriptor = -1;
  int why = 0;  ///< where there is no descriptor: the error number
};

/// Creates a file beside `target` that nothing else uses.
Temporary open_temporary(const std::filesystem::path& target) {
  constexpr std::size_t kLongestStem = 200;  // with the suffix below the 255 that names may have
  static std::atomic<unsigned> counter{0};
  const std::string stem = target.filename().string().substr(0, kLongestStem);
  Temporary file;
  do {  // past what a killed process of the same number has left
    file.name = (target.parent_path() /
                 (stem + ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(counter++)))
                    .string();
    file.descriptor = ::open(file.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file.why = file.descriptor < 0 ? errno : 0;
  } while (file.why == EEXIST);
  return file;
}

/// behind_links(), its folder made.
Result<std::filesystem::path> prepare_target(const std::filesystem::path& path) {
  auto target = behind_links(path);
  if (!target) {
    return target.error();
  }
  if (const auto parent = target->parent_path(); !parent.empty()) {
    if (auto made = make_folder(parent); !made) {
      return made.error();
    }
  }
  return target;
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

Result<void> check_writable(const std::filesystem::path& path) {
  const auto failed = [&path](const std::string& why) {
    return Error{"cannot write " + path.string() + ": " + why};
  };
  std::error_code not_there;
  if (std::filesystem::is_directory(path, not_there)) {
    return failed("it is a folder; name a file");
  }
  if (is_special(path)) {  // not opened: the reader of a pipe would see its end
    return ::access(path.c_str(), W_OK) == 0 ? Result<void>() : failed(reason(errno));
  }
  const auto target = prepare_target(path);
  if (!target) {
    return target.error();
  }
  const Temporary file = open_temporary(*target);
  if (file.why != 0) {
    return failed(reason(file.why));
  }
  ::close(file.descriptor);
  ::unlink(file.name.c_str());
  return {};
}

Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  const auto failed = [&path](int why) {
    return Error{"cannot write " + path.string() + ": " + reason(why)};
  };
  if (is_special(path)) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    const int why = file.get() < 0 ? errno : write_all(file.get(), content);
    return why == 0 ? Result<void>() : failed(why);
  }
  const auto target = prepare_target(path);
  if (!target) {
    return target.error();
  }
  const Temporary temporary = open_temporary(*target);
  int why = temporary.why;
  if (why != 0) {
    return failed(why);
  }
  {
    const Descriptor file(temporary.descriptor);
    why = write_all(file.get(), content);
    if (why == 0 && ::fsync(file.get()) != 0) {
      why = errno;
    }
  }
  if (why == 0 && ::rename(temporary.name.c_str(), target->c_str()) != 0) {
    why = errno;
  }
  if (why != 0) {
    ::unlink(temporary.name.c_str());
    return failed(why);
  }
  sync_folder(target->parent_path());
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
