// Files that are whole or not there: reading with limits, writing atomically.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

/// The whole content of a regular file. Errors (each names the file and the reason): missing, a
/// directory or other special file, a loop of symbolic links, not readable, larger than
/// `max_bytes`.
Result<std::string> read_file(const std::filesystem::path& path,
                              std::uint64_t max_bytes = std::uint64_t{4} << 30U);

/// Writes the content to a temporary file beside `path`, syncs it to disk and renames it, so that
/// a reader or a crash sees the old file or the new one, never half of one. Creates the parent
/// folders. Symbolic links stay: the file they lead to is replaced. Devices and pipes are written
/// to as they are. Error: names the file and the system's reason.
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content);

/// Whether write_file_atomic() would succeed now, for those who have long work to do before.
/// Creates the parent folders, and leaves the file itself as it is. Error: as write_file_atomic().
Result<void> check_writable(const std::filesystem::path& path);

/// Syncs a finished file to disk and renames it to `path`, for files too large for
/// write_file_atomic(). Error: names `path` and the system's reason.
Result<void> move_into_place(const std::filesystem::path& finished,
                             const std::filesystem::path& path);

/// Creates a folder and its parents. Error: names the folder and the system's reason.
Result<void> make_folder(const std::filesystem::path& path);

/// A file that only grows. Each append() is handed to the system in one write.
class AppendFile {
 public:
  AppendFile() = default;
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  static Result<AppendFile> open(const std::filesystem::path& path);
  Result<void> append(std::string_view bytes);
  /// Returns once the bytes are on the disk.
  Result<void> sync();

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
};

}  // namespace everyface
