// The illumination of a photo, as LIME refines it.
#pragma once

#include <opencv2/core/mat.hpp>

namespace everyface {

/// Smooths the map `initial` (CV_32F, 0..1) but at its strong edges: approximately the T that
/// minimises
///   sum (T - initial)^2 + alpha · sum over x of W_h (dT/dx)^2 / (|d initial/dx| + e) + the same
///   over y,
///   W_h(p) = 1 / (|mean of d initial/dx around p| + e), a Gaussian mean of deviation sigma_px,
/// e = 0.001: the sped-up problem of Guo, Li and Ling 2017, "LIME: Low-light image enhancement via
/// illumination map estimation", IEEE TIP 26(2), eq. 17-19, with the weights of strategy III.
/// The linear system is solved approximately by alternating one-dimensional exact solutions (Min,
/// Choi, Lu, Ham, Sohn and Do 2014, "Fast global image smoothing based on weighted least squares",
/// IEEE TIP 23(12), eq. 13, three rounds), in time linear in the pixels and whatever the weights.
cv::Mat refine_illumination(const cv::Mat& initial, double alpha, double sigma_px);

}  // namespace everyface
