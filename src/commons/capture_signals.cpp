#include "commons/capture_signals.h"

#include <algorithm>
#include <functional>

#include "everyface/base/byte_reader.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr std::string_view kExifPrefix("Exif\0\0", 6);

/// A value of a TIFF directory.
struct Entry {
  std::uint32_t tag = 0;
  std::uint32_t offset = 0;  ///< the value field read as one
  std::string_view text;     ///< the value where it is ASCII
};

void for_each_entry(const ByteReader& tiff, std::size_t directory,
                    const std::function<void(const Entry&)>& visit) {
  if (!tiff.has(directory, 2)) {
    return;
  }
  const std::size_t count = tiff.u16(directory);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = directory + 2 + 12 * i;
    if (!tiff.has(at, 12)) {
      return;
    }
    Entry entry;
    entry.tag = tiff.u16(at);
    entry.offset = tiff.u32(at + 8);
    constexpr std::uint32_t kAscii = 2;
    const std::size_t length = tiff.u32(at + 4);
    if (tiff.u16(at + 2) == kAscii) {
      entry.text = tiff.text(length <= 4 ? at + 8 : entry.offset, length);
    }
    visit(entry);
  }
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 64;
  std::string kept;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && kept.size() < kMost) {
      kept += c;
    }
  }
  return std::string(trim(kept));
}

/// The body of an eXIf or EXIF chunk: chunks of 8 bytes of head and then `tail` of end each.
std::string_view find_chunk(const ByteReader& bytes, std::size_t at, std::string_view kind,
                            bool is_png) {
  while (bytes.has(at, 8)) {
    const std::size_t length = bytes.u32(is_png ? at : at + 4);
    if (bytes.text(is_png ? at + 4 : at, 4) == kind) {
      return bytes.text(at + 8, length);
    }
    constexpr std::size_t kChecksum = 4;
    at += 8 + length + (is_png ? kChecksum : length & 1U);  // RIFF pads to even lengths
  }
  return {};
}

std::string_view find_jpeg_exif(const ByteReader& bytes) {
  std::size_t at = 2;
  while (bytes.has(at, 4) && bytes.u8(at) == 0xff) {
    const std::uint32_t marker = bytes.u8(at + 1);
    const std::size_t length = bytes.u16(at + 2);
    const std::string_view body = length >= 2 ? bytes.text(at + 4, length - 2) : "";
    if (marker == 0xe1 && body.starts_with(kExifPrefix)) {
      return body;
    }
    constexpr std::uint32_t kStartOfScan = 0xda;
    if (marker == kStartOfScan || length < 2) {
      return {};
    }
    at += 2 + length;
  }
  return {};
}

}  // namespace

CaptureSignals read_exif_signals(std::string_view exif) {
  using namespace std::string_view_literals;
  if (exif.starts_with(kExifPrefix)) {
    exif.remove_prefix(kExifPrefix.size());
  }
  CaptureSignals signals;
  if (exif.size() < 8 || (!exif.starts_with("II*\0"sv) && !exif.starts_with("MM\0*"sv))) {
    return signals;
  }
  const ByteReader tiff(exif, exif[0] == 'M');
  std::size_t photo_directory = 0;
  std::size_t location_directory = 0;
  for_each_entry(tiff, tiff.u32(4), [&](const Entry& entry) {
    switch (entry.tag) {
      case 0x10f:  // Make
      case 0x110:  // Model
        signals.camera = signals.camera || !printable(entry.text).empty();
        break;
      case 0x131:
        signals.software = printable(entry.text);
        break;
      case 0x8769:
        photo_directory = entry.offset;
        break;
      case 0x8825:
        location_directory = entry.offset;
        break;
      default:
        break;
    }
  });
  if (photo_directory != 0) {
    for_each_entry(tiff, photo_directory, [&](const Entry& entry) {
      constexpr std::uint32_t kDateTimeOriginal = 0x9003;
      signals.capture_time = signals.capture_time ||
                             (entry.tag == kDateTimeOriginal && !printable(entry.text).empty());
    });
  }
  if (location_directory != 0) {
    for_each_entry(tiff, location_directory, [&](const Entry& entry) {
      constexpr std::uint32_t kLatitude = 2;
      signals.location = signals.location || entry.tag == kLatitude;
    });
  }
  return signals;
}

CaptureSignals read_capture_signals(std::string_view bytes, PhotoFormat format) {
  switch (format) {
    case PhotoFormat::kJpeg:
      return read_exif_signals(find_jpeg_exif(ByteReader(bytes)));
    case PhotoFormat::kPng:
      return read_exif_signals(find_chunk(ByteReader(bytes), 8, "eXIf", true));
    case PhotoFormat::kWebp:
      return read_exif_signals(find_chunk(ByteReader(bytes, false), 12, "EXIF", false));
    default:
      return {};
  }
}

}  // namespace everyface
