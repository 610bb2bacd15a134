// The first directory of a TIFF structure: a TIFF file, or the EXIF block of another file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace everyface {

struct TiffDirectory {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  int orientation = 1;            ///< 1..8
  std::uint32_t bits = 1;         ///< of the first channel
  std::uint32_t photometric = 0;  ///< 0: white is 0, 1: black is 0, 2: RGB, 3: palette, 5: CMYK, …
  std::uint32_t channels = 1;     ///< alpha included
  bool planes = false;            ///< each channel is stored by itself
  /// Where the two bytes lie that say of the first channel beyond the colours that it is an alpha
  /// by which the colours are not multiplied; 0: nothing says so.
  std::size_t free_alpha_at = 0;
};

/// No value: no TIFF structure, or cut off.
std::optional<TiffDirectory> read_tiff_directory(std::string_view tiff);

}  // namespace everyface
