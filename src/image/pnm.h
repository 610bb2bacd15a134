// The text at the beginning of a Netpbm file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace everyface {

struct PnmHeader {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t maximum = 1;  ///< the value of white; 1 for the bitmaps P1 and P4, which give none
  std::size_t raster = 0;     ///< where the pixels begin; may lie behind the end of the file
};

/// Reads the header of a file that begins with P1 to P6. No value: it ends or breaks off before the
/// last of its numbers.
std::optional<PnmHeader> read_pnm_header(std::string_view text);

}  // namespace everyface
