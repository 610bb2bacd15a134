// What a detector's own file provides: candidates on one picture. Scales, tiles, gains and
// non-maximum suppression are the same for all and live in multi_pass.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"

namespace everyface {

class FaceModel {
 public:
  FaceModel() = default;
  FaceModel(const FaceModel&) = delete;
  FaceModel& operator=(const FaceModel&) = delete;
  virtual ~FaceModel() = default;

  /// Appends what the model takes for faces in a CV_8UC3 picture of at least one pixel: every
  /// candidate of at least `min_score`, before non-maximum suppression, in pixels of the picture,
  /// all numbers finite. Throws cv::Exception where the engine fails (no memory).
  virtual void find(const cv::Mat& bgr, double min_score, std::vector<Face>& faces) = 0;

  /// Suppresses candidates that overlap by more where DetectorOptions::nms_iou is 0.
  [[nodiscard]] virtual double nms_iou() const { return 0.4; }

  /// Longer side in pixels up to which faces are found: larger ones must be reduced first, or are
  /// missed, or come back in pieces.
  [[nodiscard]] virtual int largest_face_px() const = 0;
};

using FaceModelResult = Result<std::unique_ptr<FaceModel>>;

FaceModelResult make_haar(const ModelRegistry& models);
FaceModelResult make_lbp(const ModelRegistry& models);
/// Where the cascade of detector "haar" or "lbp" lies. Error: it is not there.
Result<std::filesystem::path> cascade_file(std::string_view detector);
FaceModelResult make_dusk(const ModelRegistry& models);
FaceModelResult make_yunet(const ModelRegistry& models);
FaceModelResult make_retinaface(const ModelRegistry& models);
FaceModelResult make_scrfd_500m(const ModelRegistry& models);
FaceModelResult make_scrfd_2_5g(const ModelRegistry& models);
FaceModelResult make_ultraface(const ModelRegistry& models);

}  // namespace everyface
