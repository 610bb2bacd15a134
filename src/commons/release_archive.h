// ZIP and tar files whose bytes depend on nothing but what is put in: no times, no users, no zone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

struct archive;

namespace everyface {

enum class ArchiveFormat { kZip, kTar };

class ReleaseArchive {
 public:
  /// Begins a file, replacing one that is there. ZIP: stored, since photos do not shrink.
  static Result<ReleaseArchive> create(const std::filesystem::path& file, ArchiveFormat format);

  /// Adds a file in one piece.
  Result<void> add(const std::string& name, std::string_view content);
  /// Writes what belongs to the end.
  Result<void> finish();
  /// Of the contents added.
  [[nodiscard]] std::uint64_t content_bytes() const { return content_bytes_; }

 private:
  using Handle = std::unique_ptr<archive, int (*)(archive*)>;
  ReleaseArchive(std::filesystem::path file, Handle handle);
  [[nodiscard]] Error problem() const;

  std::filesystem::path file_;
  Handle handle_;
  std::uint64_t content_bytes_ = 0;
};

}  // namespace everyface
