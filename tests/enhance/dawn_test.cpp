// Our own enhancer: its weights ship, so it is tested everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "everyface/enhance/enhancer.h"
#include "everyface/nn/registry.h"
#include "tests/testing.h"

namespace everyface {
namespace {

/// The drawing of training/dawn/export.py: a dark scene with a dim and a bright rectangle.
cv::Mat drawing() {
  cv::Mat photo(96, 136, CV_8UC3);
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      const int grain = (x * 7 + y * 13 + x * y) % 5;
      photo.at<cv::Vec3b>(y, x) = cv::Vec3b(cv::saturate_cast<uchar>(x * 20 / 136 + grain),
                                            cv::saturate_cast<uchar>(y * 40 / 96 + grain),
                                            cv::saturate_cast<uchar>((x + y) * 30 / 232 + grain));
    }
  }
  photo(cv::Rect(40, 24, 48, 32)).setTo(cv::Scalar(12, 21, 33));
  photo(cv::Rect(100, 60, 24, 24)).setTo(cv::Scalar(250, 252, 255));
  return photo;
}

class DawnTest : public ::testing::Test {
 protected:
  cv::Mat enhanced(const cv::Mat& photo, bool as_floats) {
    const auto models = ModelRegistry::open(folder_.path(), "");
    EXPECT_TRUE(models);
    auto steps = Chain::parse("dawn").value().make(*models);
    EXPECT_TRUE(steps) << steps.error().message;
    cv::Mat floats;
    photo.convertTo(floats, CV_32F);
    Pixels pixels(as_floats ? floats : photo.clone());
    steps->front()->apply(pixels);
    EXPECT_EQ(pixels.is_plain_bytes(), !as_floats);
    return pixels.floats().clone();
  }

  testing::TemporaryFolder folder_;
};

TEST_F(DawnTest, DoesWhatItsTrainingDid) {
  std::ifstream file(testing::source_folder() / "tests/enhance/dawn_reference.json");
  const auto reference = nlohmann::json::parse(file);
  const cv::Mat floats = enhanced(drawing(), true);
  const cv::Mat bytes = enhanced(drawing(), false);
  double largest = 0;
  double brightest = 0;
  std::size_t row = 0;
  for (int y = 4; y < floats.rows; y += 9, ++row) {
    std::size_t column = 0;
    for (int x = 3; x < floats.cols; x += 11, ++column) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const double wanted = reference.at(row).at(column).at(channel);
        const auto value =
            static_cast<double>(floats.at<cv::Vec3f>(y, x)[static_cast<int>(channel)]);
        largest = std::max(largest, std::abs(value - wanted));
        brightest = std::max(brightest, wanted);
        EXPECT_NEAR(static_cast<double>(bytes.at<cv::Vec3f>(y, x)[static_cast<int>(channel)]),
                    value, 0.501);
      }
    }
  }
  EXPECT_EQ(row, reference.size());
  EXPECT_LT(largest, 0.1);
  EXPECT_GT(brightest, 100);
}

TEST_F(DawnTest, TakesPhotosOfAnySize) {
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(7, 3), cv::Size(8, 8), cv::Size(129, 65), cv::Size(64, 200)}) {
    const cv::Mat photo(size, CV_8UC3, cv::Scalar(9, 12, 15));
    const cv::Mat made = enhanced(photo, false);
    ASSERT_EQ(made.size(), size);
    // Nothing in the photo, so nothing but a slow change in the result; and it is brighter.
    double low = 0;
    double high = 0;
    cv::minMaxIdx(made.reshape(1), &low, &high);
    EXPECT_GT(low, 9) << size;
    EXPECT_LE(high, 255) << size;
  }
}

TEST_F(DawnTest, ValuesBeyondTheRangeAreClipped) {
  cv::Mat photo(16, 16, CV_32FC3, cv::Scalar(-40, 300, 20));
  const auto models = ModelRegistry::open(folder_.path(), "");
  ASSERT_TRUE(models);
  auto steps = Chain::parse("dawn").value().make(*models);
  ASSERT_TRUE(steps) << steps.error().message;
  Pixels pixels(photo);
  steps->front()->apply(pixels);
  double low = 0;
  double high = 0;
  cv::minMaxIdx(pixels.floats().reshape(1), &low, &high);
  EXPECT_GE(low, 0);
  EXPECT_LE(high, 255);
}

}  // namespace
}  // namespace everyface
