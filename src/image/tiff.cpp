#include "image/tiff.h"

#include "everyface/base/byte_reader.h"

namespace everyface {
namespace {

/// Where the first value of an entry lies: in the entry if all of its values fit there.
std::size_t first_value_at(const ByteReader& bytes, std::size_t entry) {
  constexpr std::uint32_t kShort = 3;
  const std::uint32_t size = bytes.u16(entry + 2) == kShort ? 2 : 4;
  const bool fits = bytes.u32(entry + 4) <= 4 / size;
  return fits ? entry + 8 : bytes.u32(entry + 8);
}

}  // namespace

std::optional<TiffDirectory> read_tiff_directory(std::string_view tiff) {
  if (tiff.size() < 8 || (!tiff.starts_with(std::string_view("II*\0", 4)) &&
                          !tiff.starts_with(std::string_view("MM\0*", 4)))) {
    return std::nullopt;
  }
  const ByteReader bytes(tiff, tiff[0] == 'M');
  const std::size_t directory = bytes.u32(4);
  if (!bytes.has(directory, 2)) {
    return std::nullopt;
  }
  TiffDirectory found;
  const std::size_t count = bytes.u16(directory);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (!bytes.has(entry, 12)) {
      return std::nullopt;
    }
    constexpr std::uint32_t kShort = 3;
    const bool is_short = bytes.u16(entry + 2) == kShort;
    const std::size_t at = first_value_at(bytes, entry);
    if (!bytes.has(at, 4)) {
      continue;  // of a tag that matters, the decoder says that the file is corrupt
    }
    const std::uint32_t value = is_short ? bytes.u16(at) : bytes.u32(at);
    switch (bytes.u16(entry)) {
      case 0x100:
        found.width = value;
        break;
      case 0x101:
        found.height = value;
        break;
      case 0x102:
        found.bits = value;
        break;
      case 0x106:
        found.photometric = value;
        break;
      case 0x112:
        found.orientation = value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
        break;
      case 0x115:
        found.channels = value;
        break;
      case 0x11c:
        found.planes = value == 2;
        break;
      case 0x152:
        found.free_alpha_at = is_short && value == 2 ? at : 0;
        break;
      default:
        break;
    }
  }
  return found;
}

}  // namespace everyface
