#include "everyface/image/exposure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

namespace everyface {
namespace {

double srgb_to_linear(double v) {
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}
double linear_to_srgb(double v) {
  return v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
}

TEST(Exposure, ZeroEvIsThePhotoItself) {
  cv::Mat photo(9, 11, CV_8UC3);
  cv::randu(photo, 0, 256);
  EXPECT_EQ(cv::norm(render_exposure(photo, 0, 5), photo, cv::NORM_INF), 0);
}

TEST(Exposure, WithoutNoiseEqualsTheDefinitionAtEveryLevel) {
  cv::Mat photo(1, 256, CV_8UC3);
  for (int i = 0; i < 256; ++i) {
    photo.at<cv::Vec3b>(0, i) = cv::Vec3b::all(static_cast<unsigned char>(i));
  }
  for (const double ev : {-8.0, -4.0, -1.5, 1.0}) {
    const cv::Mat rendered = render_exposure(photo, ev, 1, {0, 0});
    cv::Mat floats;
    photo.convertTo(floats, CV_32F);
    const cv::Mat from_floats = render_exposure(floats, ev, 1, {0, 0});
    for (int i = 0; i < 256; ++i) {
      const double light = std::min(1.0, srgb_to_linear(i / 255.0) * std::exp2(ev));
      const long expected = std::lround(255 * linear_to_srgb(light));
      EXPECT_EQ(rendered.at<cv::Vec3b>(0, i)[1], expected) << "level " << i << " at " << ev;
      EXPECT_EQ(from_floats.at<cv::Vec3b>(0, i)[1], expected) << "level " << i << " at " << ev;
    }
  }
}

TEST(Exposure, NoiseHasTheStatedVarianceAndNoBias) {
  // Bright enough that neither clipping nor the 8-bit grid matters; strong noise.
  const cv::Mat photo(400, 400, CV_8UC3, cv::Scalar::all(188));
  const SensorNoise noise{4e-4, 2e-4};
  const double light = srgb_to_linear(188 / 255.0) / 2;
  const cv::Mat rendered = render_exposure(photo, -1, 42, noise);
  double sum = 0;
  double squares = 0;
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const double value = srgb_to_linear(rendered.at<cv::Vec3b>(y, x)[c] / 255.0) - light;
        sum += value;
        squares += value * value;
      }
    }
  }
  const double n = 3.0 * 400 * 400;
  const double variance = noise.shot * light + noise.read;
  EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(variance / n));
  EXPECT_NEAR(squares / n / variance, 1, 0.02);
}

TEST(Exposure, RepeatsForASeedAndDiffersForAnother) {
  const cv::Mat photo(31, 17, CV_8UC3, cv::Scalar(90, 120, 150));
  const cv::Mat once = render_exposure(photo, -6, 11);
  EXPECT_EQ(cv::norm(once, render_exposure(photo, -6, 11), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(once, render_exposure(photo, -6, 12), cv::NORM_INF), 0);
}

TEST(Exposure, SeedsDependOnRunPhotoAndExposure) {
  const auto seed = exposure_seed(1, "abc", -2);
  EXPECT_EQ(seed, exposure_seed(1, "abc", -2));
  EXPECT_NE(seed, exposure_seed(2, "abc", -2));
  EXPECT_NE(seed, exposure_seed(1, "abd", -2));
  EXPECT_NE(seed, exposure_seed(1, "abc", -4));
}

TEST(Exposure, RenderingIsFixedForever) {
  // Results of earlier runs must stay comparable: a change here is a change of the exposure model.
  const cv::Mat photo(2, 3, CV_8UC3, cv::Scalar(60, 130, 200));
  const cv::Mat rendered = render_exposure(photo, -6, 2026);
  std::vector<int> values;
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      for (int c = 0; c < 3; ++c) {
        values.push_back(rendered.at<cv::Vec3b>(y, x)[c]);
      }
    }
  }
  EXPECT_EQ(values,
            (std::vector<int>{3, 12, 27, 2, 13, 24, 6, 12, 20, 6, 16, 25, 5, 14, 26, 4, 6, 22}));
}

}  // namespace
}  // namespace everyface
