#include "everyface/commons/face_finder.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "everyface/commons/jpeg.h"
#include "everyface/detect/nms.h"
#include "everyface/image/pixels.h"
#include "everyface/nn/registry.h"

namespace everyface {
namespace {

constexpr double kSureScore = 0.5;
constexpr double kAnyScore = 0.3;
constexpr double kSameFaceIou = 0.4;
constexpr int kSubjectSide = 1280;

/// Sides to search at, and what takes the noise away and brightens before the second look. A
/// reduced photo of a person has a face of about 100 pixels, which a blur of 2.5 suits; in larger
/// ones faces of 20 pixels matter too, which it would destroy.
constexpr std::array<std::pair<int, const char*>, 3> kPasses = {{
    {400, "gaussian(sigma=2.5)+gain"},
    {kSubjectSide, "gaussian(sigma=1)+gain"},
    {2560, "gaussian(sigma=1)+gain"},
}};

constexpr std::array<const char*, 2> kPreferred = {"yunet", "retinaface"};
constexpr const char* kShipped = "dusk";

std::string best_installed(const ModelRegistry& models) {
  for (const char* name : kPreferred) {
    const auto spec = DetectorSpec::parse(name);
    const auto entry = models.find(spec->model());
    if (entry && models.status(*entry).state != ModelRegistry::State::kAbsent) {
      return name;
    }
  }
  return kShipped;
}

void scale_face(Face& face, double factor) {
  for (double* value : {&face.box.x1, &face.box.y1, &face.box.x2, &face.box.y2}) {
    *value *= factor;
  }
  if (face.landmarks) {
    for (Point& point : *face.landmarks) {
      point.x *= factor;
      point.y *= factor;
    }
  }
}

}  // namespace

Result<FaceFinder> FaceFinder::open(const ModelRegistry& models) {
  FaceFinder finder;
  finder.name_ = best_installed(models);
  DetectorOptions options;
  options.min_score = kAnyScore;
  auto made = DetectorSpec::parse(finder.name_)->make(options, models);
  if (!made) {
    return made.error();
  }
  finder.finder_ = *std::move(made);
  for (const auto& [side, chain] : kPasses) {
    auto brighten = Chain::parse(chain)->make(models);
    if (!brighten) {
      return brighten.error();
    }
    finder.passes_.push_back({side, *std::move(brighten)});
  }
  return finder;
}

std::vector<Face> FaceFinder::search(const cv::Mat& bgr, int largest_side, double min_score,
                                     Light light) {
  std::vector<Face> found;
  const int longer = std::max(bgr.cols, bgr.rows);
  for (Pass& pass : passes_) {
    const cv::Mat reduced = reduced_to(bgr, pass.side);
    std::vector<Face> faces = finder_->detect(reduced);
    if (light == Light::kBoth) {
      Pixels pixels(reduced);
      for (const auto& method : pass.brighten) {
        method->apply(pixels);
      }
      const std::vector<Face> more = finder_->detect(pixels.bytes());
      faces.insert(faces.end(), more.begin(), more.end());
    }
    for (Face& face : faces) {
      if (face.score >= min_score) {
        scale_face(face, static_cast<double>(bgr.cols) / reduced.cols);
        found.push_back(face);
      }
    }
    if (pass.side >= std::min(longer, largest_side)) {
      break;
    }
  }
  return suppress_overlaps(std::move(found), kSameFaceIou, std::numeric_limits<std::size_t>::max());
}

std::vector<Face> FaceFinder::find(const cv::Mat& bgr) {
  return search(bgr, kSubjectSide, kSureScore, Light::kBoth);
}

std::vector<Face> FaceFinder::find_everybody(const cv::Mat& bgr) {
  return search(bgr, kPasses.back().first, kAnyScore, Light::kBoth);
}

std::vector<Face> FaceFinder::find_unbrightened(const cv::Mat& bgr) {
  return search(bgr, kSubjectSide, kSureScore, Light::kAsItIs);
}

}  // namespace everyface
