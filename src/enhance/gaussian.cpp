#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "enhance/method.h"

namespace everyface {
namespace {

/// Convolution with a normalised Gaussian, cut at ceil(3.5 sigma) pixels (5e-4 of its weight lies
/// beyond), in floats; the photo is mirrored at its border without repeating the edge. The result
/// is not rounded: in the dark, a fraction of a grey level is all that is left of a face.
class Gaussian : public Enhancer {
 public:
  explicit Gaussian(double sigma_px) : sigma_px_(sigma_px) {}

  void apply(Pixels& photo) override {
    const int radius = static_cast<int>(std::ceil(3.5 * sigma_px_));
    if (radius == 0) {
      return;
    }
    const cv::Mat kernel = cv::getGaussianKernel(2 * radius + 1, sigma_px_, CV_32F);
    // Eight-bit rows are filtered straight into floats, which is faster than converting first.
    const cv::Mat source = photo.is_plain_bytes() ? photo.bytes() : photo.floats();
    cv::Mat blurred;
    cv::sepFilter2D(source, blurred, CV_32F, kernel, kernel, cv::Point(-1, -1), 0,
                    cv::BORDER_REFLECT_101);
    photo.set(blurred);
  }

 private:
  double sigma_px_;
};

}  // namespace

Method gaussian_method() {
  return {.name = "gaussian",
          .summary = "Gaussian blur in floats; before a gain it takes the noise away",
          .parameters = {{.name = "sigma",
                          .fallback = 2.5,
                          .low = 0,
                          .high = 100,
                          .meaning = "standard deviation in pixels; about 1/40 of a face's width "
                                     "suits the darkest photos"}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Gaussian>(values.at("sigma"));
          }};
}

}  // namespace everyface
