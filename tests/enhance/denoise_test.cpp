// Noise estimation and the denoisers.
#include <gtest/gtest.h>

#include <cmath>

#include "enhance/haar.h"
#include "enhance/noise.h"
#include "enhance/strips.h"
#include "tests/enhance/support.h"

namespace everyface {
namespace {

using testing::enhanced_floats;
using testing::largest_difference;
using testing::mean_square_difference;
using testing::synthetic_scene;
using testing::with_noise;

TEST(Noise, IsEstimatedWithinFifteenPercent) {
  const cv::Mat scene = synthetic_scene(320, 240);
  for (const double sigma : {0.5, 2.0, 5.0, 15.0, 40.0}) {
    EXPECT_NEAR(noise_level(with_noise(scene, sigma, 21)), sigma, 0.15 * sigma);
  }
}

TEST(Noise, IsSeenThroughRoundingToLevels) {
  // Rounding adds 1/12 to the variance.
  cv::Mat rounded;
  with_noise(synthetic_scene(320, 240, 0.1F), 1.0, 22).convertTo(rounded, CV_8U);
  EXPECT_NEAR(noise_level(testing::as_floats(rounded)), std::sqrt(1 + 1.0 / 12), 0.15);
}

TEST(Noise, IsTakenPerChannel) {
  cv::Mat scene(64, 64, CV_32FC3, cv::Scalar::all(100));
  const cv::Mat noise = with_noise(cv::Mat(64, 64, CV_32FC3, cv::Scalar::all(0)), 1, 23);
  cv::Mat scaled;
  cv::transform(noise, scaled, cv::Matx33f(1, 0, 0, 0, 0, 0, 0, 0, 3));
  const auto levels = channel_noise(scene + scaled);
  EXPECT_NEAR(levels[0], 1, 0.15);
  EXPECT_EQ(levels[1], 0);
  EXPECT_NEAR(levels[2], 3, 0.45);
}

TEST(Noise, OfAReplicatedBorderDoesNotCount) {
  const cv::Mat noisy = with_noise(synthetic_scene(160, 160), 4, 32);
  cv::Mat padded;
  cv::copyMakeBorder(noisy, padded, 96, 96, 96, 96, cv::BORDER_REPLICATE);
  EXPECT_NEAR(noise_level(padded), 4, 0.6);
}

TEST(Noise, OfAConstantOrTinyPhotoIsZero) {
  EXPECT_EQ(noise_level(cv::Mat(40, 40, CV_32FC3, cv::Scalar::all(9))), 0);
  EXPECT_EQ(noise_level(with_noise(cv::Mat(2, 40, CV_32FC3, cv::Scalar::all(9)), 3, 24)), 0);
}

TEST(Noise, OfOneWhitePixelInBlackFollowsTheFormula) {
  // 5x5, one block of 3x3 responses: the pixel in the middle is seen nine times, with the absolute
  // weights of the mask, 16 in all.
  cv::Mat photo(5, 5, CV_32FC3, cv::Scalar::all(0));
  photo.at<cv::Vec3f>(2, 2) = cv::Vec3f::all(90);
  EXPECT_NEAR(noise_level(photo), std::sqrt(M_PI / 2) / 6 * 16 * 90 / 9, 1e-4);
}

TEST(Haar, TwoByTwoBlockByHand) {
  const cv::Mat plane = (cv::Mat_<float>(2, 2) << 1, 2, 4, 8);
  HaarLevel split;
  haar_split(plane, 0, split);
  EXPECT_FLOAT_EQ(split.low.at<float>(0, 0), 7.5F);
  EXPECT_FLOAT_EQ(split.details[0].at<float>(0, 0), (1 - 2 + 4 - 8) / 2.0F);
  EXPECT_FLOAT_EQ(split.details[1].at<float>(0, 0), (1 + 2 - 4 - 8) / 2.0F);
  EXPECT_FLOAT_EQ(split.details[2].at<float>(0, 0), (1 - 2 - 4 + 8) / 2.0F);
}

TEST(Haar, IsOrthonormalForEachShift) {
  const cv::Mat plane = (cv::Mat_<float>(2, 2) << 3, -1, 7, 5);
  HaarLevel split;
  haar_split(plane, 0, split);
  double energy = 0;
  for (const cv::Mat& band : {split.low, split.details[0], split.details[1], split.details[2]}) {
    energy += std::pow(static_cast<double>(band.at<float>(0, 0)), 2);
  }
  EXPECT_NEAR(energy, 9 + 1 + 49 + 25, 1e-4);
}

TEST(Haar, JoinsToWhatWasSplit) {
  const cv::Mat scene = with_noise(synthetic_scene(61, 47), 5, 25);
  cv::Mat plane;
  cv::extractChannel(scene, plane, 1);
  for (int level = 0; level < 4; ++level) {
    const int step = 1 << level;
    HaarLevel split;
    haar_split(plane, level, split);
    cv::Mat joined;
    haar_join(split, level, joined);
    const cv::Rect valid(step, step, plane.cols - 2 * step, plane.rows - 2 * step);
    EXPECT_LE(largest_difference(joined(valid), plane(valid)), 1e-3) << level;
  }
}

TEST(Wavelet, WithThresholdZeroGivesThePhotoBack) {
  for (const cv::Size size : {cv::Size(150, 140), cv::Size(31, 17), cv::Size(1, 1)}) {
    const cv::Mat photo = with_noise(synthetic_scene(size.width, size.height), 5, 26);
    for (const char* chain : {"wavelet(threshold=0)", "wavelet(threshold=0,levels=6)"}) {
      EXPECT_LE(largest_difference(enhanced_floats(photo, chain), photo), 2e-3) << size;
    }
  }
}

TEST(RowsWithMargin, MirrorsWithoutTheEdgeAnyNumberOfTimes) {
  const cv::Mat column = (cv::Mat_<float>(3, 1) << 1, 2, 3);
  const cv::Mat padded = rows_with_margin(column, 1, 2, 4);
  ASSERT_EQ(padded.size(), cv::Size(9, 9));
  const std::vector<float> expected = {2, 3, 2, 1, 2, 3, 2, 1, 2};
  // Row k stands for row 1 - 4 + k of the column: -3, -2, … 5.
  for (int row = 0; row < 9; ++row) {
    const int source = cv::borderInterpolate(row - 3, 3, cv::BORDER_REFLECT_101);
    EXPECT_EQ(padded.at<float>(row, 4), static_cast<float>(source + 1));
    EXPECT_EQ(padded.at<float>(row, 0), expected[static_cast<std::size_t>(row)]);
  }
}

class Denoiser : public ::testing::TestWithParam<const char*> {};

TEST_P(Denoiser, TakesMostOfTheNoiseAway) {
  const cv::Mat scene = synthetic_scene(200, 150);
  for (const double sigma : {4.0, 12.0}) {
    const cv::Mat noisy = with_noise(scene, sigma, 27);
    const double left = mean_square_difference(enhanced_floats(noisy, GetParam()), scene);
    EXPECT_LT(left, 0.35 * sigma * sigma) << sigma;
  }
}

TEST_P(Denoiser, WorksWithinAFewGreyLevels) {
  // 0 to 5 levels, noise of 0.4: all of it would vanish in rounding between methods.
  const cv::Mat scene = synthetic_scene(200, 150, 0.025F);
  const cv::Mat noisy = with_noise(scene, 0.4, 28);
  EXPECT_LT(mean_square_difference(enhanced_floats(noisy, GetParam()), scene), 0.35 * 0.16);
}

TEST_P(Denoiser, HasNoSeams) {
  // Rows far from the border do not depend on where the photo was cut into strips.
  const cv::Mat noisy = with_noise(synthetic_scene(90, 400), 6, 29);
  const std::string method = GetParam();
  const std::string chain = method == "wavelet"     ? "wavelet(threshold=9)"
                            : method == "bilateral" ? "bilateral(sigma_color=30)"
                                                    : "nlm(sigma=6,search=11)";
  const cv::Mat whole = enhanced_floats(noisy, chain);
  const cv::Mat part = enhanced_floats(noisy.rowRange(50, 400), chain);
  EXPECT_LE(largest_difference(whole.rowRange(90, 400), part.rowRange(40, 350)), 2e-3);
}

INSTANTIATE_TEST_SUITE_P(All, Denoiser, ::testing::Values("nlm", "bilateral", "wavelet"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Nlm, OfTwoFlatHalvesKeepsTheEdge) {
  cv::Mat photo(30, 40, CV_32FC3, cv::Scalar::all(20));
  photo.colRange(20, 40).setTo(cv::Scalar::all(120));
  const cv::Mat out = enhanced_floats(with_noise(photo, 3, 30), "nlm(sigma=3)");
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(15, 19)[1]), 20, 3);
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(15, 20)[1]), 120, 3);
}

/// The definition, pixel by pixel in doubles.
cv::Mat plain_nlm(const cv::Mat& photo, double sigma, double h, int patch, int search) {
  const auto at = [&](int y, int x) {
    return cv::Vec3d(
        photo.at<cv::Vec3f>(cv::borderInterpolate(y, photo.rows, cv::BORDER_REFLECT_101),
                            cv::borderInterpolate(x, photo.cols, cv::BORDER_REFLECT_101)));
  };
  cv::Mat out(photo.size(), CV_32FC3);
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      cv::Vec3d sum;
      double weights = 0;
      for (int dy = -search; dy <= search; ++dy) {
        for (int dx = -search; dx <= search; ++dx) {
          double square = 0;
          for (int v = -patch; v <= patch; ++v) {
            for (int u = -patch; u <= patch; ++u) {
              const cv::Vec3d difference = at(y + v, x + u) - at(y + dy + v, x + dx + u);
              square += difference.dot(difference);
            }
          }
          square /= 3 * (2 * patch + 1) * (2 * patch + 1);
          const double weight = std::exp(-std::max(square - 2 * sigma * sigma, 0.0) / (h * h));
          sum += weight * at(y + dy, x + dx);
          weights += weight;
        }
      }
      out.at<cv::Vec3f>(y, x) = cv::Vec3f(sum / weights);
    }
  }
  return out;
}

TEST(Nlm, EqualsItsDefinition) {
  for (const cv::Size size : {cv::Size(23, 70), cv::Size(5, 3), cv::Size(1, 7)}) {
    const cv::Mat photo = with_noise(synthetic_scene(size.width, size.height), 10, 31);
    const cv::Mat out = enhanced_floats(photo, "nlm(sigma=10,h=8,patch=3,search=7)");
    EXPECT_LE(largest_difference(out, plain_nlm(photo, 10, 8, 1, 3)), 0.02) << size;
  }
}

}  // namespace
}  // namespace everyface
