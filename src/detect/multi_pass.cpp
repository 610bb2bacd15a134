#include "detect/multi_pass.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "detect/passes.h"
#include "everyface/detect/nms.h"

namespace everyface {
namespace {

class MultiPass final : public Detector {
 public:
  MultiPass(std::unique_ptr<FaceModel> model, const DetectorOptions& options,
            std::vector<double> gains)
      : model_(std::move(model)), options_(options), gains_(std::move(gains)) {}

  std::vector<Face> detect(const cv::Mat& bgr) override {
    if (bgr.empty()) {
      return {};
    }
    CV_Assert(bgr.type() == CV_8UC3);
    const auto most = static_cast<std::size_t>(options_.max_faces);
    const double iou = options_.nms_iou > 0 ? options_.nms_iou : model_->nms_iou();
    const std::vector<Pass> passes =
        plan_passes(bgr.size(), options_.scale, options_.tile_px, model_->largest_face_px());
    std::vector<Found> all;
    for (const Pass& pass : passes) {
      const cv::Mat picture = resized(bgr, pass);
      for (const double gain : gains_) {
        candidates_.clear();
        model_->find(brightened(picture, gain), options_.min_score, candidates_);
        std::erase_if(candidates_, [&](const Face& face) {
          return !meets(face.box, picture.size()) || pass.cuts(face.box);
        });
        candidates_ = suppress_overlaps(std::move(candidates_), iou, most);
        for (Face& face : candidates_) {
          to_photo(pass, face);
          all.push_back({face, std::max(pass.per_x(), pass.per_y())});
        }
      }
    }
    std::vector<Face> found = whole_faces(all);
    if (passes.size() * gains_.size() == 1) {
      return found;
    }
    // Here a face is found several times even by a model that finds it once in a picture.
    constexpr double kMergeIou = 0.4;
    const bool grouped = options_.nms_iou == 0 && iou >= 1;
    return suppress_overlaps(std::move(found), grouped ? kMergeIou : iou, most);
  }

 private:
  /// A face, and how many pixels of the photo were one of the picture that it was found in.
  struct Found {
    Face face;
    double reduction = 1;
  };

  /// Without the pieces of faces: what lies in a face that was found in a more reduced picture and
  /// is too large for the less reduced one.
  [[nodiscard]] std::vector<Face> whole_faces(const std::vector<Found>& all) const {
    constexpr double kInside = 0.75;
    constexpr double kSure = 0.5;
    std::vector<Face> faces;
    for (const Found& one : all) {
      const double too_large = one.reduction * model_->largest_face_px();
      const bool piece = std::any_of(all.begin(), all.end(), [&](const Found& whole) {
        const Box& box = whole.face.box;
        return whole.reduction > one.reduction && whole.face.score >= kSure &&
               std::max(box.width(), box.height()) > too_large &&
               intersection_area(box, one.face.box) > kInside * one.face.box.area();
      });
      if (!piece) {
        faces.push_back(one.face);
      }
    }
    return faces;
  }

  /// Whether a part of the box, in finite numbers and with an area, lies in the picture: networks
  /// see black beside it, and find faces there at times.
  static bool meets(const Box& box, cv::Size picture) {
    return std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) &&
           std::isfinite(box.y2) && box.width() > 0 && box.height() > 0 && box.x2 > 0 &&
           box.y2 > 0 && box.x1 < picture.width && box.y1 < picture.height;
  }

  static cv::Mat resized(const cv::Mat& bgr, const Pass& pass) {
    if (pass.size == pass.region.size()) {
      return bgr(pass.region);
    }
    cv::Mat picture;
    const bool reduced = pass.size.width < pass.region.width;
    cv::resize(bgr(pass.region), picture, pass.size, 0, 0,
               reduced ? cv::INTER_AREA : cv::INTER_LINEAR);
    return picture;
  }

  const cv::Mat& brightened(const cv::Mat& picture, double gain) {
    if (gain == 1) {
      return picture;
    }
    picture.convertTo(brightened_, CV_8U, gain);
    return brightened_;
  }

  static void to_photo(const Pass& pass, Face& face) {
    const auto place = [&](double& x, double& y) {
      x = pass.region.x + x * pass.per_x();
      y = pass.region.y + y * pass.per_y();
    };
    place(face.box.x1, face.box.y1);
    place(face.box.x2, face.box.y2);
    if (face.landmarks) {
      for (Point& point : *face.landmarks) {
        place(point.x, point.y);
      }
    }
  }

  std::unique_ptr<FaceModel> model_;
  DetectorOptions options_;
  std::vector<double> gains_;
  std::vector<Face> candidates_;
  cv::Mat brightened_;
};

}  // namespace

std::unique_ptr<Detector> make_multi_pass(std::unique_ptr<FaceModel> model,
                                          const DetectorOptions& options,
                                          std::vector<double> gains) {
  return std::make_unique<MultiPass>(std::move(model), options, std::move(gains));
}

}  // namespace everyface
