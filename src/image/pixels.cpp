#include "everyface/image/pixels.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace everyface {
namespace {

/// What multiplying makes of each 8-bit level.
cv::Mat multiplied_levels(float factor) {
  cv::Mat levels(1, 256, CV_8U);
  for (int level = 0; level < 256; ++level) {
    levels.at<unsigned char>(level) = static_cast<unsigned char>(level);
  }
  levels.convertTo(levels, CV_8U, static_cast<double>(factor));
  return levels;
}

}  // namespace

Pixels::Pixels(cv::Mat bgr) { set(std::move(bgr)); }

void Pixels::set(cv::Mat bgr) {
  CV_Assert(bgr.type() == CV_8UC3 || bgr.type() == CV_32FC3);
  stored_ = std::move(bgr);
  has_table_ = false;
}

void Pixels::resolve() {
  if (stored_.type() == CV_32FC3) {
    return;
  }
  cv::Mat floats;
  if (has_table_) {
    cv::LUT(stored_, cv::Mat(1, 256, CV_32FC3, table_.data()), floats);
    has_table_ = false;
  } else {
    stored_.convertTo(floats, CV_32F);
  }
  stored_ = floats;
}

const cv::Mat& Pixels::floats() {
  resolve();
  return stored_;
}

cv::Mat Pixels::bytes() {
  cv::Mat rounded;
  if (stored_.type() == CV_32FC3) {
    stored_.convertTo(rounded, CV_8U);
  } else if (has_table_) {
    cv::Mat table;
    cv::Mat(1, 256, CV_32FC3, table_.data()).convertTo(table, CV_8U);
    const bool same_for_all = std::all_of(table_.begin(), table_.end(), [](const auto& values) {
      return values[0] == values[1] && values[0] == values[2];
    });
    if (same_for_all) {
      // A table of single values is looked up twice as fast as one of three channels, and a
      // multiplication is faster still where the table is nothing else.
      cv::extractChannel(table, table, 0);
      const float factor = table_[1][0];
      if (cv::norm(table, multiplied_levels(factor), cv::NORM_INF) == 0) {
        stored_.convertTo(rounded, CV_8U, static_cast<double>(factor));
        return rounded;
      }
    }
    cv::LUT(stored_, table, rounded);
  } else {
    rounded = stored_;
  }
  return rounded;
}

cv::Mat Pixels::words() {
  resolve();
  cv::Mat rounded;
  stored_.convertTo(rounded, CV_16U, 257.0);
  return rounded;
}

void Pixels::apply_curve(const std::function<float(float, int)>& curve) {
  if (stored_.type() == CV_8UC3) {
    for (std::size_t value = 0; value < 256; ++value) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const float before = has_table_ ? table_[value][channel] : static_cast<float>(value);
        table_[value][channel] = curve(before, static_cast<int>(channel));
      }
    }
    has_table_ = true;
    return;
  }
  stored_ = stored_.clone();  // the caller may share these pixels
  stored_.forEach<cv::Vec3f>([&curve](cv::Vec3f& pixel, const int* /*position*/) {
    for (int channel = 0; channel < 3; ++channel) {
      pixel[channel] = curve(pixel[channel], channel);
    }
  });
}

std::array<std::array<int, 256>, 3> Pixels::histograms() {
  const cv::Mat rounded = bytes();
  std::array<std::array<int, 256>, 3> counts{};
  for (int row = 0; row < rounded.rows; ++row) {
    const auto* pixel = rounded.ptr<cv::Vec3b>(row);
    for (int column = 0; column < rounded.cols; ++column) {
      ++counts[0][pixel[column][0]];
      ++counts[1][pixel[column][1]];
      ++counts[2][pixel[column][2]];
    }
  }
  return counts;
}

}  // namespace everyface
