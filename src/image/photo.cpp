#include "everyface/image/photo.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <utility>

#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "image/colour_profile.h"
#include "image/jpeg.h"
#include "image/pnm.h"
#include "image/tiff.h"

namespace everyface {
namespace {

std::optional<PhotoFormat> format_of_extension(const std::filesystem::path& path) {
  static const std::pair<std::string_view, PhotoFormat> kExtensions[] = {
      {".jpg", PhotoFormat::kJpeg}, {".jpeg", PhotoFormat::kJpeg}, {".jpe", PhotoFormat::kJpeg},
      {".png", PhotoFormat::kPng},  {".webp", PhotoFormat::kWebp}, {".bmp", PhotoFormat::kBmp},
      {".pgm", PhotoFormat::kPnm},  {".ppm", PhotoFormat::kPnm},   {".pnm", PhotoFormat::kPnm},
      {".pbm", PhotoFormat::kPnm},  {".tif", PhotoFormat::kTiff},  {".tiff", PhotoFormat::kTiff}};
  const std::string extension = lower_case(path.extension().string());
  for (const auto& [known, format] : kExtensions) {
    if (extension == known) {
      return format;
    }
  }
  return std::nullopt;
}

/// Turns stored pixels upright. Orientations as in EXIF 2.32, tag 0x0112.
void apply_orientation(cv::Mat& pixels, int orientation) {
  if (orientation >= 5) {
    cv::transpose(pixels, pixels);
  }
  switch (orientation) {
    case 2:
    case 6:
      cv::flip(pixels, pixels, 1);
      break;
    case 3:
    case 7:
      cv::flip(pixels, pixels, -1);
      break;
    case 4:
    case 8:
      cv::flip(pixels, pixels, 0);
      break;
    default:
      break;
  }
}

/// The TIFF file with its alpha called some further channel: OpenCV multiplies the colours by an
/// alpha that they are not multiplied by yet. Nothing where there is none of that kind.
std::optional<std::string> without_free_alpha(std::string_view tiff) {
  const auto directory = read_tiff_directory(tiff);
  if (!directory || directory->free_alpha_at == 0) {
    return std::nullopt;
  }
  return std::string(tiff).replace(directory->free_alpha_at, 2, 2, '\0');
}

/// A PNM file of numbers in text, as OpenCV reads them unscaled, and to the last one: below 256 it
/// would scale them by the maximum, rounding down, and it wants a character behind the last number.
std::string plain_numbers(std::string_view pnm, const PnmHeader& header) {
  return fmt::format("{}\n{} {}\n{}\n{}\n", pnm.substr(0, 2), header.width, header.height,
                     header.maximum > 255 ? 65535 : 255,
                     pnm.substr(std::min(header.raster, pnm.size())));
}

/// Grey or colour of 8 or 16 bits, as three channels of CV_8U or CV_32F; values go up to `white`,
/// 0: to the most that their bits hold.
Result<cv::Mat> decode_pixels(std::string_view bytes, double white) {
  cv::Mat pixels;
  try {
    // The decoder only reads; its interface lacks the const.
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    pixels =
        cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& problem) {
    return Error{"the decoder refuses it: " + problem.err};
  }
  if (pixels.empty()) {
    return Error{"corrupt or truncated: the decoder cannot read its pixels"};
  }
  if (white != 0 && (pixels.depth() == CV_8U || pixels.depth() == CV_16U)) {
    pixels.convertTo(pixels, CV_32F, 255.0 / white);
    pixels = cv::min(pixels, 255.0);  // nothing keeps a file from going beyond its maximum
  } else if (pixels.depth() == CV_16U) {
    pixels.convertTo(pixels, CV_32F, 1.0 / 257.0);
  } else if (pixels.depth() != CV_8U) {
    return Error{"its channels are neither of 8 nor of 16 bits; convert it first"};
  }
  return pixels;
}

/// decode_pixels() after what some formats need before.
Result<cv::Mat> decode_prepared(std::string_view bytes, PhotoFormat format) {
  if (format == PhotoFormat::kPng) {
    const auto bare = without_colour_profile(bytes);
    return decode_pixels(bare ? *bare : bytes, 0);
  }
  if (format == PhotoFormat::kTiff) {
    const auto plain = without_free_alpha(bytes);
    return decode_pixels(plain ? *plain : bytes, 0);
  }
  const bool is_bitmap = bytes[1] == '1' || bytes[1] == '4';
  if (format != PhotoFormat::kPnm || is_bitmap) {
    return decode_pixels(bytes, 0);
  }
  const auto header = read_pnm_header(bytes);
  const bool full = header->maximum == 255 || header->maximum == 65535;
  const double white = full ? 0 : static_cast<double>(header->maximum);
  const bool is_text = bytes[1] == '2' || bytes[1] == '3';
  return is_text ? decode_pixels(plain_numbers(bytes, *header), white)
                 : decode_pixels(bytes, white);
}

}  // namespace

Result<Photo> decode_photo(std::string_view bytes, const std::string& name,
                           const PhotoLimits& limits) {
  const auto failed = [&name](const std::string& why) { return Error{name + ": " + why}; };
  const auto header = read_photo_header(bytes);
  if (!header) {
    return failed(header.error().message);
  }
  const double megapixels = static_cast<double>(header->width) * header->height / 1e6;
  if (megapixels > limits.max_megapixels) {
    return failed(
        fmt::format("{} x {} pixels are {:.1f} megapixels, more than the limit of {}; "
                    "raise it with --max-megapixels",
                    header->width, header->height, megapixels, limits.max_megapixels));
  }
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return failed("files of 2 GiB and more are not decoded");
  }
  if (!is_complete(bytes, header->format)) {
    return failed("truncated: the " + std::string(format_name(header->format)) +
                  " data stops before its end");
  }
  Photo photo;
  photo.header = *header;
  std::vector<std::string> warnings;
  if (header->format == PhotoFormat::kJpeg) {
    auto decoded = decode_jpeg(bytes);
    if (!decoded) {
      return failed(decoded.error().message);
    }
    photo.pixels = std::move(decoded->pixels);
    if (!decoded->complaint.empty()) {
      warnings.push_back("damaged: the JPEG decoder says \"" + decoded->complaint +
                         "\"; parts of the picture may be missing or wrong");
    }
  } else {
    auto pixels = decode_prepared(bytes, header->format);
    if (!pixels) {
      return failed(pixels.error().message);
    }
    photo.pixels = *std::move(pixels);
  }
  if (header->format != PhotoFormat::kTiff) {  // OpenCV's TIFF decoder turns the photo itself
    apply_orientation(photo.pixels, header->orientation);
  }
  photo.sha256 = sha256_hex(bytes);
  const auto promised = format_of_extension(name);
  if (promised && *promised != header->format) {
    warnings.push_back(fmt::format("mislabelled: named as {}, but its content is {}; read as {}",
                                   format_name(*promised), format_name(header->format),
                                   format_name(header->format)));
  }
  photo.warning = join(warnings, "; ");
  photo.colour_profile = read_colour_profile(bytes, header->format);
  return photo;
}

Result<Photo> load_photo(const std::filesystem::path& path, const PhotoLimits& limits) {
  const auto bytes = read_file(path);
  if (!bytes) {
    return bytes.error();
  }
  return decode_photo(*bytes, path.string(), limits);
}

Result<void> check_can_save(const std::filesystem::path& path, int bits) {
  const auto format = format_of_extension(path);
  if (!format || lower_case(path.extension().string()) == ".pbm") {
    return Error{"cannot write " + path.string() + ": the extension must be one of .jpg .jpeg " +
                 ".png .webp .bmp .ppm .pgm .tif .tiff"};
  }
  const bool deep =
      *format == PhotoFormat::kPng || *format == PhotoFormat::kPnm || *format == PhotoFormat::kTiff;
  if (bits == 16 && !deep) {
    return Error{"cannot write " + path.string() + ": " + std::string(format_name(*format)) +
                 " has 8 bits a channel; use .png, .ppm or .tif for 16"};
  }
  return {};
}

Result<void> save_photo(const std::filesystem::path& path, const cv::Mat& pixels,
                        std::string_view colour_profile) {
  if (auto possible = check_can_save(path, pixels.depth() == CV_16U ? 16 : 8); !possible) {
    return possible.error();
  }
  std::vector<unsigned char> bytes;
  try {
    cv::Mat to_write = pixels;
    if (lower_case(path.extension().string()) == ".pgm") {
      cv::Mat weights = (cv::Mat_<float>(1, 3) << 0.114F, 0.587F, 0.299F);
      cv::transform(pixels, to_write, weights);
    }
    cv::imencode(path.extension().string(), to_write, bytes,
                 {cv::IMWRITE_JPEG_QUALITY, 95, cv::IMWRITE_WEBP_QUALITY, 95});
  } catch (const cv::Exception& problem) {
    return Error{"cannot write " + path.string() + ": " + problem.err};
  }
  std::string file(bytes.begin(), bytes.end());
  return write_file_atomic(
      path, with_colour_profile(std::move(file), *format_of_extension(path), colour_profile));
}

bool has_photo_extension(const std::filesystem::path& path) {
  return format_of_extension(path).has_value();
}

}  // namespace everyface
