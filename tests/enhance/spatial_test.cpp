// Methods that look at a pixel's neighbours, and what is true of all methods.
#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "enhance/illumination.h"
#include "enhance/surround.h"
#include "tests/enhance/support.h"

namespace everyface {
namespace {

using testing::as_floats;
using testing::enhanced;
using testing::enhanced_bytes;
using testing::enhanced_floats;
using testing::largest_difference;
using testing::random_photo;
using testing::synthetic_scene;
using testing::with_noise;

/// The methods of this room that need no model and are not Pillow's.
const std::vector<std::string> kMethods = {"none",  "gain",      "gaussian", "gamma",
                                           "clahe", "histeq",    "retinex",  "lime",
                                           "nlm",   "bilateral", "wavelet"};

TEST(EveryMethod, TakesPhotosOfAnySize) {
  for (const std::string& method : kMethods) {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(7, 1), cv::Size(1, 7), cv::Size(2, 2),
                                cv::Size(3, 5), cv::Size(31, 17)}) {
      const cv::Mat photo = random_photo(size.width, size.height, 11);
      const cv::Mat out = enhanced_floats(photo, method);
      EXPECT_EQ(out.size(), size) << method;
      EXPECT_TRUE(cv::checkRange(out)) << method << " " << size;
    }
  }
}

TEST(EveryMethod, KeepsAConstantPhotoConstant) {
  for (const std::string& method : kMethods) {
    const cv::Mat out = enhanced_floats(cv::Mat(40, 50, CV_8UC3, cv::Scalar(12, 30, 21)), method);
    const cv::Mat first(out.size(), CV_32FC3, cv::Scalar(out.at<cv::Vec3f>(0, 0)));
    EXPECT_LE(largest_difference(out, first), 1e-3) << method;
  }
}

TEST(EveryMethod, LeavesTheCallersPixelsAlone) {
  for (const std::string& method : kMethods) {
    for (const cv::Mat& photo : {random_photo(20, 20, 12), as_floats(random_photo(20, 20, 12))}) {
      const cv::Mat before = photo.clone();
      Pixels pixels(photo);
      const auto chain = Chain::parse(method);
      const testing::TemporaryFolder empty;
      const auto models = ModelRegistry::open(empty.path(), "");
      auto enhancers = chain->make(*models);
      (*enhancers)[0]->apply(pixels);
      EXPECT_EQ(largest_difference(photo, before), 0) << method;
    }
  }
}

TEST(EveryMethod, GivesTheSameWhateverTheNumberOfThreads) {
  cv::Mat photo;
  with_noise(synthetic_scene(150, 140, 0.2F), 3, 13).convertTo(photo, CV_8U);
  const int threads = cv::getNumThreads();
  for (const std::string& method : kMethods) {
    cv::setNumThreads(1);
    const cv::Mat one = enhanced_floats(photo, method);
    cv::setNumThreads(4);
    EXPECT_EQ(largest_difference(one, enhanced_floats(photo, method)), 0) << method;
  }
  cv::setNumThreads(threads);
}

/// Direct two-dimensional convolution in doubles.
cv::Mat direct_gaussian(const cv::Mat& photo, double sigma, int radius, int border) {
  std::vector<double> kernel;
  double sum = 0;
  for (int k = -radius; k <= radius; ++k) {
    kernel.push_back(std::exp(-k * k / (2 * sigma * sigma)));
    sum += kernel.back();
  }
  cv::Mat wide(photo.size(), CV_64FC3, cv::Scalar::all(0));
  cv::Mat out(photo.size(), CV_64FC3, cv::Scalar::all(0));
  for (int pass = 0; pass < 2; ++pass) {
    for (int y = 0; y < photo.rows; ++y) {
      for (int x = 0; x < photo.cols; ++x) {
        for (int k = -radius; k <= radius; ++k) {
          const double weight = kernel[static_cast<std::size_t>(k + radius)] / sum;
          if (pass == 0) {
            const int at = cv::borderInterpolate(x + k, photo.cols, border);
            wide.at<cv::Vec3d>(y, x) += weight * cv::Vec3d(photo.at<cv::Vec3f>(y, at));
          } else {
            const int at = cv::borderInterpolate(y + k, photo.rows, border);
            out.at<cv::Vec3d>(y, x) += weight * wide.at<cv::Vec3d>(at, x);
          }
        }
      }
    }
  }
  cv::Mat floats;
  out.convertTo(floats, CV_32F);
  return floats;
}

TEST(Gaussian, EqualsDirectConvolution) {
  for (const cv::Size size : {cv::Size(31, 17), cv::Size(5, 3), cv::Size(1, 7)}) {
    const cv::Mat photo = random_photo(size.width, size.height, 14);
    const cv::Mat expected = direct_gaussian(as_floats(photo), 2.5, 9, cv::BORDER_REFLECT_101);
    EXPECT_LE(largest_difference(enhanced_floats(photo, "gaussian"), expected), 1e-3) << size;
    EXPECT_LE(largest_difference(enhanced_floats(as_floats(photo), "gaussian"), expected), 1e-3);
  }
}

TEST(Gaussian, OfSigmaZeroChangesNothing) {
  const cv::Mat photo = random_photo(9, 8, 15);
  EXPECT_EQ(largest_difference(enhanced_bytes(photo, "gaussian(sigma=0)"), photo), 0);
}

TEST(Gaussian, BeforeAGainKeepsFractionsOfALevel) {
  // A ramp from 0.5 to 2.5 levels, noisy and rounded to whole levels as a dark photo is.
  cv::Mat ramp(120, 400, CV_32FC3);
  for (int x = 0; x < ramp.cols; ++x) {
    ramp.col(x).setTo(cv::Scalar::all(0.5 + 2.0 * x / ramp.cols));
  }
  cv::Mat dark;
  with_noise(ramp, 0.5, 16).convertTo(dark, CV_8U);
  const cv::Mat out = enhanced_bytes(dark, "gaussian(sigma=8)+gain(factor=64)");
  // Away from the ends the ramp comes back far more finely than one level (64 after the gain).
  double worst = 0;
  for (int x = 40; x < 360; ++x) {
    const double mean = cv::mean(out.col(x).rowRange(30, 90))[1];
    worst = std::max(worst, std::abs(mean - 64 * (0.5 + 2.0 * x / ramp.cols)));
  }
  EXPECT_LT(worst, 16);
}

TEST(WideGaussian, IsNearTheDirectConvolution) {
  const cv::Mat photo = synthetic_scene(157, 121);
  for (const double sigma : {2.0, 15.0, 80.0, 250.0}) {
    SmoothField field = wide_gaussian(photo, sigma);
    const int radius = static_cast<int>(std::ceil(3.5 * sigma));
    const cv::Mat expected = direct_gaussian(photo, sigma, radius, cv::BORDER_REFLECT);
    cv::Mat rows(photo.size(), CV_32FC3);
    for (int row = 0; row < photo.rows; ++row) {
      field.read_row(row, rows.ptr<float>(row));
    }
    EXPECT_LE(largest_difference(rows, expected), 0.005 * 200) << sigma;
    EXPECT_LE(std::sqrt(testing::mean_square_difference(rows, expected)), 0.002 * 200) << sigma;
  }
}

cv::Mat dark_ramp() {
  cv::Mat ramp(48, 256, CV_8UC3);
  for (int x = 0; x < ramp.cols; ++x) {
    ramp.col(x).setTo(cv::Scalar::all(2 + x / 8));
  }
  return ramp;
}

TEST(Lime, BrightensADarkRampAndKeepsItsOrder) {
  const cv::Mat ramp = dark_ramp();
  const cv::Mat out = enhanced_floats(ramp, "lime");
  EXPECT_GT(cv::mean(out)[1], 4 * cv::mean(ramp)[1]);
  for (int x = 0; x + 8 < ramp.cols; x += 8) {
    EXPECT_LE(cv::mean(out.col(x))[1], cv::mean(out.col(x + 8))[1] + 0.5) << x;
  }
}

TEST(Lime, OfAConstantPhotoDividesByItsPower) {
  const cv::Mat photo(20, 20, CV_8UC3, cv::Scalar(10, 20, 51));
  const cv::Mat out = enhanced_floats(photo, "lime");
  const double factor = std::pow(51 / 255.0, -0.8);
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(10, 10)[0]), 10 * factor, 1e-2);
  EXPECT_NEAR(static_cast<double>(out.at<cv::Vec3f>(10, 10)[2]), 51 * factor, 1e-2);
  EXPECT_EQ(largest_difference(enhanced_floats(photo, "lime(gamma=0)"), as_floats(photo)), 0);
}

/// The system that refine_illumination() solves approximately, solved exactly.
cv::Mat exact_illumination(const cv::Mat& initial, double alpha, double sigma) {
  const int pixels = static_cast<int>(initial.total());
  cv::Mat system = cv::Mat::eye(pixels, pixels, CV_64F);
  for (const bool down : {false, true}) {
    const cv::Mat map = down ? initial : cv::Mat(initial.t());
    cv::Mat difference(map.size(), CV_32F, cv::Scalar(0));
    for (int y = 0; y + 1 < map.rows; ++y) {
      difference.row(y) = map.row(y + 1) - map.row(y);
    }
    cv::Mat mean;
    cv::GaussianBlur(difference, mean, cv::Size(13, 13), sigma);
    for (int y = 0; y + 1 < map.rows; ++y) {
      for (int x = 0; x < map.cols; ++x) {
        const double weight =
            alpha / ((std::abs(static_cast<double>(mean.at<float>(y, x))) + 1e-3) *
                     (std::abs(static_cast<double>(difference.at<float>(y, x))) + 1e-3));
        const int a = down ? y * initial.cols + x : x * initial.cols + y;
        const int b = down ? a + initial.cols : a + 1;
        system.at<double>(a, a) += weight;
        system.at<double>(b, b) += weight;
        system.at<double>(a, b) -= weight;
        system.at<double>(b, a) -= weight;
      }
    }
  }
  cv::Mat target;
  initial.reshape(1, pixels).convertTo(target, CV_64F);
  cv::Mat solution;
  cv::solve(system, target, solution, cv::DECOMP_CHOLESKY);
  cv::Mat map;
  solution.reshape(1, initial.rows).convertTo(map, CV_32F);
  return map;
}

TEST(Illumination, IsNearTheExactSolution) {
  const cv::Mat scene = with_noise(synthetic_scene(24, 20), 4, 17);
  cv::Mat initial;
  cv::extractChannel(scene, initial, 2);
  initial /= 255.0;
  const cv::Mat exact = exact_illumination(initial, 0.15, 2);
  const cv::Mat fast = refine_illumination(initial, 0.15, 2);
  EXPECT_LT(cv::norm(fast, exact, cv::NORM_L1) / static_cast<double>(exact.total()), 0.03);
  // It does smooth: most of the noise within the flat parts is gone.
  EXPECT_GT(cv::norm(initial, exact, cv::NORM_L2), 2 * cv::norm(fast, exact, cv::NORM_L2));
}

TEST(Retinex, BrightensADarkRampAndKeepsItsOrder) {
  const cv::Mat ramp = dark_ramp();
  const cv::Mat out = enhanced_floats(ramp, "retinex");
  EXPECT_GT(cv::mean(out)[1], 3 * cv::mean(ramp)[1]);
  for (int x = 0; x + 32 < ramp.cols; x += 32) {
    EXPECT_LE(cv::mean(out.col(x))[1], cv::mean(out.col(x + 32))[1]) << x;
  }
}

TEST(Retinex, UsesTheWholeRange) {
  const cv::Mat out = enhanced_floats(synthetic_scene(120, 90, 0.1F), "retinex");
  double low = 0;
  double high = 0;
  cv::minMaxLoc(out.reshape(1), &low, &high);
  EXPECT_EQ(low, 0);
  EXPECT_NEAR(high, 255, 1e-3);
}

TEST(Retinex, HardlyDependsOnTheExposure) {
  // Reflectance is what remains when the light is halved; the + 1 alone makes a difference.
  const cv::Mat scene = synthetic_scene(120, 90);
  const cv::Mat one = enhanced_floats(scene, "retinex");
  const cv::Mat half = enhanced_floats(0.5 * scene, "retinex");
  EXPECT_LT(std::sqrt(testing::mean_square_difference(one, half)), 5);
}

}  // namespace
}  // namespace everyface
