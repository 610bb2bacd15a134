// Face detectors: a photo in, boxes with scores (and landmarks where the model has them) out.
#pragma once

#include <array>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/box.h"
#include "everyface/base/result.h"

namespace everyface {

class ModelRegistry;

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

/// Eyes from left to right in the picture, nose, mouth corners from left to right, in pixels.
using Landmarks = std::array<Point, 5>;

struct Face {
  Box box;           ///< in pixels of the photo given; may reach beyond its border
  double score = 0;  ///< 0..1, higher is surer; comparable within one detector only
  std::optional<Landmarks> landmarks;
};

struct DetectorOptions {
  double min_score = 0.3;  ///< faces with a lower score are not returned
  double nms_iou = 0;      ///< boxes overlapping a better one by more are dropped; 0: the model's
  double scale = 1;        ///< the photo is enlarged (or reduced) by this before detection
  int tile_px = 0;         ///< not 0: detect in overlapping tiles of this side, merge the boxes
  int max_faces = 1000;    ///< per photo, the best kept
};

/// A detector with its options set. May hold a network and buffers: one instance per thread.
class Detector {
 public:
  Detector() = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;
  virtual ~Detector() = default;

  /// The faces in a CV_8UC3 photo (blue, green, red) of any size, best first; equal scores in a
  /// fixed order. Not const: networks keep buffers.
  virtual std::vector<Face> detect(const cv::Mat& bgr) = 0;
};

/// What --detector may name.
struct DetectorInfo {
  std::string name;
  std::string summary;
  std::string model;  ///< registry name of its weights; empty: needs none from the registry
  bool has_landmarks = false;
};

/// Every detector, in the order of the documentation; "fusion" is among them with its own syntax.
const std::vector<DetectorInfo>& detectors();

/// A detector's text, understood: "yunet", or "fusion(yunet;gains=1,4,16)".
class DetectorSpec {
 public:
  /// Errors name the part that is wrong and what may stand there.
  static Result<DetectorSpec> parse(std::string_view text);
  /// The one way to write it; parse(name()) gives the same.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Registry name of the weights; empty: none needed.
  [[nodiscard]] const std::string& model() const { return model_; }
  /// Error: the weights are missing or damaged (with the command that fetches them).
  Result<std::unique_ptr<Detector>> make(const DetectorOptions& options,
                                         const ModelRegistry& models) const;

 private:
  std::string name_;
  std::string base_;
  std::string model_;
  std::vector<double> gains_;  // not empty: fusion
};

/// Detectors separated by commas outside parentheses: "yunet,fusion(yunet;gains=1,4,16)".
Result<std::vector<DetectorSpec>> parse_detectors(std::string_view text);

}  // namespace everyface
