// Whether a face stands before the camera or on a screen or a print.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>

#include "everyface/commons/photo_check.h"
#include "everyface/nn/network.h"

namespace everyface {

/// MiniFASNetV2 (registry name minifasnet-v2): 80 × 80 pixels of the face's box enlarged 2.7 times,
/// three classes out, of which the second is a live face.
class PhotoChecker::LiveNetwork {
 public:
  /// Null where the weights are not installed. Error: they are damaged.
  static Result<std::unique_ptr<LiveNetwork>> open_if_installed(const ModelRegistry& models);

  /// 0..1. Requires a box with area.
  double probability(const cv::Mat& bgr, const Box& face);

 private:
  explicit LiveNetwork(Network network) : network_(std::move(network)) {}
  Network network_;
};

}  // namespace everyface
