// Faces and registries for the tests of commons/.
#pragma once

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "everyface/image/photo.h"
#include "everyface/nn/registry.h"
#include "tests/testing.h"

namespace everyface::testing {

/// Eileen Collins (NASA, public domain), from Debian's python3-skimage: 512 × 512 pixels, a face of
/// about 100.
inline cv::Mat portrait() {
  return load_photo("/usr/lib/python3/dist-packages/skimage/data/astronaut.png").value().pixels;
}

/// The same scene with the photo's left half beside the whole, so that it shows her twice.
inline cv::Mat two_people(double second_scale = 1) {
  const cv::Mat one = portrait();
  cv::Mat other;
  cv::resize(one(cv::Rect(0, 0, 340, 512)), other, {}, second_scale, second_scale, cv::INTER_AREA);
  cv::Mat both(512, 512 + other.cols, CV_8UC3, cv::Scalar(90, 90, 90));
  one.copyTo(both(cv::Rect(0, 0, 512, 512)));
  other.copyTo(both(cv::Rect(512, 0, other.cols, other.rows)));
  return both;
}

/// No weights anywhere.
inline ModelRegistry no_models() {
  static const TemporaryFolder folder;
  return ModelRegistry::open(folder.path(), "").value();
}

inline ModelRegistry shared_models() {
  static const TemporaryFolder folder;
  return ModelRegistry::open(folder.path(), (shared_folder() / "models").string()).value();
}

}  // namespace everyface::testing
