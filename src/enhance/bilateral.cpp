#include <cmath>
#include <opencv2/imgproc.hpp>

#include "enhance/method.h"
#include "enhance/noise.h"

namespace everyface {
namespace {

/// Bilateral filter (Tomasi and Manduchi 1998, "Bilateral filtering for gray and color images",
/// ICCV) in floats; colours differ by the sum of their absolute channel differences.
class Bilateral : public Enhancer {
 public:
  Bilateral(double sigma_color, double sigma_space_px)
      : sigma_color_(sigma_color), sigma_space_px_(sigma_space_px) {}

  void apply(Pixels& photo) override {
    const cv::Mat source = photo.floats();
    // Two pixels of one colour under independent noise of deviation s in three channels differ by
    // 3.4 s on average.
    constexpr double kColorPerNoise = 4;
    const double sigma_color =
        std::isnan(sigma_color_) ? kColorPerNoise * noise_level(source) : sigma_color_;
    if (sigma_color <= 0) {
      return;
    }
    cv::Mat smooth;
    cv::bilateralFilter(source, smooth, 0, sigma_color, sigma_space_px_, cv::BORDER_REFLECT_101);
    photo.set(smooth);
  }

 private:
  double sigma_color_;
  double sigma_space_px_;
};

}  // namespace

Method bilateral_method() {
  return {.name = "bilateral",
          .summary = "bilateral filter (Tomasi and Manduchi 1998) in floats",
          .parameters = {{.name = "sigma_color",
                          .fallback = kAuto,
                          .low = 0,
                          .high = 1000,
                          .meaning = "standard deviation over colour, in grey levels summed over "
                                     "the channels; auto: 4 times the photo's noise"},
                         {.name = "sigma_space",
                          .fallback = 2,
                          .low = 0.1,
                          .high = 20,
                          .meaning = "standard deviation over space, in pixels"}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Bilateral>(values.at("sigma_color"), values.at("sigma_space"));
          }};
}

}  // namespace everyface
