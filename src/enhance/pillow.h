// Pillow's ImageEnhance and ImageOps, to the bit.
#pragma once

#include <vector>

#include "everyface/enhance/enhancer.h"

namespace everyface {

/// pil-brightness, pil-contrast, pil-color, pil-sharpness (each with `factor`), pil-autocontrast
/// (with `cutoff`) and pil-equalize: what Pillow 9.4 answers for the photo rounded to 8-bit RGB.
/// Their arithmetic, as far as a result depends on it:
/// - blend: degenerate + factor · (pixel − degenerate) in single precision, clipped to 0..255, the
///   fraction dropped
/// - grey: (19595 R + 38470 G + 7471 B + 32768) / 65536, the fraction dropped
/// - contrast: the degenerate is the mean grey, rounded half up
/// - sharpness: the degenerate is the mean of 3x3 pixels with the middle one counted five times,
///   rounded to nearest; the outermost pixels stay, as does a photo under 3 pixels wide or high
/// - autocontrast: per channel, `cutoff` percent of the pixels dropped at each end, the rest
///   stretched to 0..255 in double precision, the fraction dropped
/// - equalize: per channel, the rising sum of the histogram divided in whole numbers
const std::vector<Method>& pillow_methods();

}  // namespace everyface
