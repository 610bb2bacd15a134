#include "everyface/image/header.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "everyface/base/byte_reader.h"
#include "image/pnm.h"
#include "image/tiff.h"

namespace everyface {
namespace {

struct Size {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

int exif_orientation(std::string_view exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (exif.starts_with(kPrefix)) {
    exif.remove_prefix(kPrefix.size());
  }
  const auto directory = read_tiff_directory(exif);
  return directory ? directory->orientation : 1;
}

Result<PhotoHeader> make_header(PhotoFormat format, Size size, int orientation) {
  constexpr std::uint64_t kMost = std::numeric_limits<int>::max();
  if (size.width == 0 || size.height == 0 || size.width > kMost || size.height > kMost) {
    return Error{"its " + std::string(format_name(format)) + " header gives a size of " +
                 std::to_string(size.width) + " x " + std::to_string(size.height) + " pixels"};
  }
  return PhotoHeader{format, static_cast<int>(size.width), static_cast<int>(size.height),
                     orientation};
}

Error cut_off(PhotoFormat format) {
  return Error{"truncated: it ends inside the " + std::string(format_name(format)) + " header"};
}

bool is_start_of_frame(std::uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

bool stands_alone(std::uint32_t marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

Result<PhotoHeader> read_jpeg(std::string_view text) {
  const ByteReader bytes(text);
  int orientation = 1;
  std::size_t at = 2;
  while (bytes.has(at, 4)) {
    if (bytes.u8(at) != 0xff) {
      return Error{"corrupt: no JPEG marker where one must stand, at byte " + std::to_string(at)};
    }
    const std::uint32_t marker = bytes.u8(at + 1);
    if (marker == 0xff) {  // fill byte
      ++at;
      continue;
    }
    if (stands_alone(marker)) {
      at += 2;
      continue;
    }
    const std::size_t length = bytes.u16(at + 2);
    if (length < 2) {
      return Error{"corrupt: a JPEG segment of length " + std::to_string(length) + " at byte " +
                   std::to_string(at)};
    }
    if (is_start_of_frame(marker)) {
      if (!bytes.has(at, 9)) {
        break;
      }
      return make_header(PhotoFormat::kJpeg, {bytes.u16(at + 7), bytes.u16(at + 5)}, orientation);
    }
    if (marker == 0xe1) {
      const std::string_view segment = bytes.text(at + 4, length - 2);
      if (segment.starts_with("Exif")) {
        orientation = exif_orientation(segment);
      }
    }
    if (marker == 0xd9 || marker == 0xda) {
      return Error{"corrupt: a JPEG file without a frame header"};
    }
    at += 2 + length;
  }
  return cut_off(PhotoFormat::kJpeg);
}

Result<PhotoHeader> read_png(std::string_view text) {
  const ByteReader bytes(text);
  if (!bytes.has(0, 33)) {
    return cut_off(PhotoFormat::kPng);
  }
  if (bytes.text(12, 4) != "IHDR") {
    return Error{"corrupt: a PNG file whose first chunk is not IHDR"};
  }
  int orientation = 1;
  std::size_t at = 33;
  while (bytes.has(at, 8)) {
    const std::size_t length = bytes.u32(at);
    const std::string_view kind = bytes.text(at + 4, 4);
    if (kind == "eXIf") {
      orientation = exif_orientation(bytes.text(at + 8, length));
      break;
    }
    at += 12 + length;
  }
  return make_header(PhotoFormat::kPng, {bytes.u32(16), bytes.u32(20)}, orientation);
}

Result<PhotoHeader> read_webp(std::string_view text) {
  const ByteReader bytes(text, false);
  if (!bytes.has(0, 30)) {
    return cut_off(PhotoFormat::kWebp);
  }
  const std::string_view kind = bytes.text(12, 4);
  if (kind == "VP8 ") {
    return make_header(PhotoFormat::kWebp, {bytes.u16(26) & 0x3fffU, bytes.u16(28) & 0x3fffU}, 1);
  }
  if (kind == "VP8L") {
    const std::uint32_t packed = bytes.u32(21);
    return make_header(PhotoFormat::kWebp,
                       {(packed & 0x3fffU) + 1, ((packed >> 14U) & 0x3fffU) + 1}, 1);
  }
  if (kind != "VP8X") {
    return Error{"corrupt: a WebP file whose first chunk is not VP8, VP8L or VP8X"};
  }
  constexpr std::uint32_t kAnimation = 0x02;
  if ((bytes.u8(20) & kAnimation) != 0) {
    return Error{"an animation, not a photo; save the frames of this WebP file as single photos"};
  }
  const Size size{(bytes.u16(24) | bytes.u8(26) << 16U) + 1,
                  (bytes.u16(27) | bytes.u8(29) << 16U) + 1};
  int orientation = 1;
  std::size_t at = 30;
  while (bytes.has(at, 8)) {
    const std::size_t length = bytes.u32(at + 4);
    if (bytes.text(at, 4) == "EXIF") {
      orientation = exif_orientation(bytes.text(at + 8, length));
      break;
    }
    at += 8 + length + (length & 1U);
  }
  return make_header(PhotoFormat::kWebp, size, orientation);
}

/// Whether the colours lie in the pixels where OpenCV 4.6 takes them from: it reads the masks of 16
/// bits alone, and those only behind the shortest header.
bool has_usual_masks(const ByteReader& bytes) {
  constexpr std::uint32_t kBitFields = 3;
  if (!bytes.has(0, 66) || bytes.u32(30) != kBitFields) {
    return true;
  }
  const std::array<std::uint32_t, 3> masks = {bytes.u32(54), bytes.u32(58), bytes.u32(62)};
  using Masks = std::array<std::uint32_t, 3>;
  if (bytes.u16(28) == 32) {
    return masks == Masks{0xff0000, 0xff00, 0xff};
  }
  return bytes.u32(14) == 40 &&
         (masks == Masks{0xf800, 0x7e0, 0x1f} || masks == Masks{0x7c00, 0x3e0, 0x1f});
}

Result<PhotoHeader> read_bmp(std::string_view text) {
  const ByteReader bytes(text, false);
  if (!bytes.has(0, 26)) {
    return cut_off(PhotoFormat::kBmp);
  }
  if (bytes.u32(14) == 12) {  // BITMAPCOREHEADER
    return make_header(PhotoFormat::kBmp, {bytes.u16(18), bytes.u16(20)}, 1);
  }
  const auto width = static_cast<std::int32_t>(bytes.u32(18));
  const auto height = static_cast<std::int32_t>(bytes.u32(22));  // negative: first row on top
  const std::int64_t rows = height < 0 ? -std::int64_t{height} : height;
  if (!has_usual_masks(bytes)) {
    return Error{
        "a BMP file with colours at unusual places in its pixels; convert it to PNG first"};
  }
  return make_header(
      PhotoFormat::kBmp,
      {static_cast<std::uint64_t>(width < 0 ? 0 : width), static_cast<std::uint64_t>(rows)}, 1);
}

Result<PhotoHeader> read_pnm(std::string_view text) {
  const auto header = read_pnm_header(text);
  if (!header) {
    return Error{"corrupt or truncated: its PNM header lacks width, height or maximum"};
  }
  if (header->maximum == 0 || header->maximum > 65535) {
    return Error{"corrupt: its PNM header gives a maximum of " + std::to_string(header->maximum)};
  }
  return make_header(PhotoFormat::kPnm, {header->width, header->height}, 1);
}

/// Refuses what OpenCV 4.6 decodes to other pixels than the file's, or only calls corrupt.
Result<void> check_tiff(const TiffDirectory& tiff) {
  const std::string bits = std::to_string(tiff.bits);
  constexpr std::array<std::uint32_t, 8> kDecoded = {1, 8, 10, 12, 14, 16, 32, 64};
  if (std::find(kDecoded.begin(), kDecoded.end(), tiff.bits) == kDecoded.end()) {
    return Error{"a TIFF file of " + bits + " bits a channel; convert it to PNG first"};
  }
  const bool grey_or_rgb = tiff.photometric == 1 || tiff.photometric == 2;
  if (tiff.bits > 8 && (!grey_or_rgb || tiff.channels > 4)) {
    return Error{"a TIFF file of " + bits +
                 " bits a channel that are neither grey from black to white nor RGB; convert it "
                 "to PNG first"};
  }
  if (tiff.bits > 8 && tiff.planes && tiff.channels > 1) {
    return Error{"a TIFF file of " + bits +
                 " bits a channel with each channel stored by itself; convert it to PNG first"};
  }
  return {};
}

Result<PhotoHeader> read_tiff(std::string_view text) {
  const auto directory = read_tiff_directory(text);
  if (!directory) {
    return cut_off(PhotoFormat::kTiff);
  }
  if (auto decoded_right = check_tiff(*directory); !decoded_right) {
    return decoded_right.error();
  }
  return make_header(PhotoFormat::kTiff, {directory->width, directory->height},
                     directory->orientation);
}

bool is_complete_jpeg(std::string_view text) {
  const ByteReader bytes(text);
  std::size_t at = 2;
  bool in_scan = false;
  while (at < text.size()) {
    const void* next = std::memchr(text.data() + at, 0xff, text.size() - at);
    if (next == nullptr) {
      return false;
    }
    at = static_cast<std::size_t>(static_cast<const char*>(next) - text.data());
    if (!bytes.has(at, 2)) {
      return false;
    }
    const std::uint32_t marker = bytes.u8(at + 1);
    if (marker == 0xd9) {
      return in_scan;
    }
    if (marker == 0xff) {
      ++at;
    } else if (marker == 0x00 || stands_alone(marker)) {  // a stuffed byte of data, or a restart
      at += 2;
    } else if (bytes.has(at, 4)) {
      in_scan = in_scan || marker == 0xda;
      at += 2 + bytes.u16(at + 2);
    } else {
      return false;
    }
  }
  return false;
}

bool is_complete_png(std::string_view text) {
  const ByteReader bytes(text);
  std::size_t at = 8;
  while (bytes.has(at, 12)) {
    if (bytes.text(at + 4, 4) == "IEND") {
      return true;
    }
    at += 12 + std::size_t{bytes.u32(at)};
  }
  return false;
}

bool is_complete_bmp(std::string_view text) {
  const ByteReader bytes(text, false);
  const std::size_t header_size = bytes.u32(14);
  const bool core = header_size == 12;
  if (!bytes.has(0, core ? 26 : 54)) {
    return false;
  }
  if (!core && bytes.u32(30) != 0 && bytes.u32(30) != 3) {
    return true;  // run-length coded: its decoder notices the missing end
  }
  const auto header = read_bmp(text);
  const std::uint64_t bits = bytes.u16(core ? 24 : 28);
  const std::uint64_t row = (static_cast<std::uint64_t>(header->width) * bits + 31) / 32 * 4;
  return bytes.has(bytes.u32(10), row * static_cast<std::uint64_t>(header->height));
}

bool is_complete_pnm(std::string_view text) {
  const auto header = read_pnm_header(text);
  const std::uint64_t width = header->width;
  const std::uint64_t bytes_per_value = header->maximum > 255 ? 2 : 1;
  std::uint64_t row = 0;
  switch (text[1]) {
    case '4':
      row = (width + 7) / 8;
      break;
    case '5':
      row = width * bytes_per_value;
      break;
    case '6':
      row = 3 * width * bytes_per_value;
      break;
    default:  // text: one digit and one separator for each value at the least
      row = (text[1] == '3' ? 3 : 1) * width * (text[1] == '1' ? 1 : 2);
      return text.size() + 1 >= header->raster + row * header->height;
  }
  return text.size() >= header->raster + row * header->height;
}

}  // namespace

std::string_view format_name(PhotoFormat format) {
  switch (format) {
    case PhotoFormat::kJpeg:
      return "JPEG";
    case PhotoFormat::kPng:
      return "PNG";
    case PhotoFormat::kWebp:
      return "WebP";
    case PhotoFormat::kBmp:
      return "BMP";
    case PhotoFormat::kPnm:
      return "PNM";
    case PhotoFormat::kTiff:
      return "TIFF";
  }
  return "unknown";
}

Result<PhotoHeader> read_photo_header(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty()) {
    return Error{"empty: the file has no bytes"};
  }
  if (bytes.starts_with("\xff\xd8")) {
    return read_jpeg(bytes);
  }
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) {
    return read_png(bytes);
  }
  if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") {
    return read_webp(bytes);
  }
  if (bytes.starts_with("BM")) {
    return read_bmp(bytes);
  }
  if (bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6') {
    return read_pnm(bytes);
  }
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)) {
    return read_tiff(bytes);
  }
  return Error{"not a photo: its content is none of JPEG, PNG, WebP, BMP, PNM, TIFF"};
}

bool is_complete(std::string_view bytes, PhotoFormat format) {
  switch (format) {
    case PhotoFormat::kJpeg:
      return is_complete_jpeg(bytes);
    case PhotoFormat::kPng:
      return is_complete_png(bytes);
    case PhotoFormat::kWebp:
      return bytes.size() >= std::size_t{8} + ByteReader(bytes, false).u32(4);
    case PhotoFormat::kBmp:
      return is_complete_bmp(bytes);
    case PhotoFormat::kPnm:
      return is_complete_pnm(bytes);
    case PhotoFormat::kTiff:
      return true;  // strips may lie anywhere; the decoder reports the ones it cannot read
  }
  return false;
}

}  // namespace everyface
