// What the tests of enhancers share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "everyface/base/random.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/nn/registry.h"
#include "tests/testing.h"

namespace everyface::testing {

/// Runs a chain that needs no models on a photo.
inline Pixels enhanced(const cv::Mat& photo, std::string_view text) {
  Pixels pixels(photo.clone());
  const auto chain = Chain::parse(text);
  EXPECT_TRUE(chain.ok()) << (chain.ok() ? "" : chain.error().message);
  const TemporaryFolder empty;
  const auto models = ModelRegistry::open(empty.path(), "");
  EXPECT_TRUE(models.ok());
  if (!chain.ok() || !models.ok()) {
    return pixels;
  }
  auto methods = chain->make(*models);
  EXPECT_TRUE(methods.ok());
  for (const auto& method : *methods) {
    method->apply(pixels);
  }
  return pixels;
}

inline cv::Mat enhanced_floats(const cv::Mat& photo, std::string_view chain) {
  return enhanced(photo, chain).floats().clone();
}

inline cv::Mat enhanced_bytes(const cv::Mat& photo, std::string_view chain) {
  return enhanced(photo, chain).bytes();
}

inline cv::Mat as_floats(const cv::Mat& photo) {
  cv::Mat floats;
  photo.convertTo(floats, CV_32F);
  return floats;
}

/// Every value uniform in 0..255.
inline cv::Mat random_photo(int width, int height, std::uint64_t seed) {
  Random random(seed);
  cv::Mat photo(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        photo.at<cv::Vec3b>(y, x)[channel] = static_cast<std::uint8_t>(random.below(256));
      }
    }
  }
  return photo;
}

/// A scene of smooth shading, flat areas and edges, in floats 0..255 times `brightness`.
inline cv::Mat synthetic_scene(int width, int height, float brightness = 1) {
  cv::Mat scene(height, width, CV_32FC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float shade = 60.0F + 100.0F * static_cast<float>(x) / static_cast<float>(width);
      const bool in_disc = (x - width / 3) * (x - width / 3) + (y - height / 2) * (y - height / 2) <
                           height * height / 16;
      const bool in_bar = x > 2 * width / 3 && (y / 12) % 2 == 0;
      const float value = in_disc ? 200.0F : in_bar ? 30.0F : shade;
      scene.at<cv::Vec3f>(y, x) = cv::Vec3f(0.8F * value, 0.9F * value, value) * brightness;
    }
  }
  return scene;
}

/// Standard normal deviates (sums of twelve uniform ones: exact variance, no tails beyond 6).
inline cv::Mat with_noise(const cv::Mat& photo, double sigma, std::uint64_t seed) {
  Random random(seed);
  cv::Mat noisy = photo.clone();
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        double sum = -6;
        for (int k = 0; k < 12; ++k) {
          sum += random.uniform();
        }
        noisy.at<cv::Vec3f>(y, x)[channel] += static_cast<float>(sigma * sum);
      }
    }
  }
  return noisy;
}

inline double mean_square_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_L2SQR) / static_cast<double>(a.total() * 3);
}

inline double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

}  // namespace everyface::testing
