#include "enhance/illumination.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace everyface {
namespace {

/// Weight of the difference between each value and the one below it; the last row has none (0).
cv::Mat weights_down(const cv::Mat& map, double sigma_px) {
  cv::Mat difference = cv::Mat::zeros(map.size(), CV_32F);
  for (int y = 0; y + 1 < map.rows; ++y) {
    const auto* here = map.ptr<float>(y);
    const auto* below = map.ptr<float>(y + 1);
    auto* out = difference.ptr<float>(y);
    for (int x = 0; x < map.cols; ++x) {
      out[x] = below[x] - here[x];
    }
  }
  cv::Mat mean;
  const int side = 2 * static_cast<int>(std::ceil(3 * sigma_px)) + 1;
  cv::GaussianBlur(difference, mean, cv::Size(side, side), sigma_px, sigma_px,
                   cv::BORDER_REFLECT_101);
  constexpr float kLeast = 1e-3F;
  for (int y = 0; y < map.rows; ++y) {
    auto* weight = difference.ptr<float>(y);
    const auto* around = mean.ptr<float>(y);
    for (int x = 0; x < map.cols; ++x) {
      weight[x] = y + 1 < map.rows
                      ? 1.0F / ((std::abs(around[x]) + kLeast) * (std::abs(weight[x]) + kLeast))
                      : 0.0F;
    }
  }
  return difference;
}

/// Replaces each column u of the map by the solution of
///   u_y + lambda (w_(y-1) (u_y - u_(y-1)) + w_y (u_y - u_(y+1))) = map_y
/// (a tridiagonal system, by elimination), all columns side by side. In doubles: weights reach a
/// million, and the 1 before them must not drown.
void solve_columns(cv::Mat& map, const cv::Mat& weights, double lambda, cv::Mat& ratios) {
  const int columns = map.cols;
  ratios.create(map.size(), CV_64F);
  std::vector<double> solved(static_cast<std::size_t>(columns));
  cv::Mat partial(map.size(), CV_64F);
  for (int y = 0; y < map.rows; ++y) {
    const auto* target = map.ptr<float>(y);
    const auto* below = weights.ptr<float>(y);
    auto* ratio = ratios.ptr<double>(y);
    auto* value = partial.ptr<double>(y);
    if (y == 0) {
      for (int x = 0; x < columns; ++x) {
        const double down = lambda * static_cast<double>(below[x]);
        const double scale = 1 / (1 + down);
        ratio[x] = down * scale;
        value[x] = static_cast<double>(target[x]) * scale;
      }
      continue;
    }
    const auto* above = weights.ptr<float>(y - 1);
    const auto* ratio_above = ratios.ptr<double>(y - 1);
    const auto* value_above = partial.ptr<double>(y - 1);
    for (int x = 0; x < columns; ++x) {
      const double down = lambda * static_cast<double>(below[x]);
      const double up = lambda * static_cast<double>(above[x]);
      const double scale = 1 / (1 + down + up * (1 - ratio_above[x]));
      ratio[x] = down * scale;
      value[x] = (static_cast<double>(target[x]) + up * value_above[x]) * scale;
    }
  }
  for (int y = map.rows - 1; y >= 0; --y) {
    const auto* ratio = ratios.ptr<double>(y);
    const auto* value = partial.ptr<double>(y);
    auto* out = map.ptr<float>(y);
    for (int x = 0; x < columns; ++x) {
      const auto at = static_cast<std::size_t>(x);
      solved[at] = value[x] + ratio[x] * solved[at];
      out[x] = static_cast<float>(solved[at]);
    }
  }
}

}  // namespace

cv::Mat refine_illumination(const cv::Mat& initial, double alpha, double sigma_px) {
  const cv::Mat down = weights_down(initial, sigma_px);
  // Rows are solved as the columns of the transposed map, side by side.
  const cv::Mat across = weights_down(initial.t(), sigma_px);
  cv::Mat map = initial.clone();
  cv::Mat turned;
  cv::Mat ratios;
  constexpr int kRounds = 3;
  for (int round = 1; round <= kRounds; ++round) {
    const double lambda = 1.5 * alpha * std::pow(4, kRounds - round) / (std::pow(4, kRounds) - 1);
    cv::transpose(map, turned);
    solve_columns(turned, across, lambda, ratios);
    cv::transpose(turned, map);
    solve_columns(map, down, lambda, ratios);
  }
  return map;
}

}  // namespace everyface
