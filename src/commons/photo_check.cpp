#include "everyface/commons/photo_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "commons/live_network.h"
#include "everyface/commons/brighten.h"
#include "everyface/nn/registry.h"

namespace everyface {
namespace {

/// People in the background are smaller than this part of the largest face and are not asked about.
constexpr double kSubjectPart = 0.5;
/// Part of the face's box that may lie outside the photo.
constexpr double kMostOutside = 0.1;

void keep_subjects(std::vector<Face>& faces) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Face& a, const Face& b) { return a.box.width() > b.box.width(); });
  const double least = faces.empty() ? 0 : kSubjectPart * faces.front().box.width();
  std::erase_if(faces, [least](const Face& face) { return face.box.width() < least; });
}

double squared_distance(const Face& face, const Point& point) {
  const double x = (face.box.x1 + face.box.x2) / 2 - point.x;
  const double y = (face.box.y1 + face.box.y2) / 2 - point.y;
  return x * x + y * y;
}

bool contains(const Box& box, const Point& point) {
  return point.x >= box.x1 && point.x <= box.x2 && point.y >= box.y1 && point.y <= box.y2;
}

/// The face pointed at; without pointing, the only one.
std::optional<std::size_t> choose(const std::vector<Face>& faces,
                                  const std::optional<Point>& pointed_at) {
  if (!pointed_at) {
    return faces.size() == 1 ? std::optional<std::size_t>(0) : std::nullopt;
  }
  std::optional<std::size_t> nearest;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (contains(faces[i].box, *pointed_at) &&
        (!nearest || squared_distance(faces[i], *pointed_at) <
                         squared_distance(faces[*nearest], *pointed_at))) {
      nearest = i;
    }
  }
  return nearest;
}

bool is_cut_off(const Box& box, cv::Size photo) {
  const Box whole{0, 0, static_cast<double>(photo.width), static_cast<double>(photo.height)};
  return intersection_area(box, whole) < (1 - kMostOutside) * box.area();
}

}  // namespace

std::string_view reason_code(CheckReason reason) {
  switch (reason) {
    case CheckReason::kNoFace:
      return "no-face";
    case CheckReason::kTooDark:
      return "too-dark";
    case CheckReason::kWhichFace:
      return "which-face";
    case CheckReason::kTooSmall:
      return "too-small";
    case CheckReason::kCutOff:
      return "cut-off";
    case CheckReason::kBlurred:
      return "blurred";
    case CheckReason::kDark:
      return "dark";
    case CheckReason::kMaybeScreen:
      return "maybe-screen";
  }
  return "unknown";
}

CheckAdvice reason_advice(CheckReason reason) {
  switch (reason) {
    case CheckReason::kWhichFace:
      return CheckAdvice::kAsk;
    case CheckReason::kDark:
    case CheckReason::kMaybeScreen:
      return CheckAdvice::kTell;
    default:
      return CheckAdvice::kRefuse;
  }
}

std::string reason_text(CheckReason reason) {
  switch (reason) {
    case CheckReason::kNoFace:
      return "We see no face in this photo. Look towards the camera, with nothing before your "
             "face.";
    case CheckReason::kTooDark:
      return "There is too little light to see a face. Turn towards a window or a lamp, hold the "
             "camera still, and take the photo again.";
    case CheckReason::kWhichFace:
      return "There is more than one face. Point at yours; the others will be blurred.";
    case CheckReason::kTooSmall:
      return fmt::format(
          "Your face is too small in this photo: fewer than {} pixels wide. Come closer, or cut "
          "away less when you save it.",
          kMinFaceWidth);
    case CheckReason::kCutOff:
      return "A part of your face is outside the photo. Move so that all of it is inside.";
    case CheckReason::kBlurred:
      return "Your face is blurred. Hold the camera still, let it focus on your face, and wipe the "
             "lens.";
    case CheckReason::kDark:
      return "The photo is dark, and it can be used as it is. Compare it with the brightened one "
             "and choose which of them is published.";
    case CheckReason::kMaybeScreen:
      return "This may be a picture of a screen or of a print. If it is, send the photo itself; if "
             "not, go on.";
  }
  return {};
}

bool PhotoCheck::has(CheckReason reason) const {
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

bool PhotoCheck::is_usable() const {
  return std::none_of(reasons.begin(), reasons.end(), [](CheckReason reason) {
    return reason_advice(reason) == CheckAdvice::kRefuse;
  });
}

bool PhotoCheck::is_accepted() const {
  return std::all_of(reasons.begin(), reasons.end(), [](CheckReason reason) {
    return reason_advice(reason) == CheckAdvice::kTell;
  });
}

Result<PhotoChecker> PhotoChecker::open(const ModelRegistry& models) {
  auto finder = FaceFinder::open(models);
  if (!finder) {
    return finder.error();
  }
  auto live = LiveNetwork::open_if_installed(models);
  if (!live) {
    return live.error();
  }
  return PhotoChecker(*std::move(finder), *std::move(live));
}

PhotoChecker::PhotoChecker(FaceFinder finder, std::unique_ptr<LiveNetwork> live)
    : finder_(std::move(finder)), live_(std::move(live)) {}
PhotoChecker::PhotoChecker(PhotoChecker&&) noexcept = default;
PhotoChecker& PhotoChecker::operator=(PhotoChecker&&) noexcept = default;
PhotoChecker::~PhotoChecker() = default;

PhotoCheck PhotoChecker::check(const cv::Mat& bgr, const std::optional<Point>& pointed_at) {
  PhotoCheck check;
  const bool dark = is_dark(bgr);
  check.faces = finder_.find(bgr);
  keep_subjects(check.faces);
  if (check.faces.empty()) {
    check.reasons.push_back(dark ? CheckReason::kTooDark : CheckReason::kNoFace);
    return check;
  }
  check.chosen = choose(check.faces, pointed_at);
  if (!check.chosen) {
    check.reasons.push_back(CheckReason::kWhichFace);
    return check;
  }
  const Face& face = check.faces[*check.chosen];
  check.measures = measure_face(bgr, face.box);
  if (live_ && !dark) {
    check.measures.live = live_->probability(bgr, face.box);
  }
  const FaceMeasures& measures = check.measures;
  if (is_cut_off(face.box, bgr.size())) {
    check.reasons.push_back(CheckReason::kCutOff);
  }
  if (measures.width_px < kMinFaceWidth) {
    check.reasons.push_back(CheckReason::kTooSmall);
  }
  if (measures.signal_to_noise < kMinSignalToNoise) {
    check.reasons.push_back(CheckReason::kTooDark);
  } else if (measures.sharpness < kMinSharpness) {
    check.reasons.push_back(CheckReason::kBlurred);
  }
  if (dark && check.is_usable()) {
    check.reasons.push_back(CheckReason::kDark);
  }
  if (measures.live && *measures.live < kMinLive) {
    check.reasons.push_back(CheckReason::kMaybeScreen);
  }
  return check;
}

}  // namespace everyface
