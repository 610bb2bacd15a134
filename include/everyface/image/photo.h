// Photos in and out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/image/header.h"

namespace everyface {

struct PhotoLimits {
  /// Photos with more pixels are refused before they are decoded.
  double max_megapixels = 100;
};

/// A decoded photo, upright (orientation applied), three channels in the order blue, green, red;
/// grey files are spread over the three, transparency is dropped (the colour beneath it stays).
struct Photo {
  /// CV_8UC3; files of 16 bits a channel give CV_32FC3 in 0..255 (value / 257), nothing rounded,
  /// and so do PNM files with a maximum other than 255 (value · 255 / maximum, at most 255).
  cv::Mat pixels;
  PhotoHeader header;
  std::string sha256;  ///< of the file's bytes
  /// Not empty: decoded, but the name's extension promised another format, or JPEG data are damaged
  /// so that parts of the picture may be wrong.
  std::string warning;
  /// The ICC profile that a JPEG or PNG file has for its RGB colours, which are not changed by it:
  /// for save_photo(). Empty: none.
  std::string colour_profile;
};

/// Decodes the bytes of a photo. `name` is used in messages and, by its extension, to notice a
/// mislabelled file (decoded by its content, with a warning). Errors: what read_photo_header()
/// refuses, more pixels than the limit, truncated, corrupt.
Result<Photo> decode_photo(std::string_view bytes, const std::string& name,
                           const PhotoLimits& limits = {});

/// Reads and decodes a file. Errors: as read_file() and decode_photo().
Result<Photo> load_photo(const std::filesystem::path& path, const PhotoLimits& limits = {});

/// Whether save_photo() could write a photo of 8 or 16 bits a channel under this name, by its
/// extension alone. Error: as save_photo().
Result<void> check_can_save(const std::filesystem::path& path, int bits);

/// Encodes CV_8UC3 or CV_16UC3 pixels in the format that the extension names (.jpg .jpeg .png
/// .webp .bmp .ppm .pgm .tif .tiff; 16 bits: .png .ppm .pgm .tif .tiff) and writes the file
/// atomically. JPEG and WebP at quality 95. JPEG and PNG keep the ICC profile given; others have no
/// place for one here. Errors: unknown extension, a depth the format lacks, the disk's reasons.
Result<void> save_photo(const std::filesystem::path& path, const cv::Mat& pixels,
                        std::string_view colour_profile = {});

/// Whether save_photo() and the folder walk know the file's extension.
bool has_photo_extension(const std::filesystem::path& path);

/// A photo found, or a name that could not be followed.
struct FoundPhoto {
  std::filesystem::path file;
  /// Path below the argument it was found in, with forward slashes; the file name for a file.
  std::string name;
};

struct FoundPhotos {
  std::vector<FoundPhoto> photos;     ///< sorted by name within each argument
  std::vector<std::string> problems;  ///< one line each: what could not be followed, and why
  /// Files in the folders walked that look like pictures of a kind we do not read, by extension:
  /// .gif .heic .heif .avif .jp2 .raw .dng .cr2 .nef .arw.
  std::size_t other_files = 0;
};

/// The files named, and every file with a photo's extension in the folders named, at any depth.
/// Symbolic links are followed once: a link back into a folder that is being walked is a problem
/// line, as are missing paths and folders that cannot be opened. Results are not taken for photos:
/// the folder `skip` (whatever the spelling of its path; empty or missing: none) and folders of
/// studies (those that hold a run.json and a results.jsonl) are not walked into below an input.
/// Named as an input, a folder is always walked.
FoundPhotos find_photos(const std::vector<std::filesystem::path>& inputs,
                        const std::filesystem::path& skip = {});

}  // namespace everyface
