// What the tests of detect/ share: photos, and OpenCV on one thread.
#pragma once

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <string>

#include "everyface/image/photo.h"
#include "tests/testing.h"

namespace everyface::testing {

/// A photo of ../shared/data.
inline cv::Mat shared_photo(const std::string& name) {
  auto photo = load_photo(shared_folder() / "data" / name);
  EXPECT_TRUE(photo) << (photo ? "" : photo.error().message);
  return photo ? photo->pixels : cv::Mat();
}

/// OpenCV on one thread, as batches run it: a thread a photo. (The thread sanitizer does not see
/// how OpenCV's own threads wait for each other either.)
class OneThreadTest : public ::testing::Test {
 protected:
  void SetUp() override { cv::setNumThreads(1); }
  void TearDown() override { cv::setNumThreads(-1); }
};

}  // namespace everyface::testing
