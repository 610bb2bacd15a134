// Rows of a photo with a margin around them, so that large photos are worked on piece by piece.
#pragma once

#include <algorithm>
#include <opencv2/core/mat.hpp>

namespace everyface {

/// Rows first..last-1 of the photo with `margin` further pixels on all four sides: the photo's own
/// where it has them, else mirrored without repeating the edge (any number of times: the margin may
/// be larger than the photo).
cv::Mat rows_with_margin(const cv::Mat& photo, int first, int last, int margin);

/// Calls work(first, last) for consecutive runs of at most `height` rows.
template <typename Work>
void for_each_strip(int rows, int height, const Work& work) {
  for (int first = 0; first < rows; first += height) {
    work(first, std::min(rows, first + height));
  }
}

}  // namespace everyface
