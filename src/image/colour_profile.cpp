#include "image/colour_profile.h"

#include <zlib.h>

#include <algorithm>
#include <map>

#include "everyface/base/byte_reader.h"

namespace everyface {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMostBytes = 4U << 20U;  // the largest in use have half of that
constexpr std::string_view kJpegMark = "ICC_PROFILE\0"sv;

std::string big_endian(std::uint64_t value, unsigned bytes) {
  std::string text;
  while (bytes-- > 0) {
    text += static_cast<char>(value >> 8 * bytes & 0xffU);
  }
  return text;
}

bool is_of_rgb(std::string_view profile) {
  const ByteReader bytes(profile);
  return bytes.has(0, 128) && bytes.u32(0) <= profile.size() && bytes.text(36, 4) == "acsp" &&
         bytes.text(16, 4) == "RGB ";
}

/// ICC.1, annex B: APP2 segments that are numbered from 1 on.
std::string from_jpeg(std::string_view file) {
  const ByteReader bytes(file);
  std::map<std::uint32_t, std::string_view> parts;
  std::uint32_t count = 0;
  for (std::size_t at = 2; bytes.has(at, 4) && bytes.u8(at) == 0xff && bytes.u8(at + 1) != 0xda;) {
    const std::size_t length = bytes.u16(at + 2);
    const std::string_view segment = length > 2 ? bytes.text(at + 4, length - 2) : ""sv;
    const std::size_t head = kJpegMark.size() + 2;
    if (bytes.u8(at + 1) == 0xe2 && segment.starts_with(kJpegMark) && segment.size() > head) {
      parts.emplace(ByteReader(segment).u8(head - 2), segment.substr(head));
      count = ByteReader(segment).u8(head - 1);
    }
    at += 2 + length;
  }
  if (parts.size() != count || count == 0 || parts.rbegin()->first != count) {
    return {};
  }
  std::string profile;
  for (const auto& [number, part] : parts) {
    profile += part;
  }
  return profile;
}

constexpr std::size_t kPngHead = 8;  // length and kind, before a chunk's data
constexpr std::size_t kPngTail = 4;  // a checksum, behind them

struct PngChunk {
  std::size_t at = 0;  ///< of its head
  std::string_view data;
};

/// The chunk with the profile, if it is whole and, as it must, stands before the pixels.
std::optional<PngChunk> find_iccp(std::string_view png) {
  const ByteReader bytes(png);
  for (std::size_t at = 8; bytes.has(at, kPngHead + kPngTail);) {
    const std::size_t length = bytes.u32(at);
    const std::string_view kind = bytes.text(at + 4, 4);
    if (kind == "IDAT" || !bytes.has(at, kPngHead + length + kPngTail)) {
      return std::nullopt;
    }
    if (kind == "iCCP") {
      return PngChunk{at, bytes.text(at + kPngHead, length)};
    }
    at += kPngHead + length + kPngTail;
  }
  return std::nullopt;
}

/// PNG third edition, 11.3.2.3: a name, a zero, the method of compression (0), zlib's data.
std::string from_png(std::string_view file) {
  const auto chunk = find_iccp(file);
  if (!chunk) {
    return {};
  }
  const std::size_t data = chunk->data.find('\0') + 2;  // 1 where there is no zero
  if (data < 2 || data > chunk->data.size()) {
    return {};
  }
  const std::string_view packed = chunk->data.substr(data);
  std::string profile(kMostBytes, '\0');
  uLongf size = profile.size();
  const int problem = ::uncompress(reinterpret_cast<Bytef*>(profile.data()), &size,
                                   reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  return problem == Z_OK ? profile.substr(0, size) : "";
}

std::string jpeg_segments(std::string_view profile) {
  constexpr std::size_t kMostInSegment = 65535 - 2 - kJpegMark.size() - 2;
  const std::size_t count = (profile.size() + kMostInSegment - 1) / kMostInSegment;
  std::string segments;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view part = profile.substr(i * kMostInSegment, kMostInSegment);
    segments += "\xff\xe2" + big_endian(2 + kJpegMark.size() + 2 + part.size(), 2);
    segments.append(kJpegMark) += big_endian((i + 1) << 8U | count, 2);
    segments += part;
  }
  return segments;
}

std::string png_chunk(std::string_view profile) {
  uLongf size = ::compressBound(profile.size());
  std::string packed(size, '\0');
  ::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
             reinterpret_cast<const Bytef*>(profile.data()), profile.size());
  const std::string chunk = std::string("iCCPICC profile\0\0"sv) + packed.substr(0, size);
  const auto checksum =
      ::crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
  return big_endian(chunk.size() - 4, 4) + chunk + big_endian(checksum, 4);
}

}  // namespace

std::string read_colour_profile(std::string_view file, PhotoFormat format) {
  std::string profile;
  if (format == PhotoFormat::kJpeg) {
    profile = from_jpeg(file);
  } else if (format == PhotoFormat::kPng) {
    profile = from_png(file);
  }
  return is_of_rgb(profile) ? profile : "";
}

std::optional<std::string> without_colour_profile(std::string_view png) {
  const auto chunk = find_iccp(png);
  if (!chunk) {
    return std::nullopt;
  }
  const std::size_t end = chunk->at + kPngHead + chunk->data.size() + kPngTail;
  return std::string(png.substr(0, chunk->at)).append(png.substr(end));
}

std::string with_colour_profile(std::string file, PhotoFormat format, std::string_view profile) {
  if (profile.empty()) {
    return file;
  }
  const ByteReader bytes(file);
  if (format == PhotoFormat::kJpeg && bytes.has(2, 4)) {
    const bool jfif = bytes.u16(2) == 0xffe0;  // which must stay first
    file.insert(jfif ? 4 + bytes.u16(4) : 2, jpeg_segments(profile));
  } else if (format == PhotoFormat::kPng) {
    file.insert(std::min<std::size_t>(33, file.size()), png_chunk(profile));  // behind IHDR
  }
  return file;
}

}  // namespace everyface
