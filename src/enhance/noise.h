// How strong a photo's noise is, from the photo alone.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>

namespace everyface {

/// Standard deviation of the noise in grey levels for each channel of a CV_32F photo with one or
/// three channels (further entries 0): the estimate of Immerkaer 1996, "Fast noise variance
/// estimation", CVIU 64(2) (mean absolute response to the difference of two Laplacians, times
/// sqrt(pi/2)/6), in blocks of 16x16 pixels, and of the blocks the median, so that texture in less
/// than half of the photo does not count. A mean of absolute values, unlike a median, keeps its
/// sense where the photo has a few levels only. Blocks without any response are left out: there the
/// noise was clipped or rounded away, or a border was replicated from the edge. Large photos are
/// sampled: at most about 2,000 blocks, spread evenly. 0 for photos under 3x3 pixels and where all
/// blocks are left out.
std::array<double, 3> channel_noise(const cv::Mat& photo);

/// The root mean square of channel_noise() over the photo's channels.
double noise_level(const cv::Mat& photo);

}  // namespace everyface
