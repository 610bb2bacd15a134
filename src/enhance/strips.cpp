#include "enhance/strips.h"

#include <cstring>
#include <opencv2/core.hpp>

namespace everyface {

cv::Mat rows_with_margin(const cv::Mat& photo, int first, int last, int margin) {
  cv::Mat rows(last - first + 2 * margin, photo.cols, photo.type());
  for (int row = 0; row < rows.rows; ++row) {
    const int source =
        cv::borderInterpolate(first - margin + row, photo.rows, cv::BORDER_REFLECT_101);
    std::memcpy(rows.ptr(row), photo.ptr(source),
                static_cast<std::size_t>(photo.cols) * photo.elemSize());
  }
  cv::Mat padded;
  cv::copyMakeBorder(rows, padded, 0, 0, margin, margin, cv::BORDER_REFLECT_101);
  return padded;
}

}  // namespace everyface
