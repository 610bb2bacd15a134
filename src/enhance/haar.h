// The undecimated Haar wavelet transform of a plane.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>

namespace everyface {

/// The two-dimensional Haar transform at every shift at once (Coifman and Donoho 1995,
/// "Translation-invariant de-noising"), level by level ("a trous"): with a, b, c, d the values at
/// (x, y), (x+s, y), (x, y+s), (x+s, y+s) and s = 2^level, counted from 0,
///   low = (a+b+c+d)/2, details (a-b+c-d)/2, (a+b-c-d)/2, (a-b-c+d)/2,
/// which is orthonormal for each shift: white noise of deviation sigma has that deviation in every
/// band of every level.
struct HaarLevel {
  cv::Mat low;
  std::array<cv::Mat, 3> details;  ///< horizontal, vertical, diagonal differences
};

/// One level of a CV_32F plane. Beyond the right and lower border the last column and row are
/// repeated, so values of `low` nearer to them than s are not those of a larger plane. `split`
/// keeps its memory from call to call; its bands must not share memory with the plane.
void haar_split(const cv::Mat& plane, int level, HaarLevel& split);

/// The mean of the reconstructions from the four blocks that hold a pixel; exactly the plane that
/// was split where nothing was changed, but for rounding. Not valid in the first s rows and
/// columns and where haar_split() is not. `plane` keeps its memory likewise.
void haar_join(const HaarLevel& split, int level, cv::Mat& plane);

}  // namespace everyface
