// A folder for files in the making, which goes away with its owner.
#pragma once

#include <filesystem>
#include <string>

#include "everyface/base/result.h"

namespace everyface {

class WorkFolder {
 public:
  /// Below `parent`, which is made where it is missing; empty: the system's folder for such files.
  static Result<WorkFolder> create(const std::filesystem::path& parent);

  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Says that its owner lives, to remove_dead_work().
  static Result<void> touch(const std::filesystem::path& path);

 private:
  explicit WorkFolder(std::filesystem::path path);
  std::filesystem::path path_;  ///< empty: moved from
};

}  // namespace everyface
