// Where a photo that was made from another goes.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>

#include "everyface/image/photo.h"

namespace everyface::cli {

/// The paths below an output folder: the photo's name in the input, its extension replaced where a
/// format is asked for. Two photos never share one, and no photo is written over itself.
class OutputPaths {
 public:
  OutputPaths(std::filesystem::path folder, std::string format, const FoundPhotos& found);

  /// Error: another photo already goes there, or it is the photo's own file.
  [[nodiscard]] Result<std::filesystem::path> of(std::size_t index) const;

 private:
  [[nodiscard]] std::filesystem::path plain_path(std::size_t index) const;

  std::filesystem::path folder_;
  std::string format_;
  const FoundPhotos& found_;
  std::unordered_map<std::string, std::size_t> first_use_;
};

}  // namespace everyface::cli
