#include "commons/open_photo.h"

#include <libheif/heif.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "commons/capture_signals.h"
#include "commons/heic.h"
#include "everyface/base/byte_reader.h"
#include "everyface/commons/jpeg.h"
#include "everyface/image/photo.h"

namespace everyface {
namespace {

using Opened = std::variant<OpenedPhoto, PhotoProblem>;

bool has_too_many_pixels(int width, int height) {
  return static_cast<double>(width) * height > kMaxUploadMegapixels * 1e6;
}

PhotoSignals make_signals(std::string_view format, int width, int height, CaptureSignals signals) {
  return {std::string(format),
          width,
          height,
          signals.camera,
          signals.capture_time,
          signals.location,
          std::move(signals.software)};
}

cv::Mat as_kept(cv::Mat pixels) {
  if (pixels.depth() != CV_8U) {  // of 16 bits a channel, in floats of 0..255
    pixels.convertTo(pixels, CV_8U);
  }
  return reduced_to(pixels, kMaxKeptSide);
}

Opened open_heic(std::string_view bytes) {
  const auto photo = HeicPhoto::open(bytes);
  if (!photo || photo->width() <= 0 || photo->height() <= 0) {
    return PhotoProblem::kDamaged;
  }
  if (has_too_many_pixels(photo->width(), photo->height())) {
    return PhotoProblem::kTooManyPixels;
  }
  auto pixels = photo->decode();
  if (!pixels) {
    return PhotoProblem::kDamaged;
  }
  return OpenedPhoto{
      make_signals("HEIC", photo->width(), photo->height(), read_exif_signals(photo->exif())),
      as_kept(*std::move(pixels))};
}

/// An animated WebP file says so in the flags of its first chunk (RFC 9649, section 2.7).
bool is_animated_webp(std::string_view bytes) {
  const ByteReader reader(bytes);
  constexpr std::uint32_t kAnimation = 0x02;
  return bytes.starts_with("RIFF") && reader.text(8, 8) == "WEBPVP8X" && reader.has(20, 1) &&
         (reader.u8(20) & kAnimation) != 0;
}

bool looks_supported(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff") || bytes.starts_with("\x89PNG\r\n\x1a\n") ||
         (bytes.starts_with("RIFF") && ByteReader(bytes).text(8, 4) == "WEBP");
}

}  // namespace

Opened open_photo(std::string_view bytes) {
  if (is_heic(bytes)) {
    return open_heic(bytes);
  }
  if (!looks_supported(bytes)) {
    return PhotoProblem::kNotAPhoto;
  }
  if (is_animated_webp(bytes)) {
    return PhotoProblem::kAnimation;
  }
  const auto header = read_photo_header(bytes);
  if (!header) {
    return PhotoProblem::kDamaged;
  }
  if (has_too_many_pixels(header->width, header->height)) {
    return PhotoProblem::kTooManyPixels;
  }
  if (!is_complete(bytes, header->format)) {
    return PhotoProblem::kCutOff;
  }
  auto photo = decode_photo(bytes, "upload", {kMaxUploadMegapixels});
  if (!photo) {
    return PhotoProblem::kDamaged;
  }
  return OpenedPhoto{make_signals(format_name(header->format), header->width, header->height,
                                  read_capture_signals(bytes, header->format)),
                     as_kept(std::move(photo->pixels))};
}

void load_decoders() {
  heif_init(nullptr);
  const cv::Mat small(64, 64, CV_8UC3, cv::Scalar(90, 120, 150));
  for (const char* extension : {".jpg", ".png", ".webp"}) {
    std::vector<unsigned char> encoded;
    cv::imencode(extension, small, encoded);
    open_photo({reinterpret_cast<const char*>(encoded.data()), encoded.size()});
  }
  as_kept(cv::Mat(8, kMaxKeptSide + 8, CV_8UC3, cv::Scalar(1, 2, 3)));
}

}  // namespace everyface
