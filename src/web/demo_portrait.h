// Drawn portraits: nobody's faces.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "everyface/base/box.h"

namespace everyface::web {

struct DemoPortrait {
  cv::Mat pixels;  ///< CV_8UC3
  Box face;
};

/// A portrait in a skin tone of the Monk scale (1 to 10), by day or by night, which `seed` varies.
DemoPortrait draw_portrait(int monk_tone, bool night, std::uint64_t seed);

}  // namespace everyface::web
