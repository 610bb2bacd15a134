#include "enhance/surround.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace everyface {
namespace {

/// Where the centre of full pixel `at` lies among `low` cells that cover `full` pixels.
struct Between {
  int first;
  int second;
  float share;  // of the second
};

Between between(int at, int full, int low) {
  const double place = (at + 0.5) * low / full - 0.5;
  const double whole = std::floor(place);
  const int first = static_cast<int>(whole);
  return {std::clamp(first, 0, low - 1), std::clamp(first + 1, 0, low - 1),
          static_cast<float>(place - whole)};
}

}  // namespace

SmoothField::SmoothField(cv::Mat low, cv::Size full) : low_(std::move(low)), full_(full) {
  const int channels = low_.channels();
  for (int x = 0; x < full.width; ++x) {
    const Between place = between(x, full.width, low_.cols);
    columns_.push_back({place.first * channels, place.second * channels, place.share});
  }
  mixed_.resize(static_cast<std::size_t>(low_.cols) * static_cast<std::size_t>(channels));
}

void SmoothField::read_row(int row, float* out) {
  const Between place = between(row, full_.height, low_.rows);
  const auto* upper = low_.ptr<float>(place.first);
  const auto* lower = low_.ptr<float>(place.second);
  for (std::size_t i = 0; i < mixed_.size(); ++i) {
    mixed_[i] = upper[i] + place.share * (lower[i] - upper[i]);
  }
  const int channels = low_.channels();
  for (const Column& column : columns_) {
    const float* left = mixed_.data() + column.left;
    const float* right = mixed_.data() + column.right;
    for (int channel = 0; channel < channels; ++channel) {
      *out++ = left[channel] + column.share * (right[channel] - left[channel]);
    }
  }
}

SmoothField wide_gaussian(const cv::Mat& photo, double sigma_px) {
  const int reduction = std::max(1, static_cast<int>(sigma_px / 3));
  const auto cells = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(length) / reduction)));
  };
  const cv::Size size(cells(photo.cols), cells(photo.rows));
  cv::Mat low;
  if (size == photo.size()) {
    low = photo.clone();
  } else {
    cv::resize(photo, low, size, 0, 0, cv::INTER_AREA);
  }
  // A mean over r pixels has the variance (r^2 - 1) / 12, bilinear interpolation r^2 / 6.
  const auto rest = [&](int full, int reduced) {
    const double r = static_cast<double>(full) / reduced;
    const double done = r > 1 ? (r * r - 1) / 12 + r * r / 6 : 0;
    return std::sqrt(std::max(0.01, sigma_px * sigma_px - done)) / r;
  };
  const double sigma_x = rest(photo.cols, size.width);
  const double sigma_y = rest(photo.rows, size.height);
  const auto width = [](double sigma) { return 2 * static_cast<int>(std::ceil(3.5 * sigma)) + 1; };
  cv::GaussianBlur(low, low, cv::Size(width(sigma_x), width(sigma_y)), sigma_x, sigma_y,
                   cv::BORDER_REFLECT);
  return {low, photo.size()};
}

}  // namespace everyface
