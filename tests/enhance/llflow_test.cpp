#include "enhance/llflow.h"

#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "support.h"
#include "tests/nn/llflow_weights.h"

namespace everyface {
namespace {

cv::Mat enhanced(const cv::Mat& photo, int tile = 1 << 16, int margin = kLlflowMargin) {
  Pixels pixels(photo.clone());
  make_llflow(testing::tiny_llflow(), tile, margin)->apply(pixels);
  return pixels.floats().clone();
}

/// Noise that is dark on the left and bright on the right.
cv::Mat uneven_noise(cv::Size size) {
  cv::Mat photo(size, CV_8UC3);
  cv::RNG random(3);
  random.fill(photo, cv::RNG::UNIFORM, 0, 40);
  photo.colRange(size.width / 2, size.width) += cv::Scalar(60, 120, 90);
  return photo;
}

TEST(LlflowEnhancer, LeavesFloatsInRangeAndTheSizeOfThePhoto) {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 5), cv::Size(16, 16), cv::Size(50, 33)}) {
    const cv::Mat photo = enhanced(uneven_noise(size));
    EXPECT_EQ(photo.size(), size);
    EXPECT_TRUE(cv::checkRange(photo, true, nullptr, 0, 255.0001));
  }
}

TEST(LlflowEnhancer, SeesThePhotoInEightBits) {
  const cv::Mat photo = uneven_noise({40, 24});
  Pixels pixels(testing::as_floats(photo) + cv::Scalar::all(0.3));
  make_llflow(testing::tiny_llflow(), 1 << 16, kLlflowMargin)->apply(pixels);
  EXPECT_EQ(cv::norm(pixels.floats(), enhanced(photo), cv::NORM_INF), 0);
}

TEST(LlflowEnhancer, TilesShowNoSeamAndKnowTheWholePhotosHistogram) {
  const cv::Mat photo = uneven_noise({300, 220});
  const cv::Mat whole = enhanced(photo);
  for (const int tile : {64, 100, 200}) {
    EXPECT_LT(cv::norm(enhanced(photo, tile), whole, cv::NORM_INF), 1) << tile;
  }
  // Without a margin there would be one.
  EXPECT_GT(cv::norm(enhanced(photo, 100, 0), whole, cv::NORM_INF), 1);
}

TEST(LlflowEnhancer, RunsWithTheWeightsInTheProgramAloneAndInChains) {
  const cv::Mat photo = uneven_noise({48, 32}) * 0.2;
  const double before = cv::mean(cv::mean(photo))[0];
  for (const char* chain : {"llflow", "gaussian+llflow(tile=64)"}) {
    const cv::Mat bright = testing::enhanced_bytes(photo, chain);
    EXPECT_GT(cv::mean(cv::mean(bright))[0], 2 * before) << chain;
  }
}

}  // namespace
}  // namespace everyface
