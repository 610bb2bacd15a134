// OpenCV's cascades (Viola and Jones 2001, "Rapid object detection using a boosted cascade of
// simple features"), as Debian's opencv-data carries them.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <string>

#include "detect/decode.h"
#include "detect/face_model.h"

namespace everyface {
namespace {

namespace fs = std::filesystem;

class Cascade final : public FaceModel {
 public:
  explicit Cascade(const cv::CascadeClassifier& classifier) : classifier_(classifier) {}

  void find(const cv::Mat& bgr, double min_score, std::vector<Face>& faces) override {
    cv::cvtColor(bgr, grey_, cv::COLOR_BGR2GRAY);
    constexpr double kScaleFactor = 1.1;   // OpenCV's default
    constexpr int kLeastNeighbours = 1;    // OpenCV keeps boxes with more; its default is 3
    constexpr double kHalfNeighbours = 4;  // neighbours of score 1/2: the fewest OpenCV keeps
    classifier_.detectMultiScale(grey_, boxes_, neighbours_, kScaleFactor, kLeastNeighbours);
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const cv::Rect2d box = boxes_[i];
      add_candidate({box.x, box.y, box.x + box.width, box.y + box.height},
                    neighbours_[i] / (neighbours_[i] + kHalfNeighbours), std::nullopt, min_score,
                    faces);
    }
  }

  /// OpenCV has already grouped the boxes.
  [[nodiscard]] double nms_iou() const override { return 1; }
  /// It searches at all sizes itself.
  [[nodiscard]] int largest_face_px() const override { return std::numeric_limits<int>::max(); }

 private:
  cv::CascadeClassifier classifier_;
  cv::Mat grey_;
  std::vector<cv::Rect> boxes_;
  std::vector<int> neighbours_;
};

FaceModelResult make_cascade(const std::string& detector) {
  const auto path = cascade_file(detector);
  if (!path) {
    return path.error();
  }
  std::string why = "not a cascade";
  try {
    cv::CascadeClassifier classifier;
    if (classifier.load(path->string())) {
      return std::unique_ptr<FaceModel>(std::make_unique<Cascade>(classifier));
    }
  } catch (const cv::Exception& problem) {
    why = problem.err;
  }
  return Error{
      fmt::format("detector {}: OpenCV cannot read {}: {}; reinstall Debian's package opencv-data",
                  detector, path->string(), why)};
}

}  // namespace

Result<fs::path> cascade_file(std::string_view detector) {
  const bool haar = detector == "haar";
  // Not the "improved" LBP one: on LFW it finds a tenth fewer faces and takes as long.
  const fs::path file = haar ? "haarcascade_frontalface_default.xml" : "lbpcascade_frontalface.xml";
  fs::path path = fs::path("/usr/share/opencv4") / (haar ? "haarcascades" : "lbpcascades") / file;
  if (const char* set = std::getenv("EVERYFACE_CASCADES"); set != nullptr && *set != '\0') {
    path = fs::path(set) / file;
  }
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) {
    return Error{fmt::format(
        "detector {}: there is no cascade {}: install Debian's package opencv-data, or set "
        "EVERYFACE_CASCADES to the folder that holds {}",
        detector, path.string(), file.string())};
  }
  return path;
}

FaceModelResult make_haar(const ModelRegistry& /*models*/) { return make_cascade("haar"); }

FaceModelResult make_lbp(const ModelRegistry& /*models*/) { return make_cascade("lbp"); }

}  // namespace everyface
