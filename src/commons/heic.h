// HEIC, the format that iPhones store: pictures in HEVC inside an ISO container (ISO/IEC 23008-12).
#pragma once

#include <cstddef>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

struct heif_context;
struct heif_image_handle;

namespace everyface {

/// Whether the bytes begin as such a file does: a "ftyp" box with the brand of HEVC still pictures.
bool is_heic(std::string_view bytes);

/// The main picture of a file, read by libheif. Only ever used inside the sandbox.
class HeicPhoto {
 public:
  /// Reads the container, not yet the picture; views the bytes, which must live as long. Error:
  /// what libheif says.
  static Result<HeicPhoto> open(std::string_view bytes);

  /// Pixels of the upright picture, as the container claims.
  [[nodiscard]] int width() const;
  [[nodiscard]] int height() const;

  /// The EXIF block; empty where there is none.
  [[nodiscard]] std::string exif() const;

  /// CV_8UC3, upright. Errors: what libheif says; another size than claimed.
  [[nodiscard]] Result<cv::Mat> decode() const;

 private:
  using Context = std::unique_ptr<heif_context, void (*)(heif_context*)>;
  using Handle = std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)>;
  HeicPhoto(Context context, Handle handle);

  Context context_;
  Handle handle_;
};

}  // namespace everyface
