// Smooth fields kept small: wide blurs of a photo at low resolution, read back row by row.
#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

namespace everyface {

/// A field over a photo's pixels that is smooth enough to be stored at a lower resolution; between
/// the stored values it is bilinear, with the corners of both grids aligned.
class SmoothField {
 public:
  /// `low` is CV_32F with any number of channels and stands for `full` pixels.
  SmoothField(cv::Mat low, cv::Size full);

  /// Row `row` of the field at full resolution: full.width times the channels of `low`.
  void read_row(int row, float* out);

 private:
  struct Column {
    int left;  // index into the mixed row
    int right;
    float share;  // of the right one
  };
  cv::Mat low_;
  cv::Size full_;
  std::vector<Column> columns_;
  std::vector<float> mixed_;  // one row of `low`, between two of its rows
};

/// The Gaussian blur of a CV_32FC3 photo, mirrored at its border with the edge repeated; computed
/// on a reduced photo where sigma_px is 6 or more (means over areas, a blur that makes up the rest
/// of the variance, bilinear enlargement) and then within half a per cent of the photo's range of
/// the direct convolution. Cost falls as sigma_px grows.
SmoothField wide_gaussian(const cv::Mat& photo, double sigma_px);

}  // namespace everyface
