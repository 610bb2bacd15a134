#include "everyface/recognize/quality.h"

#include <cmath>
#include <utility>
#include <vector>

namespace everyface {

FaceQuality::FaceQuality(Embedder embedder, Network network)
    : embedder_(std::move(embedder)), network_(std::move(network)) {}

Result<FaceQuality> FaceQuality::load(const ModelRegistry& models) {
  auto embedder = Embedder::load(models, "kin");
  if (!embedder) {
    return embedder.error();
  }
  auto network = Network::load(models, "gauge");
  if (!network) {
    return network.error();
  }
  return FaceQuality(*std::move(embedder), *std::move(network));
}

Result<double> FaceQuality::probability(const cv::Mat& bgr, const Landmarks& landmarks) {
  const auto crop = embedder_.align(bgr, landmarks);
  if (!crop) {
    return crop.error();
  }
  return of_crop(*crop);
}

Result<double> FaceQuality::of_crop(const cv::Mat& crop) {
  const std::vector<cv::Mat> outputs = network_.run(embedder_.blob_of(crop));
  if (outputs.size() != 1 || outputs[0].total() != 1) {
    return Error{"the network gauge does not answer with one number"};
  }
  return 1 / (1 + std::exp(-static_cast<double>(*outputs[0].ptr<float>())));
}

}  // namespace everyface
