// Methods that change each value by itself, and the histogram methods.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "tests/enhance/support.h"

namespace everyface {
namespace {

using testing::as_floats;
using testing::enhanced;
using testing::enhanced_bytes;
using testing::enhanced_floats;
using testing::largest_difference;
using testing::random_photo;

/// One grey pixel for each level 0..255.
cv::Mat all_levels() {
  cv::Mat photo(1, 256, CV_8UC3);
  for (int level = 0; level < 256; ++level) {
    photo.at<cv::Vec3b>(0, level) = cv::Vec3b::all(static_cast<std::uint8_t>(level));
  }
  return photo;
}

TEST(None, ChangesNothing) {
  const cv::Mat photo = random_photo(31, 17, 1);
  EXPECT_EQ(largest_difference(enhanced_bytes(photo, "none"), photo), 0);
  const cv::Mat floats = as_floats(photo) + cv::Scalar::all(0.3);
  EXPECT_EQ(largest_difference(enhanced_floats(floats, "none"), floats), 0);
}

TEST(Gain, MultipliesAndClips) {
  const cv::Mat out = enhanced_bytes(all_levels(), "gain(factor=8)");
  for (int level = 0; level < 256; ++level) {
    EXPECT_EQ(out.at<cv::Vec3b>(0, level),
              cv::Vec3b::all(static_cast<std::uint8_t>(std::min(255, 8 * level))));
  }
  const cv::Mat half = enhanced_floats(all_levels(), "gain(factor=0.5)");
  EXPECT_FLOAT_EQ(half.at<cv::Vec3f>(0, 255)[0], 127.5F);
}

TEST(Gain, OfFloatsEqualsGainOfBytes) {
  const cv::Mat photo = random_photo(31, 17, 2);
  cv::Mat dark = photo / 8;
  for (const char* chain : {"gain", "gain(factor=8)", "gain(factor=3,protect=0.5)", "gamma"}) {
    EXPECT_LE(
        largest_difference(enhanced_floats(dark, chain), enhanced_floats(as_floats(dark), chain)),
        1e-4)
        << chain;
  }
}

TEST(Gain, BringsThePercentileToTheTarget) {
  // 100 grey pixels of levels 0..99: the median (rank 49 of 0..99) is 49.
  cv::Mat photo(10, 10, CV_8UC3);
  for (int i = 0; i < 100; ++i) {
    photo.at<cv::Vec3b>(i / 10, i % 10) = cv::Vec3b::all(static_cast<std::uint8_t>(i));
  }
  const cv::Mat out = enhanced_floats(photo, "gain(percentile=50,target=98,max=16,protect=0)");
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(4, 9)[0]), 98, 1e-3);
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(1, 0)[1]), 20, 1e-3);
}

TEST(Gain, NeverDarkensAndNeverExceedsItsLargestFactor) {
  const cv::Mat bright(4, 4, CV_8UC3, cv::Scalar::all(200));
  EXPECT_EQ(largest_difference(enhanced_bytes(bright, "gain"), bright), 0);
  const cv::Mat dark(4, 4, CV_8UC3, cv::Scalar::all(1));
  EXPECT_NEAR(static_cast<double>(enhanced_floats(dark, "gain(max=5)").at<cv::Vec3f>(0, 0)[0]), 5,
              1e-4);
  const cv::Mat black(4, 4, CV_8UC3, cv::Scalar::all(0));
  EXPECT_EQ(largest_difference(enhanced_bytes(black, "gain"), black), 0);
}

TEST(Gain, WithProtectionKeepsHighlightsApartAndWhiteWhite) {
  const cv::Mat out = enhanced_floats(all_levels(), "gain(factor=4,protect=0.4)");
  // Below the knee (255 · 0.6 = 153, reached at 38.25) it is the plain factor.
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(0, 38)[0]), 152, 1e-3);
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(0, 255)[0]), 255, 1e-3);
  for (int level = 1; level < 256; ++level) {
    const float step = out.at<cv::Vec3f>(0, level)[0] - out.at<cv::Vec3f>(0, level - 1)[0];
    EXPECT_GT(step, 0.0F) << level;
    EXPECT_LE(step, 4.001F) << level;
  }
}

TEST(Gamma, FollowsItsFormula) {
  const cv::Mat out = enhanced_floats(all_levels(), "gamma(gamma=2)");
  for (int level = 0; level < 256; ++level) {
    EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(0, level)[2]), std::sqrt(level * 255.0),
                1e-3);
  }
  EXPECT_EQ(largest_difference(enhanced_bytes(all_levels(), "gamma(gamma=1)"), all_levels()), 0);
}

TEST(Curves, InAChainAreRoundedOnce) {
  // 3 / 8 · 8 is 3 only if the 0.375 between is not rounded.
  const cv::Mat photo(2, 2, CV_8UC3, cv::Scalar::all(3));
  const cv::Mat out = enhanced_bytes(photo, "gain(factor=0.125)+gain(factor=8)");
  EXPECT_EQ(out.at<cv::Vec3b>(0, 0), cv::Vec3b::all(3));
}

TEST(Histeq, EqualisesTheLuma) {
  const cv::Mat photo = random_photo(31, 17, 3) / 4;
  cv::Mat expected;
  cv::cvtColor(photo, expected, cv::COLOR_BGR2YCrCb);
  std::vector<cv::Mat> planes;
  cv::split(expected, planes);
  cv::equalizeHist(planes[0], planes[0]);
  cv::merge(planes, expected);
  cv::cvtColor(expected, expected, cv::COLOR_YCrCb2BGR);
  EXPECT_EQ(largest_difference(enhanced_bytes(photo, "histeq"), expected), 0);
}

TEST(Histeq, RoundsItsInputFirst) {
  const cv::Mat photo = random_photo(31, 17, 4);
  cv::Mat floats = as_floats(photo) + cv::Scalar::all(0.3);
  cv::min(floats, 255.0, floats);
  EXPECT_EQ(largest_difference(enhanced_bytes(floats, "histeq"), enhanced_bytes(photo, "histeq")),
            0);
}

TEST(Clahe, RaisesTheContrastWithinATileAndKeepsGreyGrey) {
  // Each of the 8 tiles across holds the levels 40..71.
  cv::Mat photo(64, 256, CV_8UC3);
  for (int x = 0; x < photo.cols; ++x) {
    photo.col(x).setTo(cv::Scalar::all(40 + x % 32));
  }
  const cv::Mat out = enhanced_bytes(photo, "clahe");
  double low = 0;
  double high = 0;
  cv::minMaxLoc(out.reshape(1), &low, &high);
  EXPECT_GE(high - low, 1.3 * 31);
  for (int x = 0; x < photo.cols; ++x) {
    const auto& pixel = out.at<cv::Vec3b>(32, x);
    EXPECT_NEAR(pixel[0], pixel[1], 2);
    EXPECT_NEAR(pixel[2], pixel[1], 2);
  }
}

TEST(Clahe, WithAHigherLimitRaisesTheContrastMore) {
  const cv::Mat photo = random_photo(64, 64, 5) / 8 + cv::Scalar::all(40);
  cv::Scalar mean;
  cv::Scalar low;
  cv::Scalar high;
  cv::meanStdDev(enhanced_bytes(photo, "clahe(clip=1.2)"), mean, low);
  cv::meanStdDev(enhanced_bytes(photo, "clahe(clip=8)"), mean, high);
  EXPECT_GT(high[1], 1.2 * low[1]);
}

}  // namespace
}  // namespace everyface
