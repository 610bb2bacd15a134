// What a photo file says of its own origin.
#pragma once

#include <string>
#include <string_view>

#include "everyface/image/header.h"

namespace everyface {

struct CaptureSignals {
  bool camera = false;        ///< EXIF names a make or a model
  bool capture_time = false;  ///< EXIF says when the picture was taken
  bool location = false;      ///< EXIF has a GPS directory that is not empty
  std::string software;       ///< of EXIF: printable ASCII, at most 64 characters
};

/// Of an EXIF block: a TIFF structure (TIFF 6.0, EXIF 2.32), with or without "Exif\0\0" before it.
/// Nothing is found in blocks that are damaged.
CaptureSignals read_exif_signals(std::string_view exif);

/// Of a JPEG (APP1), PNG (eXIf) or WebP (EXIF) file that read_photo_header() accepted; other
/// formats: nothing.
CaptureSignals read_capture_signals(std::string_view bytes, PhotoFormat format);

}  // namespace everyface
