// The same photo again, or the same person under another account. What is found goes to moderators;
// nothing is refused by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"
#include "everyface/recognize/embedder.h"

namespace everyface {

/// 64 bits that change little when a photo is saved again, reduced or brightened.
using PerceptualHash = std::uint64_t;

/// Signs of the 64 lowest frequencies of the grey photo against their median (OpenCV's PHash;
/// Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"). Requires a
/// CV_8UC3 photo that is not empty.
PerceptualHash perceptual_hash(const cv::Mat& bgr);

/// Bits that differ, 0..64.
int hamming_distance(PerceptualHash a, PerceptualHash b);

/// At most as many bits differ between a photo and a copy of it; docs/intake.md says what that
/// finds and how often it is wrong.
inline constexpr int kSamePhotoBits = 8;

/// Templates of faces, for finding the same person under another account. One instance per thread.
class FaceMatcher {
 public:
  /// The first installed of the embedders whose licence lets a public site use them. Null where
  /// none is installed: then photos are compared, people are not. Error: the weights are damaged.
  static Result<std::unique_ptr<FaceMatcher>> open_if_installed(const ModelRegistry& models);

  /// Name of the embedder, kept beside each template: those of different ones cannot be compared.
  [[nodiscard]] const std::string& model() const { return model_; }

  /// Error (a failure to acquire): as Embedder::embed(), or a face without landmarks.
  Result<Template> make_template(const cv::Mat& bgr, const Face& face);

  /// Whether two templates of this model may be one person's. docs/intake.md has the rates.
  [[nodiscard]] bool may_be_same(const Template& a, const Template& b) const;
  /// The cosine from which on may_be_same() says so.
  [[nodiscard]] double least_cosine() const { return least_cosine_; }

 private:
  FaceMatcher(std::string model, double least_cosine, Embedder embedder);

  std::string model_;
  double least_cosine_;
  Embedder embedder_;
};

/// A template as bytes for the vault, and back. Error: not such bytes.
std::string template_bytes(const Template& face);
Result<Template> read_template(std::string_view bytes);

}  // namespace everyface
