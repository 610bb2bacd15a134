// "Try it": what brightening does to a photo, and to who is found in it. Nothing is stored.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "everyface/commons/face_finder.h"

namespace everyface {

/// Longer side of the two pictures.
inline constexpr int kTrySide = 1600;

struct TriedPhoto {
  int width = 0;  ///< of both pictures
  int height = 0;
  std::string before;              ///< JPEG
  std::string after;               ///< JPEG of the brightened photo
  std::vector<Face> faces_before;  ///< boxes in pixels of the pictures, surest first
  std::vector<Face> faces_after;
};

/// Reduces a CV_8UC3 photo, brightens it as brightened() does, and searches both for faces, each as
/// it is shown.
TriedPhoto try_photo(const cv::Mat& bgr, FaceFinder& finder, const ModelRegistry& models);

}  // namespace everyface
