// How well a face can be recognised, before anybody is compared.
#pragma once

#include <opencv2/core/mat.hpp>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"
#include "everyface/nn/network.h"
#include "everyface/nn/registry.h"
#include "everyface/recognize/embedder.h"

namespace everyface {

/// Light, noise, blur, size and pose in one number, by a small network (models/gauge.md) that ships
/// with the program. It has learned from what became of templates and knows of no group of people;
/// its card says how far groups differ. One instance per thread.
class FaceQuality {
 public:
  /// Errors: as Network::load().
  static Result<FaceQuality> load(const ModelRegistry& models);

  /// The probability, 0..1, that a template of the face with these landmarks, made by `kin`, is
  /// matched (at FMR 0.1 %) with one of the same face in good light. `bgr`: CV_8UC3. Errors: as
  /// Embedder::align().
  Result<double> probability(const cv::Mat& bgr, const Landmarks& landmarks);

  /// Of the crop of 112 × 112 pixels that `kin` sees.
  Result<double> of_crop(const cv::Mat& crop);

 private:
  FaceQuality(Embedder embedder, Network network);

  Embedder embedder_;
  Network network_;
};

}  // namespace everyface
