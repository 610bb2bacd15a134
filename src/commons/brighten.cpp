#include "everyface/commons/brighten.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "everyface/enhance/enhancer.h"
#include "everyface/image/pixels.h"
#include "everyface/nn/registry.h"

namespace everyface {

bool is_dark(const cv::Mat& bgr) {
  constexpr int kThirdOfWhite = 85;
  constexpr double kMostOfThePhoto = 0.95;
  std::size_t below = 0;
  for (int y = 0; y < bgr.rows; ++y) {
    const auto* row = bgr.ptr<cv::Vec3b>(y);
    below += static_cast<std::size_t>(std::count_if(row, row + bgr.cols, [](const cv::Vec3b& p) {
      return std::max({p[0], p[1], p[2]}) < kThirdOfWhite;
    }));
  }
  return static_cast<double>(below) >= kMostOfThePhoto * static_cast<double>(bgr.total());
}

cv::Mat brightened(const cv::Mat& bgr, double face_width_px, const ModelRegistry& models) {
  constexpr double kWidthPerSigma = 100;
  const double width = face_width_px > 0 ? face_width_px : std::min(bgr.cols, bgr.rows) / 3.0;
  const double sigma = std::clamp(width / kWidthPerSigma, 0.5, 4.0);
  const auto chain = Chain::parse(fmt::format("gaussian(sigma={:.2f})+gain", sigma));
  const auto methods = chain->make(models);  // neither has weights that could be missing
  Pixels pixels(bgr);
  for (const auto& method : *methods) {
    method->apply(pixels);
  }
  return pixels.bytes();
}

}  // namespace everyface
