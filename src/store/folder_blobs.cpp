// Blobs in a folder.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "everyface/base/file.h"
#include "everyface/store/blobs.h"
#include "everyface/store/uuid.h"
#include "store/blob_error.h"

namespace everyface::store {
namespace {

namespace fs = std::filesystem;

/// Inside of the folder, so that a rename brings files into place; no key begins with '.'.
constexpr const char* kIncoming = ".incoming";
constexpr std::size_t kPieceBytes = 256U << 10U;

Error unavailable(const std::string& what, int why) {
  return blob_error("blob_unavailable",
                    what + ": " + std::error_code(why, std::generic_category()).message());
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

std::int64_t milliseconds(const struct stat& status) {
  return std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

class FolderBlobs : public BlobStore {
 public:
  explicit FolderBlobs(fs::path folder) : folder_(std::move(folder)) {}

  Result<void> put(std::string_view key, std::string_view bytes) override {
    return bring_in(key, [&](AppendFile& file) { return file.append(bytes); });
  }

  Result<void> put_file(std::string_view key, const fs::path& source) override {
    return bring_in(key, [&](AppendFile& file) -> Result<void> {
      const FileDescriptor from(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
      if (from.get() < 0) {
        return unavailable("cannot read " + source.string(), errno);
      }
      return read_pieces(from.get(), source.string(), 0, std::nullopt,
                         [&](std::string_view bytes) { return file.append(bytes); });
    });
  }

  Result<void> read(std::string_view key, std::uint64_t offset, std::optional<std::uint64_t> length,
                    const Sink& take) const override {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    const FileDescriptor file(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) {
      return errno == ENOENT || errno == ENOTDIR ? no_such_blob(key)
                                                 : unavailable("cannot read " + name(key), errno);
    }
    if (!S_ISREG(status.st_mode)) {
      return no_such_blob(key);
    }
    if (offset > static_cast<std::uint64_t>(status.st_size)) {
      return blob_error("blob_range", name(key) + " has only " + std::to_string(status.st_size) +
                                          " bytes, asked for from " + std::to_string(offset));
    }
    return read_pieces(file.get(), name(key), offset, length,
                       [&](std::string_view bytes) -> Result<void> {
                         if (take(bytes)) {
                           return {};
                         }
                         return blob_error("blob_aborted", name(key) + " was not read to its end");
                       });
  }

  Result<std::optional<BlobEntry>> find(std::string_view key) const override {
    if (auto good = check_blob_key(key); !good) {
      return good.error();
    }
    struct stat status {};
    if (::stat(path_of(key).c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) {
        return std::optional<BlobEntry>();
      }
      return unavailable("cannot look at " + name(key), errno);
    }
    if (!S_ISREG(status.st_mode)) {
      return std::optional<BlobEntry>();
    }
    return std::optional(BlobEntry{std::string(key), static_cast<std::uint64_t>(status.st_size),
                                   milliseconds(status)});
  }

  Result<void> remove(std::string_view key) override {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    // Folders stay: another put() may be about to write into one.
    if (::unlink(path_of(key).c_str()) != 0 && errno != ENOENT && errno != ENOTDIR &&
        errno != EISDIR) {
      return unavailable("cannot remove " + name(key), errno);
    }
    return {};
  }

  Result<void> list(std::string_view prefix,
                    const std::function<void(const BlobEntry&)>& visit) const override {
    std::error_code problem;
    // Begin in the deepest folder that all keys with the prefix are in.
    const std::size_t slash = prefix.rfind('/');
    const fs::path begin =
        slash == std::string_view::npos ? folder_ : folder_ / prefix.substr(0, slash);
    if (prefix.find("..") != std::string_view::npos || prefix.starts_with('/')) {
      return blob_error("blob_key", "no key begins with '" + std::string(prefix) + "'");
    }
    if (!fs::is_directory(begin, problem)) {
      return {};
    }
    fs::recursive_directory_iterator at(begin, problem);
    for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
      const std::string key = at->path().lexically_relative(folder_).generic_string();
      if (at->is_directory(problem)) {
        if (key == kIncoming) {
          at.disable_recursion_pending();
        }
      } else if (key.starts_with(prefix) && check_blob_key(key)) {
        auto entry = find(key);
        if (!entry) {
          return entry.error();
        }
        if (*entry) {  // else it went meanwhile
          visit(**entry);
        }
      }
    }
    if (problem) {
      return unavailable("cannot list " + begin.string(), problem.value());
    }
    return {};
  }

  Result<std::int64_t> remove_leftovers(std::int64_t before_ms) override {
    std::int64_t removed = 0;
    std::error_code problem;
    for (const auto& leftover : fs::directory_iterator(folder_ / kIncoming, problem)) {
      struct stat status {};
      if (::stat(leftover.path().c_str(), &status) == 0 && milliseconds(status) < before_ms &&
          ::unlink(leftover.path().c_str()) == 0) {
        ++removed;
      }
    }
    if (problem) {
      return unavailable("cannot list " + (folder_ / kIncoming).string(), problem.value());
    }
    return removed;
  }

  Result<void> make_ready() { return make_folder(folder_ / kIncoming); }

 private:
  [[nodiscard]] fs::path path_of(std::string_view key) const { return folder_ / key; }
  static std::string name(std::string_view key) { return "the blob " + std::string(key); }

  /// Writes a new file, then moves it to its key.
  Result<void> bring_in(std::string_view key,
                        const std::function<Result<void>(AppendFile&)>& write) {
    if (auto good = check_blob_key(key); !good) {
      return good;
    }
    const fs::path temporary = folder_ / kIncoming / Uuid::make().text();
    Result<void> done = [&]() -> Result<void> {
      auto file = AppendFile::open(temporary);
      return file ? write(*file) : Result<void>(file.error());
    }();
    if (done) {
      done = make_synced_folders(path_of(key).parent_path());
    }
    if (done) {
      done = move_into_place(temporary, path_of(key));
    }
    if (!done) {
      ::unlink(temporary.c_str());
      return blob_error("blob_unavailable", done.error().message);
    }
    return done;
  }

  /// A folder is only there after a loss of power when the one that holds its name was synced.
  Result<void> make_synced_folders(const fs::path& folder) {
    std::error_code problem;
    if (folder == folder_ || fs::is_directory(folder, problem)) {
      return {};
    }
    if (auto above = make_synced_folders(folder.parent_path()); !above) {
      return above;
    }
    if (auto made = make_folder(folder); !made) {
      return made;
    }
    const FileDescriptor parent(
        ::open(folder.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.get() < 0 || ::fsync(parent.get()) != 0) {
      return unavailable("cannot sync " + folder.parent_path().string(), errno);
    }
    return {};
  }

  static Result<void> read_pieces(int file, const std::string& what, std::uint64_t offset,
                                  std::optional<std::uint64_t> length,
                                  const std::function<Result<void>(std::string_view)>& take) {
    std::string piece(kPieceBytes, '\0');
    std::uint64_t left = length.value_or(UINT64_MAX);
    while (left > 0) {
      const ssize_t got = ::pread(
          file, piece.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size())),
          static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return unavailable("cannot read " + what, errno);
      }
      if (got == 0) {
        break;
      }
      if (auto taken = take(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
          !taken) {
        return taken;
      }
      offset += static_cast<std::uint64_t>(got);
      left -= static_cast<std::uint64_t>(got);
    }
    return {};
  }

  fs::path folder_;
};

}  // namespace
}  // namespace everyface::store

namespace everyface {

Result<std::unique_ptr<BlobStore>> open_folder_blobs(const std::filesystem::path& folder) {
  auto blobs = std::make_unique<store::FolderBlobs>(folder);
  if (auto ready = blobs->make_ready(); !ready) {
    return ready.error();
  }
  return std::unique_ptr<BlobStore>(std::move(blobs));
}

}  // namespace everyface
