#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "enhance/illumination.h"
#include "enhance/method.h"
#include "enhance/surround.h"

namespace everyface {
namespace {

struct LimeOptions {
  double gamma;
  double alpha;
  double sigma_px;
};

/// LIME (Guo, Li and Ling 2017; see illumination.h): the illumination of a pixel is at first the
/// largest of its channels / 255, then refined; the photo becomes x / illumination^gamma, clipped
/// to 255. The authors' denoising after it is left to the chain. The illumination counts as at
/// least 1/255, so black stays black. Of photos above 8 megapixels it is computed at the reduced
/// resolution that has no more (it is smooth but at edges), which bounds the memory it takes.
class Lime : public Enhancer {
 public:
  explicit Lime(const LimeOptions& options) : options_(options) {}

  void apply(Pixels& photo) override {
    const cv::Mat source = photo.floats();
    if (source.empty()) {
      return;
    }
    SmoothField illumination = illuminate(source);
    cv::Mat brighter(source.size(), source.type());
    cv::Mat divisor(1, source.cols, CV_32F);
    for (int row = 0; row < source.rows; ++row) {
      illumination.read_row(row, divisor.ptr<float>());
      cv::max(divisor, 1.0 / 255, divisor);
      cv::pow(divisor, -options_.gamma, divisor);
      const auto* factor = divisor.ptr<float>();
      const auto* from = source.ptr<float>(row);
      auto* to = brighter.ptr<float>(row);
      for (int x = 0; x < source.cols; ++x) {
        for (int i = 3 * x; i < 3 * x + 3; ++i) {
          to[i] = std::min(std::max(from[i], 0.0F) * factor[x], 255.0F);
        }
      }
    }
    photo.set(brighter);
  }

 private:
  [[nodiscard]] SmoothField illuminate(const cv::Mat& source) const {
    constexpr double kMaxPixels = 8e6;
    const double reduction = std::sqrt(static_cast<double>(source.total()) / kMaxPixels);
    cv::Mat photo = source;
    if (reduction > 1) {
      const auto length = [&](int full) { return std::max(1, static_cast<int>(full / reduction)); };
      cv::resize(source, photo, cv::Size(length(source.cols), length(source.rows)), 0, 0,
                 cv::INTER_AREA);
    }
    cv::Mat brightest(photo.size(), CV_32F);
    for (int row = 0; row < photo.rows; ++row) {
      const auto* from = photo.ptr<float>(row);
      auto* to = brightest.ptr<float>(row);
      for (int x = 0; x < photo.cols; ++x) {
        const float value = std::max({from[3 * x], from[3 * x + 1], from[3 * x + 2]});
        to[x] = std::min(std::max(value, 0.0F), 255.0F) / 255.0F;
      }
    }
    return {refine_illumination(brightest, options_.alpha, options_.sigma_px), source.size()};
  }

  LimeOptions options_;
};

}  // namespace

Method lime_method() {
  return {
      .name = "lime",
      .summary = "illumination map estimation (Guo, Li, Ling 2017)",
      .parameters = {{.name = "gamma",
                      .fallback = 0.8,
                      .low = 0,
                      .high = 1,
                      .meaning = "power of the illumination that the photo is divided by; 0 "
                                 "changes nothing"},
                     {.name = "alpha",
                      .fallback = 0.15,
                      .low = 0,
                      .high = 10,
                      .meaning = "smoothness of the illumination"},
                     {.name = "sigma",
                      .fallback = 2,
                      .low = 0.5,
                      .high = 20,
                      .meaning = "standard deviation of the window of the weights, in pixels"}},
      .model = "",
      .make = [](const ParameterValues& values, const ModelRegistry&) {
        return made<Lime>(LimeOptions{values.at("gamma"), values.at("alpha"), values.at("sigma")});
      }};
}

}  // namespace everyface
