#include "everyface/commons/duplicates.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <opencv2/img_hash/phash.hpp>
#include <utility>

#include "everyface/nn/registry.h"

namespace everyface {
namespace {

struct KnownEmbedder {
  const char* model;
  double least_cosine;  ///< docs/intake.md has the rates
};
constexpr std::array<KnownEmbedder, 2> kPreferred = {{
    {"face-reidentification-retail-0095", 0.70},
    {"mobilefacenet-foamliu", 0.65},
}};

}  // namespace

PerceptualHash perceptual_hash(const cv::Mat& bgr) {
  cv::Mat bits;
  cv::img_hash::pHash(bgr, bits);
  PerceptualHash hash = 0;
  CV_Assert(bits.total() * bits.elemSize() == sizeof hash);
  std::memcpy(&hash, bits.data, sizeof hash);
  return hash;
}

int hamming_distance(PerceptualHash a, PerceptualHash b) { return std::popcount(a ^ b); }

Result<std::unique_ptr<FaceMatcher>> FaceMatcher::open_if_installed(const ModelRegistry& models) {
  for (const auto& [model, least_cosine] : kPreferred) {
    const auto entry = models.find(model);
    if (!entry || models.status(*entry).state == ModelRegistry::State::kAbsent) {
      continue;
    }
    auto embedder = Embedder::load(models, model);
    if (!embedder) {
      return embedder.error();
    }
    return std::unique_ptr<FaceMatcher>(new FaceMatcher(model, least_cosine, *std::move(embedder)));
  }
  return std::unique_ptr<FaceMatcher>();
}

FaceMatcher::FaceMatcher(std::string model, double least_cosine, Embedder embedder)
    : model_(std::move(model)), least_cosine_(least_cosine), embedder_(std::move(embedder)) {}

Result<Template> FaceMatcher::make_template(const cv::Mat& bgr, const Face& face) {
  if (!face.landmarks) {
    return Error{"this detector finds no eyes and mouth, which a template needs"};
  }
  return embedder_.embed(bgr, *face.landmarks);
}

bool FaceMatcher::may_be_same(const Template& a, const Template& b) const {
  double cosine = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    cosine += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return a.size() == b.size() && cosine >= least_cosine_;
}

std::string template_bytes(const Template& face) {
  return {reinterpret_cast<const char*>(face.data()), face.size() * sizeof(float)};
}

Result<Template> read_template(std::string_view bytes) {
  constexpr std::size_t kMostDimensions = 4096;
  const Error wrong{"not the bytes of a face template"};
  if (bytes.empty() || bytes.size() % sizeof(float) != 0 ||
      bytes.size() > kMostDimensions * sizeof(float)) {
    return wrong;
  }
  Template face(bytes.size() / sizeof(float));
  std::memcpy(face.data(), bytes.data(), bytes.size());
  double squared = 0;
  for (const float value : face) {
    squared += static_cast<double>(value) * static_cast<double>(value);
  }
  constexpr double kTolerance = 0.01;
  return std::abs(squared - 1) < kTolerance ? Result<Template>(std::move(face)) : wrong;
}

}  // namespace everyface
