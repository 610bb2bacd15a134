// Photos in and out: every format, orientation and kind of damage.
#include "everyface/image/photo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "everyface/base/file.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

/// A photo whose pixels are all different, of odd size.
cv::Mat sample_pixels(int width = 37, int height = 23) {
  cv::Mat pixels(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      pixels.at<cv::Vec3b>(y, x) = {static_cast<unsigned char>(6 * x % 256),
                                    static_cast<unsigned char>(10 * y % 256),
                                    static_cast<unsigned char>((4 * x + 3 * y) % 256)};
    }
  }
  return pixels;
}

std::string encoded(const cv::Mat& pixels, const std::string& extension,
                    const std::vector<int>& options = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes, options);
  return {bytes.begin(), bytes.end()};
}

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() ? cv::norm(a, b, cv::NORM_INF) : 1e9;
}

/// An EXIF block (a TIFF structure) with nothing but an orientation, in either byte order.
std::string exif_with_orientation(int orientation, bool big_endian) {
  const auto digit = static_cast<char>(orientation);
  using namespace std::string_literals;
  if (big_endian) {
    return "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + digit + "\0\0\0\0\0\0"s;
  }
  return "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + digit + "\0\0\0\0\0\0\0"s;
}

std::string jpeg_with_exif(const std::string& jpeg, const std::string& exif) {
  using namespace std::string_literals;
  const std::string body = "Exif\0\0"s + exif;
  const std::size_t length = body.size() + 2;
  return jpeg.substr(0, 2) + "\xff\xe1" + static_cast<char>(length >> 8U) +
         static_cast<char>(length & 0xffU) + body + jpeg.substr(2);
}

/// Where the pixel at (x, y) of the upright photo is stored, by the EXIF standard's table of what
/// the first row and first column show.
cv::Point stored_position(int orientation, int x, int y, int stored_width, int stored_height) {
  switch (orientation) {
    case 2:
      return {stored_width - 1 - x, y};
    case 3:
      return {stored_width - 1 - x, stored_height - 1 - y};
    case 4:
      return {x, stored_height - 1 - y};
    case 5:
      return {y, x};
    case 6:
      return {y, stored_height - 1 - x};
    case 7:
      return {stored_width - 1 - y, stored_height - 1 - x};
    case 8:
      return {stored_width - 1 - y, x};
    default:
      return {x, y};
  }
}

void expect_upright(const cv::Mat& upright, const cv::Mat& stored, int orientation) {
  ASSERT_EQ(upright.size(), orientation >= 5 ? cv::Size(stored.rows, stored.cols) : stored.size());
  for (int y = 0; y < upright.rows; ++y) {
    for (int x = 0; x < upright.cols; ++x) {
      ASSERT_EQ(upright.at<cv::Vec3b>(y, x),
                stored.at<cv::Vec3b>(stored_position(orientation, x, y, stored.cols, stored.rows)))
          << "orientation " << orientation << " at " << x << ", " << y;
    }
  }
}

TEST(DecodePhoto, LosslessFormatsComeBackToTheBit) {
  const cv::Mat pixels = sample_pixels();
  for (const std::string extension : {".png", ".bmp", ".ppm", ".tif"}) {
    const auto photo = decode_photo(encoded(pixels, extension), "a" + extension);
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    EXPECT_EQ(largest_difference(photo->pixels, pixels), 0) << extension;
    EXPECT_EQ(photo->header.width, 37);
    EXPECT_EQ(photo->header.height, 23);
    EXPECT_EQ(photo->warning, "");
  }
  const auto webp =
      decode_photo(encoded(pixels, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101}), "a.webp");
  ASSERT_TRUE(webp.ok()) << webp.error().message;
  EXPECT_EQ(largest_difference(webp->pixels, pixels), 0);
}

TEST(DecodePhoto, LossyFormatsEqualOpenCvsOwnReading) {
  const cv::Mat pixels = sample_pixels(64, 48);
  for (const std::string extension : {".jpg", ".webp"}) {
    const std::string bytes = encoded(pixels, extension);
    const auto photo = decode_photo(bytes, "a" + extension);
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    const cv::Mat expected =
        cv::imdecode(std::vector<unsigned char>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
    EXPECT_EQ(largest_difference(photo->pixels, expected), 0) << extension;
    EXPECT_EQ(photo->header.width, 64);
    EXPECT_EQ(photo->header.height, 48);
  }
}

TEST(DecodePhoto, JpegOfEveryKindEqualsOpenCvsOwnReading) {
  cv::Mat noise(77, 101, CV_8UC3);
  cv::randu(noise, 0, 256);
  cv::Mat grey;
  cv::cvtColor(noise, grey, cv::COLOR_BGR2GRAY);
  for (const cv::Mat& pixels : {noise, grey}) {
    for (const int progressive : {0, 1}) {
      for (const int quality : {30, 95, 100}) {
        const std::string bytes =
            encoded(pixels, ".jpg",
                    {cv::IMWRITE_JPEG_QUALITY, quality, cv::IMWRITE_JPEG_PROGRESSIVE, progressive,
                     cv::IMWRITE_JPEG_RST_INTERVAL, progressive * 3});
        const auto photo = decode_photo(bytes, "a.jpg");
        ASSERT_TRUE(photo.ok()) << photo.error().message;
        EXPECT_EQ(photo->warning, "");
        const cv::Mat expected =
            cv::imdecode(std::vector<unsigned char>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
        EXPECT_EQ(largest_difference(photo->pixels, expected), 0);
      }
    }
  }
}

TEST(DecodePhoto, DamagedJpegDataAreUsedWithAWarningAndWithoutNoise) {
  cv::Mat noise(77, 101, CV_8UC3);
  cv::randu(noise, 0, 256);
  const std::string whole = encoded(noise, ".jpg");
  const std::string half = whole.substr(0, whole.size() / 2) + "\xff\xd9";
  std::string scratched = whole;
  for (std::size_t i = 0; i < 40; ++i) {
    scratched[whole.size() / 2 + i] = static_cast<char>(37 * i % 255);  // no marker
  }
  ::testing::internal::CaptureStderr();
  for (const std::string& bytes : {half, scratched}) {
    const auto photo = decode_photo(bytes, "really-damaged.png");
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    EXPECT_THAT(photo->warning, HasSubstr("damaged: the JPEG decoder says \"Corrupt JPEG data"));
    EXPECT_THAT(photo->warning, HasSubstr("; mislabelled: named as PNG"));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  // Tables that are not there: no pixels at all.
  std::string without_tables = whole;
  without_tables.replace(without_tables.find("\xff\xdb"), 2, "\xff\xfe");
  const std::size_t second = without_tables.find("\xff\xdb");
  without_tables.replace(second, 2, "\xff\xfe");
  EXPECT_THAT(decode_photo(without_tables, "a.jpg").error().message,
              HasSubstr("a.jpg: corrupt or truncated: the decoder says \"Quantization table"));
}

/// Not empty, of RGB, and of that many bytes.
std::string colour_profile(std::size_t size) {
  std::string profile(size, 'p');
  for (std::size_t i = 0; i < 4; ++i) {
    profile[i] = static_cast<char>(size >> 8 * (3 - i) & 255U);
  }
  profile.replace(16, 4, "RGB ");
  return profile.replace(36, 4, "acsp");
}

TEST(SavePhoto, JpegAndPngKeepTheColourProfile) {
  const TemporaryFolder folder;
  for (const std::size_t size : {std::size_t{128}, std::size_t{3144}, std::size_t{200'000}}) {
    const std::string profile = colour_profile(size);
    for (const std::string name : {"a.jpg", "a.png"}) {
      ASSERT_TRUE(save_photo(folder.path() / name, sample_pixels(), profile).ok());
      const auto photo = load_photo(folder.path() / name);
      ASSERT_TRUE(photo.ok()) << photo.error().message;
      EXPECT_EQ(photo->colour_profile, profile) << name << " " << size;
      EXPECT_EQ(photo->warning, "");
      ASSERT_TRUE(save_photo(folder.path() / ("plain" + name), sample_pixels()).ok());
      EXPECT_EQ(
          largest_difference(photo->pixels, load_photo(folder.path() / ("plain" + name))->pixels),
          0);
    }
    for (const std::string name : {"a.webp", "a.tif", "a.bmp", "a.ppm"}) {
      ASSERT_TRUE(save_photo(folder.path() / name, sample_pixels(), profile).ok());
      EXPECT_EQ(load_photo(folder.path() / name)->colour_profile, "") << name;
    }
  }
}

TEST(DecodePhoto, ProfilesOfInksAndHalfProfilesAreLeftOut) {
  const TemporaryFolder folder;
  const std::string inks = colour_profile(3144).replace(16, 4, "CMYK");
  for (const std::string name : {"a.jpg", "a.png"}) {
    ASSERT_TRUE(save_photo(folder.path() / name, sample_pixels(), inks).ok());
    EXPECT_EQ(load_photo(folder.path() / name)->colour_profile, "") << name;
  }
  ASSERT_TRUE(save_photo(folder.path() / "a.jpg", sample_pixels(), colour_profile(200'000)).ok());
  std::string file = read_file(folder.path() / "a.jpg").value();
  file.replace(file.rfind("ICC_PROFILE"), 3, "XXX");  // the last of its four parts
  const auto photo = decode_photo(file, "a.jpg");
  ASSERT_TRUE(photo.ok()) << photo.error().message;
  EXPECT_EQ(photo->colour_profile, "");
}

TEST(DecodePhoto, SixteenBitsKeepTheirFractions) {
  cv::Mat deep(5, 7, CV_16UC3, cv::Scalar(257, 300, 65535));
  for (const std::string extension : {".png", ".ppm", ".tif"}) {
    const auto photo = decode_photo(encoded(deep, extension), "deep" + extension);
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    ASSERT_EQ(photo->pixels.type(), CV_32FC3) << extension;
    const auto pixel = photo->pixels.at<cv::Vec3f>(2, 3);
    EXPECT_FLOAT_EQ(pixel[0], 1.0F);
    EXPECT_NEAR(pixel[1], 300.0 / 257.0, 1e-5);
    EXPECT_FLOAT_EQ(pixel[2], 255.0F);
  }
}

TEST(DecodePhoto, GreyIsSpreadAndTransparencyDropped) {
  const cv::Mat grey(4, 6, CV_8UC1, cv::Scalar(77));
  for (const std::string extension : {".png", ".jpg", ".pgm", ".bmp", ".tif"}) {
    const auto photo = decode_photo(encoded(grey, extension), "grey" + extension);
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    EXPECT_EQ(photo->pixels.at<cv::Vec3b>(1, 1), cv::Vec3b(77, 77, 77)) << extension;
  }
  const cv::Mat clear(4, 6, CV_8UC4, cv::Scalar(10, 20, 30, 0));
  for (const std::string extension : {".png", ".tif"}) {
    const auto photo = decode_photo(encoded(clear, extension), "clear" + extension);
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    EXPECT_EQ(photo->pixels.at<cv::Vec3b>(1, 1), cv::Vec3b(10, 20, 30)) << extension;
  }
}

TEST(DecodePhoto, AppliesEveryJpegOrientationInBothByteOrders) {
  const std::string plain = encoded(sample_pixels(), ".jpg");
  const cv::Mat stored = decode_photo(plain, "plain.jpg")->pixels;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      const auto turned = decode_photo(
          jpeg_with_exif(plain, exif_with_orientation(orientation, big_endian)), "turned.jpg");
      ASSERT_TRUE(turned.ok()) << turned.error().message;
      EXPECT_EQ(turned->header.orientation, orientation);
      expect_upright(turned->pixels, stored, orientation);
    }
  }
}

/// A little-endian TIFF file by hand: header, directory, and one strip.
struct TiffFile {
  unsigned width = 5;
  unsigned height = 3;
  unsigned bits = 8;
  unsigned photometric = 2;
  unsigned orientation = 1;
  unsigned channels = 3;
  unsigned planes = 1;
  unsigned alpha = 0;  ///< 1: the colours are multiplied by it, 2: they are not; 0: there is none
  std::string strip{};

  [[nodiscard]] std::string bytes() const {
    std::string file("II*\0\x08\0\0\0", 8);
    const auto put16 = [&file](unsigned value) {
      file += static_cast<char>(value & 255U);
      file += static_cast<char>(value >> 8U);
    };
    const auto entry = [&](unsigned tag, unsigned type, unsigned count, unsigned value) {
      put16(tag);
      put16(type);
      put16(count);
      put16(0);
      put16(value);
      put16(0);
    };
    const unsigned entries = alpha == 0 ? 11 : 12;
    const unsigned values = 8 + 2 + entries * 12 + 4;
    const unsigned data = values + 2 * channels;
    put16(entries);
    entry(256, 3, 1, width);
    entry(257, 3, 1, height);
    entry(258, 3, channels, channels == 1 ? bits : values);
    entry(259, 3, 1, 1);
    entry(262, 3, 1, photometric);
    entry(273, 4, 1, data);
    entry(274, 3, 1, orientation);
    entry(277, 3, 1, channels);
    entry(278, 3, 1, height);
    entry(279, 4, 1, static_cast<unsigned>(strip.size()));
    entry(284, 3, 1, planes);
    if (alpha != 0) {
      entry(338, 3, 1, alpha);
    }
    put16(0);
    put16(0);
    for (unsigned i = 0; i < channels; ++i) {
      put16(bits);
    }
    return file + strip;
  }
};

TEST(DecodePhoto, AppliesEveryTiffOrientation) {
  const cv::Mat stored = sample_pixels(5, 3);
  TiffFile file;
  for (int y = 0; y < 3; ++y) {
    for (int x = 0; x < 5; ++x) {
      const auto pixel = stored.at<cv::Vec3b>(y, x);
      file.strip +=
          {static_cast<char>(pixel[2]), static_cast<char>(pixel[1]), static_cast<char>(pixel[0])};
    }
  }
  for (int orientation = 1; orientation <= 8; ++orientation) {
    file.orientation = static_cast<unsigned>(orientation);
    const auto photo = decode_photo(file.bytes(), "turned.tif");
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    EXPECT_EQ(photo->header.orientation, orientation);
    expect_upright(photo->pixels, stored, orientation);
  }
}

TEST(DecodePhoto, TiffColoursAreNotMultipliedByTheirAlpha) {
  for (const unsigned alpha : {1U, 2U}) {
    TiffFile file{.channels = 4, .alpha = alpha};
    for (int i = 0; i < 5 * 3; ++i) {
      file.strip += {30, 20, 10, 50};
    }
    const auto photo = decode_photo(file.bytes(), "clear.tif");
    ASSERT_TRUE(photo.ok()) << photo.error().message;
    EXPECT_EQ(photo->pixels.at<cv::Vec3b>(1, 1), cv::Vec3b(10, 20, 30)) << alpha;
  }
}

TEST(DecodePhoto, TiffFilesThatWouldComeOutWrongAreRefused) {
  const auto refusal = [](TiffFile file) {
    file.strip = std::string(std::size_t{file.width} * file.height * file.channels * 2, 'x');
    const auto photo = decode_photo(file.bytes(), "odd.tif");
    return photo.ok() ? "decoded" : photo.error().message;
  };
  EXPECT_EQ(refusal({.bits = 16}), "decoded");
  EXPECT_EQ(refusal({.bits = 16, .photometric = 1, .channels = 1, .planes = 2}), "decoded");
  EXPECT_EQ(refusal({.photometric = 0, .channels = 1}), "decoded");
  for (const auto& [file, words] : std::vector<std::pair<TiffFile, std::string>>{
           {{.bits = 4, .photometric = 1, .channels = 1}, "4 bits a channel; convert it"},
           {{.bits = 16, .planes = 2}, "each channel stored by itself; convert it"},
           {{.bits = 16, .photometric = 0, .channels = 1}, "nor RGB; convert it"},
           {{.bits = 16, .photometric = 5, .channels = 4}, "nor RGB; convert it"},
           {{.bits = 16, .photometric = 8}, "nor RGB; convert it"}}) {
    EXPECT_THAT(refusal(file), HasSubstr("odd.tif: a TIFF file of "));
    EXPECT_THAT(refusal(file), HasSubstr(words + " to PNG first"));
  }
}

TEST(DecodePhoto, BmpColoursAtUnusualPlacesAreRefused) {
  // Blue and red are exchanged: 32 bits, red in the lowest byte.
  const auto bmp = [](unsigned bits, const std::array<std::uint32_t, 3>& masks) {
    std::string file = "BM";
    const auto put = [&file](std::uint32_t value, int bytes) {
      for (int i = 0; i < bytes; ++i) {
        file += static_cast<char>(value >> 8 * i & 255U);
      }
    };
    const std::uint32_t raster = 4 * 4;  // 4 x 1 pixels of 4 bytes, or 4 x 2 of 2
    for (const std::uint32_t value : {66 + raster, 0U, 66U, 40U, 4U, bits == 32 ? 1U : 2U}) {
      put(value, 4);
    }
    put(1, 2);
    put(bits, 2);
    for (const std::uint32_t value : {3U, raster, 0U, 0U, 0U, 0U}) {
      put(value, 4);
    }
    for (const std::uint32_t mask : masks) {
      put(mask, 4);
    }
    for (std::uint32_t i = 0; i < raster / 4; ++i) {
      put(0x040201 * (i + 1), 4);
    }
    return file;
  };
  const auto usual = decode_photo(bmp(32, {0xff0000, 0xff00, 0xff}), "a.bmp");
  ASSERT_TRUE(usual.ok()) << usual.error().message;
  EXPECT_EQ(usual->pixels.at<cv::Vec3b>(0, 1), cv::Vec3b(2, 4, 8));
  EXPECT_TRUE(decode_photo(bmp(16, {0xf800, 0x7e0, 0x1f}), "a.bmp").ok());
  EXPECT_TRUE(decode_photo(bmp(16, {0x7c00, 0x3e0, 0x1f}), "a.bmp").ok());
  EXPECT_THAT(decode_photo(bmp(32, {0xff, 0xff00, 0xff0000}), "a.bmp").error().message,
              HasSubstr("a.bmp: a BMP file with colours at unusual places"));
  EXPECT_THAT(decode_photo(bmp(16, {0xf00, 0xf0, 0xf}), "a.bmp").error().message,
              HasSubstr("convert it to PNG first"));
}

TEST(DecodePhoto, AppliesThePngOrientation) {
  const std::string plain = encoded(sample_pixels(), ".png");
  const std::string exif = exif_with_orientation(6, true);
  std::string chunk = "eXIf" + exif;
  std::uint32_t crc = 0xffffffffU;  // PNG third edition, annex D
  for (const char c : chunk) {
    crc ^= static_cast<unsigned char>(c);
    for (int k = 0; k < 8; ++k) {
      crc = (crc & 1U) != 0 ? 0xedb88320U ^ (crc >> 1U) : crc >> 1U;
    }
  }
  crc = ~crc;
  for (const int shift : {24, 16, 8, 0}) {
    chunk += static_cast<char>(crc >> static_cast<unsigned>(shift) & 255U);
  }
  const std::string length{0, 0, 0, static_cast<char>(exif.size())};
  const auto turned =
      decode_photo(plain.substr(0, 33) + length + chunk + plain.substr(33), "turned.png");
  ASSERT_TRUE(turned.ok()) << turned.error().message;
  expect_upright(turned->pixels, sample_pixels(), 6);
}

TEST(DecodePhoto, TruncatedFilesAreRefusedAtEveryLength) {
  const cv::Mat pixels = sample_pixels(64, 48);
  for (const std::string extension : {".jpg", ".png", ".webp", ".bmp", ".ppm", ".tif"}) {
    const std::string whole = encoded(pixels, extension);
    ASSERT_TRUE(decode_photo(whole, "a" + extension).ok());
    for (std::size_t length = 0; length + 40 < whole.size(); length += whole.size() / 57 + 1) {
      const auto cut = decode_photo(whole.substr(0, length), "cut" + extension);
      ASSERT_FALSE(cut.ok()) << extension << " cut to " << length << " of " << whole.size();
      EXPECT_THAT(cut.error().message, HasSubstr("cut" + extension));
    }
  }
}

/// A 3 x 2 PNM file with the values 0, 1, half the maximum, the maximum and twice 0 (all channels).
std::string small_pnm(char kind, int maximum) {
  std::string bytes =
      std::string("P") + kind + "\n# made by a test\n3 2\n" + std::to_string(maximum) + "\n";
  const bool text = kind == '2' || kind == '3';
  for (const int value : {0, 1, maximum / 2, maximum, 0, 0}) {
    for (int channel = 0; channel < (kind == '3' || kind == '6' ? 3 : 1); ++channel) {
      if (text) {
        bytes += std::to_string(value) + " ";
        continue;
      }
      if (maximum > 255) {
        bytes += static_cast<char>(value / 256);
      }
      bytes += static_cast<char>(value % 256);
    }
  }
  return bytes;
}

TEST(DecodePhoto, PnmValuesAreScaledByTheirMaximum) {
  for (const char kind : {'2', '3', '5', '6'}) {
    for (const int maximum : {1, 100, 254, 256, 1023, 4095, 65535}) {
      const auto photo = decode_photo(small_pnm(kind, maximum), "a.pnm");
      ASSERT_TRUE(photo.ok()) << photo.error().message;
      ASSERT_EQ(photo->pixels.type(), CV_32FC3) << kind << " " << maximum;
      const int values[] = {0, 1, maximum / 2, maximum, 0, 0};
      for (int i = 0; i < 6; ++i) {
        for (int channel = 0; channel < 3; ++channel) {
          ASSERT_NEAR(photo->pixels.at<cv::Vec3f>(i / 3, i % 3)[channel],
                      255.0 * values[i] / maximum, 1e-4)
              << kind << " " << maximum << " " << i;
        }
      }
    }
    const auto plain = decode_photo(small_pnm(kind, 255), "a.pnm");
    ASSERT_TRUE(plain.ok()) << plain.error().message;
    ASSERT_EQ(plain->pixels.type(), CV_8UC3) << kind;
    EXPECT_EQ(plain->pixels.at<cv::Vec3b>(0, 2), cv::Vec3b(127, 127, 127)) << kind;
  }
  // Beyond the maximum: white.
  const auto over = decode_photo("P2 1 1 100 200", "a.pgm");
  ASSERT_TRUE(over.ok()) << over.error().message;
  EXPECT_EQ(over->pixels.at<cv::Vec3f>(0, 0), cv::Vec3f(255, 255, 255));
}

TEST(DecodePhoto, TextPnmNeedsNoLineEndAndBitmapsStayBlackAndWhite) {
  const auto grey = decode_photo("P2\n2 1\n255\n7 89", "a.pgm");
  ASSERT_TRUE(grey.ok()) << grey.error().message;
  EXPECT_EQ(grey->pixels.at<cv::Vec3b>(0, 1), cv::Vec3b(89, 89, 89));
  const auto bitmap = decode_photo("P1\n2 1\n1 0", "a.pbm");
  ASSERT_TRUE(bitmap.ok()) << bitmap.error().message;
  EXPECT_EQ(bitmap->pixels.at<cv::Vec3b>(0, 0), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(bitmap->pixels.at<cv::Vec3b>(0, 1), cv::Vec3b(255, 255, 255));
  // 2 of 4 numbers, however long
  EXPECT_FALSE(decode_photo("P2\n2 2\n255\n10000007 10000008", "a.pgm").ok());
}

TEST(DecodePhoto, AnimatedWebpIsCalledAnAnimation) {
  using namespace std::string_literals;
  const std::string animation = "RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x3f\0\0\x2f\0\0"s;
  EXPECT_THAT(decode_photo(animation, "moving.webp").error().message,
              HasSubstr("moving.webp: an animation, not a photo; "));
}

TEST(DecodePhoto, FaultyPngProfileIsDroppedWithoutNoise) {
  const std::string plain = encoded(sample_pixels(), ".png");
  using namespace std::string_literals;
  const std::string faulty = plain.substr(0, 33) + "\0\0\0\x03iCCPabc\0\0\0\0"s + plain.substr(33);
  ::testing::internal::CaptureStderr();
  const auto photo = decode_photo(faulty, "a.png");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(photo.ok()) << photo.error().message;
  EXPECT_EQ(largest_difference(photo->pixels, sample_pixels()), 0);
}

TEST(DecodePhoto, WordsInsteadOfAPhotoAreNamed) {
  EXPECT_THAT(decode_photo("", "empty.jpg").error().message, HasSubstr("empty.jpg: empty"));
  EXPECT_THAT(decode_photo("hello, I am a text", "text.jpg").error().message,
              HasSubstr("not a photo"));
}

TEST(DecodePhoto, MislabelledFilesAreReadByContentWithAWarning) {
  const auto photo = decode_photo(encoded(sample_pixels(), ".png"), "really-a-png.jpg");
  ASSERT_TRUE(photo.ok());
  EXPECT_EQ(largest_difference(photo->pixels, sample_pixels()), 0);
  EXPECT_THAT(photo->warning, HasSubstr("named as JPEG, but its content is PNG"));
}

TEST(DecodePhoto, PixelLimitHoldsBeforeDecoding) {
  // A PNG header that promises 60,000 x 60,000 pixels, and nothing behind it.
  std::string bomb = encoded(sample_pixels(), ".png");
  for (const std::size_t at : {16U, 20U}) {
    bomb[at + 2] = static_cast<char>(60'000 >> 8);
    bomb[at + 3] = static_cast<char>(60'000 & 255);
  }
  EXPECT_THAT(decode_photo(bomb, "bomb.png").error().message,
              HasSubstr("3600.0 megapixels, more than the limit of 100"));
  const auto tight = decode_photo(encoded(sample_pixels(), ".png"), "a.png", {0.0005});
  EXPECT_THAT(tight.error().message, HasSubstr("--max-megapixels"));
}

TEST(SavePhoto, WritesWhatItReadsAndRefusesWhatItCannot) {
  const TemporaryFolder folder;
  for (const std::string name : {"a.png", "a.bmp", "a.ppm", "a.tiff"}) {
    ASSERT_TRUE(save_photo(folder.path() / name, sample_pixels()).ok());
    EXPECT_EQ(largest_difference(load_photo(folder.path() / name)->pixels, sample_pixels()), 0);
  }
  for (const std::string name : {"a.jpg", "a.webp", "a.pgm"}) {
    ASSERT_TRUE(save_photo(folder.path() / name, sample_pixels()).ok());
    EXPECT_TRUE(load_photo(folder.path() / name).ok());
  }
  const cv::Mat deep(4, 4, CV_16UC3, cv::Scalar(1, 2, 3));
  EXPECT_TRUE(save_photo(folder.path() / "deep.png", deep).ok());
  EXPECT_THAT(save_photo(folder.path() / "deep.jpg", deep).error().message, HasSubstr("8 bits"));
  EXPECT_THAT(save_photo(folder.path() / "a.gif", deep).error().message, HasSubstr("extension"));
  EXPECT_TRUE(check_can_save("a.jpg", 8).ok());
  EXPECT_THAT(check_can_save("a.jpg", 16).error().message, HasSubstr("8 bits"));
  EXPECT_TRUE(check_can_save("a.pgm", 16).ok());
  EXPECT_THAT(check_can_save("a.pbm", 8).error().message, HasSubstr("extension"));
}

}  // namespace
}  // namespace everyface
