// The copy of a photo that is published: only the person who consented can be recognised in it.
#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/detect/detector.h"

namespace everyface {

/// The photo with every face blurred but the chosen one. `everybody` are the faces that
/// FaceFinder::find_everybody() found; those that are the chosen one (IoU of 0.3 or more with
/// `chosen`) are left as they are, as is the chosen box where a blurred one reaches into it.
///
/// A blurred face keeps a colour gradient and nothing else: an ellipse 1.7 times as large as its
/// box is averaged to 3 × 3 values and smoothed, so that neither a person nor a network trained on
/// pixelated faces (McPherson, Shokri, Shmatikov 2016, "Defeating image obfuscation with deep
/// learning", arXiv 1609.00408) has anything left to go by. It cannot be undone: the values are
/// gone from the copy.
cv::Mat publishable(const cv::Mat& bgr, const Box& chosen, const std::vector<Face>& everybody);

}  // namespace everyface
