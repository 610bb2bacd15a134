// What the detectors that are networks share: the photo padded, the network run, its outputs handed
// to a decoder.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detect/face_model.h"
#include "everyface/nn/network.h"

namespace everyface {

struct NetworkContract {
  std::string_view model;  ///< registry name
  /// What the network takes in place of each grey level, before `blob` is applied; null: the level.
  const std::array<float, 256>* levels = nullptr;
  BlobOptions blob;
  /// Both sides are padded with black to a multiple, and to 64 pixels at least, on the right and
  /// bottom.
  int unit_px = 32;
  std::vector<std::string> outputs;  ///< empty: all, in the network's order
  double nms_iou = 0.4;
  int largest_face_px = 512;
  void (*decode)(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                 std::vector<Face>& faces);
};

/// Loads the contract's network. Errors: as Network::load().
FaceModelResult make_network_model(const NetworkContract& contract, const ModelRegistry& models);

}  // namespace everyface
