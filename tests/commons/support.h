// Photo files for the tests of commons/, made on the spot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace everyface::testing {

/// A picture whose corners tell its orientation: red above left, green above right, blue below.
inline cv::Mat oriented_picture(int width, int height) {
  cv::Mat picture(height, width, CV_8UC3, cv::Scalar(200, 60, 60));
  picture(cv::Rect(0, 0, width / 2, height / 2)).setTo(cv::Scalar(40, 40, 220));
  picture(cv::Rect(width / 2, 0, width - width / 2, height / 2)).setTo(cv::Scalar(40, 200, 40));
  return picture;
}

inline std::string encoded(const cv::Mat& picture, const char* extension) {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, picture, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whole numbers as bytes, most significant first.
inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text += static_cast<char>(value >> static_cast<unsigned>(shift));
  }
  return text;
}

struct ExifText {
  std::string make = "Maker";
  std::string software = "Editor 1.0";
  std::string taken = "2026:01:02 03:04:05";
  bool location = true;
  int orientation = 1;
};

/// An EXIF block as a camera writes it: "Exif", then a TIFF structure, big-endian.
inline std::string exif_block(const ExifText& text) {
  constexpr std::uint32_t kAscii = 2;
  constexpr std::uint32_t kShort = 3;
  constexpr std::uint32_t kLong = 4;
  constexpr std::uint32_t kMain = 8;
  constexpr std::uint32_t kMainEntries = 5;
  constexpr std::uint32_t kPhoto = kMain + 2 + 12 * kMainEntries + 4;
  constexpr std::uint32_t kLocation = kPhoto + 2 + 12 + 4;
  constexpr std::uint32_t kTexts = kLocation + 2 + 12 + 4;
  std::string texts;
  const auto entry = [](std::uint32_t tag, std::uint32_t type, std::uint32_t count,
                        const std::string& value) {
    return big_endian(tag, 2) + big_endian(type, 2) + big_endian(count, 4) + value;
  };
  const auto ascii = [&](std::uint32_t tag, const std::string& value) {
    const auto offset = kTexts + static_cast<std::uint32_t>(texts.size());
    texts += value + std::string(value.size() < 4 ? 5 - value.size() : 1, '\0');
    const auto length = static_cast<std::uint32_t>(value.size() < 4 ? 5 : value.size() + 1);
    return entry(tag, kAscii, length, big_endian(offset, 4));
  };
  std::string tiff = std::string("MM\0*", 4) + big_endian(kMain, 4);
  tiff += big_endian(kMainEntries, 2);
  tiff += ascii(0x10f, text.make);
  tiff += entry(0x112, kShort, 1,
                big_endian(static_cast<std::uint32_t>(text.orientation), 2) + big_endian(0, 2));
  tiff += ascii(0x131, text.software);
  tiff += entry(0x8769, kLong, 1, big_endian(kPhoto, 4));
  tiff += entry(0x8825, kLong, 1, big_endian(text.location ? kLocation : 0, 4));
  tiff += big_endian(0, 4);
  tiff += big_endian(1, 2) + ascii(0x9003, text.taken) + big_endian(0, 4);
  tiff += big_endian(1, 2) + ascii(2, "52 30 0 N") + big_endian(0, 4);
  return std::string("Exif\0\0", 6) + tiff + texts;
}

inline std::string jpeg_with_exif(const std::string& jpeg, const std::string& exif) {
  return jpeg.substr(0, 2) + "\xff\xe1" +
         big_endian(static_cast<std::uint32_t>(exif.size() + 2), 2) + exif + jpeg.substr(2);
}

/// The main picture of a HEIC file, coded by libheif, with EXIF where the block is not empty.
std::string encoded_heic(const cv::Mat& picture, const std::string& exif);

}  // namespace everyface::testing
