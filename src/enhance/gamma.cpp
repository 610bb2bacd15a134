#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "enhance/method.h"

namespace everyface {
namespace {

/// 255 · (x / 255)^(1 / gamma), x clipped to 0..255.
class Gamma : public Enhancer {
 public:
  explicit Gamma(double gamma) : power_(static_cast<float>(1 / gamma)) {}

  void apply(Pixels& photo) override {
    if (power_ == 1.0F) {
      return;
    }
    if (photo.is_8bit()) {
      photo.apply_curve([this](float value, int /*channel*/) {
        return 255.0F * std::pow(std::min(std::max(value, 0.0F), 255.0F) / 255.0F, power_);
      });
      return;
    }
    cv::Mat curved;
    cv::max(photo.floats(), 0.0, curved);
    cv::min(curved, 255.0, curved);
    curved *= 1.0 / 255.0;
    cv::pow(curved, static_cast<double>(power_), curved);
    curved *= 255.0;
    photo.set(curved);
  }

 private:
  float power_;
};

}  // namespace

Method gamma_method() {
  return {.name = "gamma",
          .summary = "255 (x/255)^(1/gamma) on each channel",
          .parameters = {{.name = "gamma",
                          .fallback = 2.2,
                          .low = 0.1,
                          .high = 10,
                          .meaning = "above 1 brightens, below 1 darkens"}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Gamma>(values.at("gamma"));
          }};
}

}  // namespace everyface
