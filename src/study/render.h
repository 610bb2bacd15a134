// The stages from a decoded photo to the pixels that a detector sees.
#pragma once

#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "everyface/enhance/enhancer.h"

namespace everyface {

/// With a border of `pad_px` pixels on every side, replicated from the edge.
cv::Mat pad_photo(const cv::Mat& pixels, int pad_px);

/// The photo at another exposure, noise seeded by the run's seed and the photo's SHA-256.
cv::Mat expose_photo(const cv::Mat& pixels, double exposure_ev, std::uint64_t run_seed,
                     const std::string& sha256);

/// Through the chain, then rounded to 8 bits.
cv::Mat enhance_photo(const cv::Mat& pixels, const std::vector<std::unique_ptr<Enhancer>>& chain);

}  // namespace everyface
