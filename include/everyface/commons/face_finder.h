// Everybody in a contributed photo, of any size, in light and in the dark.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"
#include "everyface/enhance/enhancer.h"

namespace everyface {

/// The best detector whose weights are installed and whose licence lets a public site use them:
/// yunet, retinaface (docs/findings.md compares them); else dusk, which ships with the program.
///
/// The photo is searched reduced to several sizes, so that faces from a few pixels to the whole
/// photo are found, and each size as it is and again with its noise taken away and brightened:
/// noise is what hides faces in the dark, and it hides darker skin first. The blur of the second
/// pass suits the faces of its size. One instance per thread.
class FaceFinder {
 public:
  /// Error: weights that are installed are damaged.
  static Result<FaceFinder> open(const ModelRegistry& models);

  /// Name of the detector.
  [[nodiscard]] const std::string& detector() const { return name_; }

  /// Faces that somebody would call the subject of the photo, surest first: score 0.5 or more, of
  /// about 1 % of the photo's longer side and up. Boxes are in pixels of the
  /// photo (CV_8UC3).
  std::vector<Face> find(const cv::Mat& bgr);

  /// Everybody who might be recognised: searched larger too, and with a score of 0.3 or more,
  /// because blurring a tree costs less than publishing a passer-by.
  std::vector<Face> find_everybody(const cv::Mat& bgr);

  /// As find(), but in the photo as it is only, for showing what brightening changes.
  std::vector<Face> find_unbrightened(const cv::Mat& bgr);

 private:
  struct Pass {
    int side = 0;  ///< the photo is reduced to it
    std::vector<std::unique_ptr<Enhancer>> brighten;
  };
  enum class Light { kAsItIs, kBoth };

  FaceFinder() = default;
  std::vector<Face> search(const cv::Mat& bgr, int largest_side, double min_score, Light light);

  std::string name_;
  std::unique_ptr<Detector> finder_;
  std::vector<Pass> passes_;  // from small to large
};

}  // namespace everyface
