#include <opencv2/imgproc.hpp>

#include "enhance/method.h"

namespace everyface {
namespace {

/// Contrast-limited adaptive histogram equalisation (Zuiderveld 1994, "Contrast Limited Adaptive
/// Histogram Equalization", Graphics Gems IV) of the lightness L of CIE Lab, 8 bits; a and b stay
/// as they are.
class Clahe : public Enhancer {
 public:
  Clahe(double clip, int tiles) : clahe_(cv::createCLAHE(clip, cv::Size(tiles, tiles))) {}

  void apply(Pixels& photo) override {
    cv::Mat converted;
    cv::cvtColor(photo.bytes(), converted, cv::COLOR_BGR2Lab);
    cv::Mat lightness;
    cv::extractChannel(converted, lightness, 0);
    clahe_->apply(lightness, lightness);
    cv::insertChannel(lightness, converted, 0);
    cv::Mat equalised;
    cv::cvtColor(converted, equalised, cv::COLOR_Lab2BGR);
    photo.set(equalised);
  }

 private:
  cv::Ptr<cv::CLAHE> clahe_;
};

}  // namespace

Method clahe_method() {
  return {.name = "clahe",
          .summary = "contrast-limited adaptive histogram equalisation of the lightness (8-bit)",
          .parameters = {{.name = "clip",
                          .fallback = 2,
                          .low = 0.1,
                          .high = 100,
                          .meaning = "no bin of a tile's histogram is above this many times the "
                                     "mean bin"},
                         {.name = "tiles",
                          .fallback = 8,
                          .low = 1,
                          .high = 64,
                          .meaning = "tiles across and down",
                          .whole = true}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Clahe>(values.at("clip"), static_cast<int>(values.at("tiles")));
          }};
}

}  // namespace everyface
