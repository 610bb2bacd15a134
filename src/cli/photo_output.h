// Where a photo that was made from another goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "everyface/image/photo.h"

namespace everyface::cli {

/// The paths below an output folder: the photo's name in the input, its extension replaced where a
/// format is asked for, or followed by it where two photos would share one (a.bmp and a.jpg: a.png
/// and a.jpg.png). No photo is written over itself or over another that is yet to be read.
class OutputPaths {
 public:
  OutputPaths(const std::filesystem::path& folder, const std::string& format,
              const FoundPhotos& found);

  /// Error: another photo already goes there, or one of the photos is that file.
  [[nodiscard]] Result<std::filesystem::path> of(std::size_t index) const;

 private:
  using Identity = std::pair<std::uint64_t, std::uint64_t>;  ///< device and inode

  static std::optional<Identity> identity(const std::filesystem::path& file);

  const FoundPhotos& found_;
  std::vector<std::filesystem::path> paths_;
  std::unordered_map<std::string, std::size_t> first_use_;
  std::map<Identity, std::size_t> inputs_;
};

}  // namespace everyface::cli
