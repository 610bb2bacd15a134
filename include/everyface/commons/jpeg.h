// JPEG files as the commons keeps and shows them: pixels only, no metadata.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace everyface {

inline constexpr int kKeptJpegQuality = 95;
inline constexpr int kSmallJpegQuality = 85;  ///< thumbnails and previews

/// A JPEG file. Requires CV_8UC3 pixels with sides of 1..65500.
std::string encode_jpeg(const cv::Mat& bgr, int quality);

/// Reduced (by area) so that no side is longer than `side` pixels; itself where none is.
cv::Mat reduced_to(const cv::Mat& bgr, int side);

}  // namespace everyface
