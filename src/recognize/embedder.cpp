#include "everyface/recognize/embedder.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>

#include "everyface/base/text.h"
#include "everyface/recognize/align.h"

namespace everyface {
namespace {

/// Divides by the length; false where the vector has none (or is not finite).
bool make_unit(Template& vector) {
  double squares = 0;
  for (const float value : vector) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const double length = std::sqrt(squares);
  if (!std::isfinite(length) || length < 1e-12) {
    return false;
  }
  for (float& value : vector) {
    value = static_cast<float>(static_cast<double>(value) / length);
  }
  return true;
}

BlobOptions blob_options(const EmbedContract& contract) {
  BlobOptions options;
  options.rgb = contract.rgb;
  for (std::size_t i = 0; i < 3; ++i) {
    options.mean[i] = static_cast<float>(contract.mean[i]);
    options.scale[i] = static_cast<float>(1 / contract.std[i]);
  }
  options.width = contract.width;
  options.height = contract.height;
  return options;
}

}  // namespace

Embedder::Embedder(EmbedContract contract, bool flip, Network network)
    : contract_(std::move(contract)), flip_(flip), network_(std::move(network)) {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    points_[i] = {contract_.points[i][0], contract_.points[i][1]};
  }
}

Result<Embedder> Embedder::load(const ModelRegistry& models, std::string_view name, bool flip) {
  const std::vector<std::string> known = embedder_names(models);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::string near = nearest(name, known);
    return Error{"no embedder \"" + std::string(name) + "\"" +
                 (near.empty() ? "" : ", did you mean " + near + "?") + "; the embedders are " +
                 join(known, ", ")};
  }
  auto network = Network::load(models, name);
  if (!network) {
    return network.error();
  }
  return Embedder(*models.find(name)->embed, flip, std::move(*network));
}

Result<cv::Mat> Embedder::align(const cv::Mat& bgr, const Landmarks& landmarks) const {
  const auto transform = similarity_transform(landmarks, points_);
  if (!transform) {
    return Error{"the landmarks do not span a face"};
  }
  return warp_face(bgr, *transform, contract_.width, contract_.height);
}

Result<Template> Embedder::embed(const cv::Mat& bgr, const Landmarks& landmarks) {
  const auto crop = align(bgr, landmarks);
  if (!crop) {
    return crop.error();
  }
  return embed_crop(*crop);
}

cv::Mat Embedder::blob_of(const cv::Mat& crop) const {
  return to_blob(contract_.logarithms ? look_up(crop, logarithms_of_levels()) : crop,
                 blob_options(contract_));
}

Result<Template> Embedder::embed_crop(const cv::Mat& crop) {
  Template sum(contract_.dimensions, 0);
  for (const bool mirrored : {false, true}) {
    if (mirrored && !flip_) {
      break;
    }
    cv::Mat seen = crop;
    if (mirrored) {
      cv::flip(crop, seen, 1);
    }
    const std::vector<cv::Mat> outputs = network_.run(blob_of(seen));
    if (outputs.size() != 1 || outputs[0].total() != sum.size()) {
      return Error{"the network's output is not a vector of " + std::to_string(sum.size()) +
                   " numbers, as its manifest entry states"};
    }
    const auto* values = outputs[0].ptr<float>();
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += values[i];
    }
  }
  if (!make_unit(sum)) {
    return Error{"the network's vector has no direction"};
  }
  return sum;
}

std::vector<std::string> embedder_names(const ModelRegistry& models) {
  std::vector<std::string> names;
  for (const ModelEntry& entry : models.entries()) {
    if (entry.embed) {
      names.push_back(entry.name);
    }
  }
  return names;
}

}  // namespace everyface
