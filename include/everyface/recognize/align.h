// From a face in a photo to the crop that an embedder was trained on.
#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <optional>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/base/result.h"
#include "everyface/detect/detector.h"

namespace everyface {

/// The similarity transform (rotation, one scale, translation; no reflection) that takes `from` to
/// `to` with the least sum of squared distances: Umeyama 1991, "Least-squares estimation of
/// transformation parameters between two point patterns". As a 2 × 3 matrix: (x, y, 1) of `from` to
/// (x, y) of `to`. None where it is not determined or no face has it: coordinates that are not
/// finite, all points of `from` in one place, a fit without scale.
std::optional<cv::Matx23d> similarity_transform(const Landmarks& from, const Landmarks& to);

/// The photo (any type of pixels that OpenCV warps) through a transform into a crop of width ×
/// height pixels: bilinear, black where the crop reaches beyond the photo.
cv::Mat warp_face(const cv::Mat& photo, const cv::Matx23d& transform, int width, int height);

/// The face of a photo that shows one person: of the faces with at least `min_score` and with
/// landmarks
/// - with a labelled box: the one that overlaps it most, if its IoU is at least 0.3 (detectors draw
///   boxes tighter or wider than labels);
/// - without: the largest one that covers the photo's centre.
/// The error says why there is none, which is what a failure to acquire is reported with.
Result<Face> choose_face(const std::vector<Face>& faces, cv::Size photo,
                         const std::optional<Box>& label, double min_score);

/// A face found on a photo with a border of `pad_px` added: its landmarks on the photo without.
Landmarks without_padding(const Landmarks& landmarks, int pad_px);

}  // namespace everyface
