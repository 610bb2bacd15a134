// From a face to its template: a vector of unit length that is near those of the same person.
#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"
#include "everyface/nn/network.h"
#include "everyface/nn/registry.h"

namespace everyface {

/// A face of unit length; the cosine of two is their inner product, -1..1, higher for people who
/// look alike. Comparable within one model and one choice of flip averaging only.
using Template = std::vector<float>;

/// An embedding network by the contract that its manifest entry states. One instance per thread.
class Embedder {
 public:
  /// `flip`: the network also sees the mirrored crop, and the template is the sum of both vectors
  /// (at twice the time). Errors: no such model (with the nearest embedder), not an embedder, or as
  /// Network::load().
  static Result<Embedder> load(const ModelRegistry& models, std::string_view name,
                               bool flip = false);

  /// The template of the face with these landmarks in a CV_8UC3 photo (blue, green, red). Errors
  /// (failures to acquire): the landmarks have no similarity transform to the model's points, or
  /// the network's vector has no direction.
  Result<Template> embed(const cv::Mat& bgr, const Landmarks& landmarks);

  /// The crop that embed() would hand to the network.
  [[nodiscard]] Result<cv::Mat> align(const cv::Mat& bgr, const Landmarks& landmarks) const;

  /// The template of a crop of the model's size.
  Result<Template> embed_crop(const cv::Mat& crop);

  /// What the network sees of a crop.
  [[nodiscard]] cv::Mat blob_of(const cv::Mat& crop) const;

  [[nodiscard]] std::size_t dimensions() const { return contract_.dimensions; }

 private:
  Embedder(EmbedContract contract, bool flip, Network network);

  EmbedContract contract_;
  Landmarks points_;
  bool flip_;
  Network network_;
};

/// The registry's embedders, in its order.
std::vector<std::string> embedder_names(const ModelRegistry& models);

}  // namespace everyface
