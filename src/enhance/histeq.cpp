#include <opencv2/imgproc.hpp>

#include "enhance/method.h"

namespace everyface {
namespace {

/// Histogram equalisation of the luma (Y of YCrCb, ITU-R BT.601), 8 bits; the colour differences
/// stay as they are.
class Histeq : public Enhancer {
 public:
  void apply(Pixels& photo) override {
    cv::Mat converted;
    cv::cvtColor(photo.bytes(), converted, cv::COLOR_BGR2YCrCb);
    cv::Mat luma;
    cv::extractChannel(converted, luma, 0);
    cv::equalizeHist(luma, luma);
    cv::insertChannel(luma, converted, 0);
    cv::Mat equalised;
    cv::cvtColor(converted, equalised, cv::COLOR_YCrCb2BGR);
    photo.set(equalised);
  }
};

}  // namespace

Method histeq_method() {
  return {.name = "histeq",
          .summary = "histogram equalisation of the luma (8-bit)",
          .parameters = {},
          .model = "",
          .make = [](const ParameterValues&, const ModelRegistry&) { return made<Histeq>(); }};
}

}  // namespace everyface
