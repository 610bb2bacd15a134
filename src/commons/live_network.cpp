#include "commons/live_network.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "everyface/nn/registry.h"

namespace everyface {
namespace {

constexpr const char* kModel = "minifasnet-v2";
constexpr double kEnlarged = 2.7;
constexpr int kSide = 80;

/// The box enlarged about its middle: less where the photo is too small for it, and moved inside.
cv::Rect surroundings(const Box& face, cv::Size photo) {
  const double scale =
      std::min({kEnlarged, (photo.width - 1) / face.width(), (photo.height - 1) / face.height()});
  const double width = scale * face.width();
  const double height = scale * face.height();
  const double left = std::clamp((face.x1 + face.x2 - width) / 2, 0.0, photo.width - 1 - width);
  const double top = std::clamp((face.y1 + face.y2 - height) / 2, 0.0, photo.height - 1 - height);
  return cv::Rect(static_cast<int>(left), static_cast<int>(top), static_cast<int>(width) + 1,
                  static_cast<int>(height) + 1) &
         cv::Rect({0, 0}, photo);
}

}  // namespace

Result<std::unique_ptr<PhotoChecker::LiveNetwork>> PhotoChecker::LiveNetwork::open_if_installed(
    const ModelRegistry& models) {
  const auto entry = models.find(kModel);
  if (!entry || models.status(*entry).state == ModelRegistry::State::kAbsent) {
    return std::unique_ptr<LiveNetwork>();
  }
  auto network = Network::load(models, kModel);
  if (!network) {
    return network.error();
  }
  return std::unique_ptr<LiveNetwork>(new LiveNetwork(*std::move(network)));
}

double PhotoChecker::LiveNetwork::probability(const cv::Mat& bgr, const Box& face) {
  cv::Mat crop;
  cv::resize(bgr(surroundings(face, bgr.size())), crop, cv::Size(kSide, kSide));
  const cv::Mat scores = network_.run(to_blob(crop, {})).front().reshape(1, 1);
  cv::Mat raised;
  double highest = 0;
  cv::minMaxLoc(scores, nullptr, &highest);
  cv::exp(scores - highest, raised);
  constexpr int kLive = 1;
  return static_cast<double>(raised.at<float>(kLive)) / cv::sum(raised)[0];
}

}  // namespace everyface
