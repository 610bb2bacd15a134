#include "enhance/noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace everyface {
namespace {

constexpr int kBlock = 16;

/// Noise in the block whose upper left pixel is (left, top); the mask reaches one pixel around
/// each pixel, so the outermost pixels of the block only lend their values.
double block_noise(const cv::Mat& photo, int left, int top, cv::Size size, int channel) {
  const int step = photo.channels();
  double sum = 0;
  for (int y = top + 1; y < top + size.height - 1; ++y) {
    const float* row = photo.ptr<float>(y) + left * step + channel;
    const float* above = photo.ptr<float>(y - 1) + left * step + channel;
    const float* below = photo.ptr<float>(y + 1) + left * step + channel;
    for (int x = step; x < (size.width - 1) * step; x += step) {
      const auto second = [&](int at) { return above[at] - 2 * row[at] + below[at]; };
      sum += static_cast<double>(std::abs(second(x - step) - 2 * second(x) + second(x + step)));
    }
  }
  const double count = (size.width - 2.0) * (size.height - 2.0);
  return std::sqrt(std::numbers::pi / 2) / 6 * sum / count;
}

}  // namespace

std::array<double, 3> channel_noise(const cv::Mat& photo) {
  CV_Assert(photo.depth() == CV_32F && photo.channels() <= 3);
  std::array<double, 3> noise{};
  if (photo.cols < 3 || photo.rows < 3) {
    return noise;
  }
  const cv::Size size(std::min(kBlock, photo.cols), std::min(kBlock, photo.rows));
  constexpr double kMaxBlocks = 2000;
  const double blocks = static_cast<double>(photo.total()) / (kBlock * kBlock);
  const int stride =
      kBlock * std::max(1, static_cast<int>(std::ceil(std::sqrt(blocks / kMaxBlocks))));
  for (int channel = 0; channel < photo.channels(); ++channel) {
    std::vector<double> sigmas;
    for (int top = 0; top + size.height <= photo.rows; top += stride) {
      for (int left = 0; left + size.width <= photo.cols; left += stride) {
        const double sigma = block_noise(photo, left, top, size, channel);
        if (sigma > 0) {
          sigmas.push_back(sigma);
        }
      }
    }
    if (!sigmas.empty()) {
      const auto middle = sigmas.begin() + static_cast<std::ptrdiff_t>(sigmas.size() / 2);
      std::nth_element(sigmas.begin(), middle, sigmas.end());
      noise[static_cast<std::size_t>(channel)] = *middle;
    }
  }
  return noise;
}

double noise_level(const cv::Mat& photo) {
  const std::array<double, 3> noise = channel_noise(photo);
  const double squares = noise[0] * noise[0] + noise[1] * noise[1] + noise[2] * noise[2];
  return std::sqrt(squares / photo.channels());
}

}  // namespace everyface
