// What a photo file says about itself, read without decoding it.
#pragma once

#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

enum class PhotoFormat { kJpeg, kPng, kWebp, kBmp, kPnm, kTiff };

/// "JPEG", "PNG", "WebP", "BMP", "PNM", "TIFF".
std::string_view format_name(PhotoFormat format);

struct PhotoHeader {
  PhotoFormat format = PhotoFormat::kJpeg;
  int width = 0;        ///< pixels per row as stored, before the orientation is applied
  int height = 0;       ///< rows as stored
  int orientation = 1;  ///< EXIF/TIFF orientation 1..8 (1: upright); 1 where the file has none
};

/// Reads format, size and orientation from the bytes of a file, by its content and never by its
/// name. Looks at headers only, so a bomb of a few bytes that decodes to gigabytes is seen before
/// memory is spent. Errors: empty, not one of the six formats, an animation
/// (WebP), a variant whose pixels would be decoded wrongly (TIFF, BMP: the message says which),
/// header cut off or inconsistent.
/// Sources: ITU-T T.81 and EXIF 2.32 (JPEG), PNG third edition, RFC 9649 (WebP), BITMAPINFOHEADER,
/// Netpbm formats, TIFF 6.0.
Result<PhotoHeader> read_photo_header(std::string_view bytes);

/// Whether the file goes on to its end, for the formats whose decoders paint a truncated photo
/// grey without complaint. Requires that read_photo_header() accepted the bytes.
bool is_complete(std::string_view bytes, PhotoFormat format);

}  // namespace everyface
