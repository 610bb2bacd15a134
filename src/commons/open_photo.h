// From the bytes of an upload to pixels: what the worker does inside its sandbox.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string_view>
#include <variant>

#include "everyface/commons/photo_sandbox.h"

namespace everyface {

struct OpenedPhoto {
  PhotoSignals signals;
  cv::Mat pixels;  ///< CV_8UC3, upright, at most kMaxKeptSide a side
};

/// Format by content, size by header, then the decoder. May throw cv::Exception or std::bad_alloc
/// where memory ends.
std::variant<OpenedPhoto, PhotoProblem> open_photo(std::string_view bytes);

/// Makes every decoder load what it loads lazily, while files can still be opened.
void load_decoders();

}  // namespace everyface
