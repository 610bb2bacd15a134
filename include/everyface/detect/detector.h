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
  /// 0..1; faces with a lower score are not returned. A cascade's score is n / (n + 4) for a box
  /// with n neighbours, at least 2: 0.5 is where OpenCV's default (minNeighbors = 3) begins.
  double min_score = 0.3;

  /// 0..1; boxes overlapping a better one by more are dropped. 0: the model's own (0.4; 0.3 for
  /// ultraface; none for the cascades, whose boxes OpenCV has grouped, except across tiles, scales
  /// and gains, where it is 0.4).
  double nms_iou = 0;

  /// 0.01..16; the photo is enlarged (bilinear) or reduced (by area) by this before detection.
  double scale = 1;

  /// 64..4096, or 0 for none: the (scaled) photo is searched in square tiles of this side that
  /// overlap by at least a quarter, where it does not fit in one; then again reduced by 4, 16, …
  /// until it fits in one tile, so that faces larger than the overlap are whole somewhere. Faces
  /// that come within a 32nd of a tile's side of a border where the photo goes on are dropped (the
  /// neighbouring tile, or the reduced photo, has them whole), the rest merged by non-maximum
  /// suppression. So is a photo that is so large that its faces may be larger than the model knows
  /// (a side above 640 px for dusk, 1280 px for other networks). A photo with a (scaled) side above
  /// 4096 px is always tiled, by 2048 px where nothing else is asked for, which bounds memory: at
  /// most about 1.3 GB for each detector.
  int tile_px = 0;

  int max_faces = 1000;  ///< per photo, the best kept; at least 1
};

/// A detector with its options set. May hold a network and buffers: one instance per thread.
class Detector {
 public:
  Detector() = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;
  virtual ~Detector() = default;

  /// The faces in a CV_8UC3 photo (blue, green, red) of any size, best first; equal scores in a
  /// fixed order (by left, top, right, bottom edge). Every number is finite. An empty photo has
  /// none. Not const: networks keep buffers. Throws cv::Exception for other types of pixels and
  /// where the engine runs out of memory.
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
///
/// Fusion runs the detector on the photo multiplied by each gain (rounded and clipped to 8 bits)
/// and keeps of overlapping boxes the one with the best score. One to eight different gains, 0.01
/// to 256; "fusion(yunet)" takes 1, 4 and 16.
class DetectorSpec {
 public:
  /// Blanks around the parts are ignored. Errors name the part that is wrong and what may stand
  /// there: unknown detector (with the nearest known name), malformed parentheses, gains that are
  /// no numbers, out of range or given twice, a fusion of a fusion.
  static Result<DetectorSpec> parse(std::string_view text);
  /// The one way to write it: no blanks, gains always given, in rising order, as the shortest
  /// numbers. parse(name()) gives the same.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Registry name of the weights; empty: none needed.
  [[nodiscard]] const std::string& model() const { return model_; }
  /// Errors: an option is out of its range; the weights are missing or damaged (with the command
  /// that fetches them), or a cascade is (with the Debian package that has it).
  [[nodiscard]] Result<std::unique_ptr<Detector>> make(const DetectorOptions& options,
                                                       const ModelRegistry& models) const;
  /// SHA-256 of the weights by the registry, or of the cascade's file; "-" where there are none.
  [[nodiscard]] std::string weights_sha256(const ModelRegistry& models) const;
  /// Whether its faces come with landmarks (a fusion's as its detector's do).
  [[nodiscard]] bool has_landmarks() const;

 private:
  std::string name_;
  std::string base_;
  std::string model_;
  std::vector<double> gains_;  // not empty: fusion
};

/// Detectors separated by commas outside parentheses: "yunet,fusion(yunet;gains=1,4,16)". Errors:
/// as parse(), none given, one given twice.
Result<std::vector<DetectorSpec>> parse_detectors(std::string_view text);

}  // namespace everyface
