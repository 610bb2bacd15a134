#include "enhance/haar.h"

#include <algorithm>

namespace everyface {
namespace {

/// Calls body(first, last, shift): columns for which x + shift stays inside, then those for which
/// it would leave, one by one with a shift that ends at the border.
template <typename Body>
void columns_shifted(int columns, int step, const Body& body) {
  const int inside = std::max(0, columns - step);
  body(0, inside, step);
  for (int x = inside; x < columns; ++x) {
    body(x, x + 1, columns - 1 - x);
  }
}

}  // namespace

void haar_split(const cv::Mat& plane, int level, HaarLevel& split) {
  const int step = 1 << level;
  split.low.create(plane.size(), CV_32F);
  for (cv::Mat& band : split.details) {
    band.create(plane.size(), CV_32F);
  }
  for (int y = 0; y < plane.rows; ++y) {
    const auto* upper = plane.ptr<float>(y);
    const auto* lower = plane.ptr<float>(std::min(y + step, plane.rows - 1));
    auto* low = split.low.ptr<float>(y);
    auto* horizontal = split.details[0].ptr<float>(y);
    auto* vertical = split.details[1].ptr<float>(y);
    auto* diagonal = split.details[2].ptr<float>(y);
    columns_shifted(plane.cols, step, [&](int first, int last, int shift) {
      for (int x = first; x < last; ++x) {
        const float above = upper[x] + upper[x + shift];
        const float above_difference = upper[x] - upper[x + shift];
        const float below = lower[x] + lower[x + shift];
        const float below_difference = lower[x] - lower[x + shift];
        low[x] = 0.5F * (above + below);
        horizontal[x] = 0.5F * (above_difference + below_difference);
        vertical[x] = 0.5F * (above - below);
        diagonal[x] = 0.5F * (above_difference - below_difference);
      }
    });
  }
}

void haar_join(const HaarLevel& split, int level, cv::Mat& plane) {
  const int step = 1 << level;
  plane.create(split.low.size(), CV_32F);
  for (int y = 0; y < plane.rows; ++y) {
    // A pixel is the upper row of the blocks anchored in its own row, the lower one of those
    // anchored `step` rows above; likewise with columns.
    const int above = std::max(0, y - step);
    const auto* low = split.low.ptr<float>(y);
    const auto* horizontal = split.details[0].ptr<float>(y);
    const auto* vertical = split.details[1].ptr<float>(y);
    const auto* diagonal = split.details[2].ptr<float>(y);
    const auto* low_above = split.low.ptr<float>(above);
    const auto* horizontal_above = split.details[0].ptr<float>(above);
    const auto* vertical_above = split.details[1].ptr<float>(above);
    const auto* diagonal_above = split.details[2].ptr<float>(above);
    auto* out = plane.ptr<float>(y);
    const auto join = [&](int first, int last, int shift) {
      for (int x = first; x < last; ++x) {
        const int left = x - shift;
        const float as_left = low[x] + vertical[x] + low_above[x] - vertical_above[x] +
                              horizontal[x] + diagonal[x] + horizontal_above[x] - diagonal_above[x];
        const float as_right = low[left] + vertical[left] + low_above[left] - vertical_above[left] -
                               horizontal[left] - diagonal[left] - horizontal_above[left] +
                               diagonal_above[left];
        out[x] = 0.125F * (as_left + as_right);
      }
    };
    const int outside = std::min(step, plane.cols);
    for (int x = 0; x < outside; ++x) {
      join(x, x + 1, x);
    }
    join(outside, plane.cols, step);
  }
}

}  // namespace everyface
