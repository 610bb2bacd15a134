#include "everyface/image/pixels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>

namespace everyface {
namespace {

cv::Mat all_levels() {
  cv::Mat pixels(1, 256, CV_8UC3);
  for (int i = 0; i < 256; ++i) {
    pixels.at<cv::Vec3b>(0, i) = {static_cast<unsigned char>(i),
                                  static_cast<unsigned char>(255 - i),
                                  static_cast<unsigned char>(i / 2)};
  }
  return pixels;
}

TEST(Pixels, BytesComeBackUntouched) {
  Pixels photo(all_levels());
  EXPECT_EQ(cv::norm(photo.bytes(), all_levels(), cv::NORM_INF), 0);
}

TEST(Pixels, CurvesInTheTableEqualCurvesOnFloats) {
  const auto first = [](float v, int c) { return 1.7F * v + static_cast<float>(c); };
  const auto second = [](float v, int) { return std::sqrt(v) * 13.3F; };
  Pixels table(all_levels());
  Pixels floats(all_levels());
  (void)floats.floats();
  for (Pixels* photo : {&table, &floats}) {
    photo->apply_curve(first);
    photo->apply_curve(second);
  }
  EXPECT_EQ(cv::norm(table.bytes(), floats.bytes(), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(table.floats(), floats.floats(), cv::NORM_INF), 0);
}

TEST(Pixels, MultiplyingEqualsRoundingTheProductsOfFloats) {
  for (const float factor : {0.0F, 0.3F, 0.5F, 1.0F, 1.7F, 8.0F, 300.0F}) {
    Pixels photo(all_levels());
    photo.apply_curve([factor](float v, int) { return factor * v; });
    cv::Mat expected;
    all_levels().convertTo(expected, CV_32F);
    expected = expected.mul(cv::Scalar::all(1), static_cast<double>(factor));
    expected.convertTo(expected, CV_8U);
    EXPECT_EQ(cv::norm(photo.bytes(), expected, cv::NORM_INF), 0) << factor;
  }
}

TEST(Pixels, RoundsOnceToNearestEvenAndClips) {
  Pixels photo(cv::Mat(1, 1, CV_32FC3, cv::Scalar(2.5, -3, 300)));
  EXPECT_EQ(photo.bytes().at<cv::Vec3b>(0, 0), cv::Vec3b(2, 0, 255));
  EXPECT_EQ(photo.floats().at<cv::Vec3f>(0, 0), cv::Vec3f(2.5F, -3, 300)) << "bytes() only looks";
  EXPECT_EQ(photo.words().at<cv::Vec3w>(0, 0), cv::Vec3w(642, 0, 65535));
}

TEST(Pixels, CurvesLeaveTheCallersPixelsAlone) {
  cv::Mat mine(2, 2, CV_32FC3, cv::Scalar::all(7));
  Pixels photo(mine);
  photo.apply_curve([](float, int) { return 1.0F; });
  EXPECT_EQ(mine.at<cv::Vec3f>(1, 1)[0], 7);
  EXPECT_EQ(photo.floats().at<cv::Vec3f>(1, 1)[0], 1);
}

TEST(Pixels, HistogramsCountRoundedValues) {
  Pixels photo(cv::Mat(3, 4, CV_8UC3, cv::Scalar(1, 2, 3)));
  photo.apply_curve([](float v, int) { return v + 0.6F; });
  const auto counts = photo.histograms();
  EXPECT_EQ(counts[0][2], 12);
  EXPECT_EQ(counts[1][3], 12);
  EXPECT_EQ(counts[2][4], 12);
}

}  // namespace
}  // namespace everyface
