// JPEG by libjpeg itself: through OpenCV its complaints about damage go to the standard error
// stream and name no photo.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

struct DecodedJpeg {
  cv::Mat pixels;         ///< CV_8UC3, not turned; the same bytes as cv::imdecode()
  std::string complaint;  ///< the decoder's first, in its words; empty: none
};

/// Error: the decoder gave up.
Result<DecodedJpeg> decode_jpeg(std::string_view bytes);

}  // namespace everyface
