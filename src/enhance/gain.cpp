#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "enhance/method.h"

namespace everyface {
namespace {

/// The curve of a gain: factor · x up to the knee 255 · (1 − protect), above it a branch of a
/// hyperbola that leaves the knee with slope `factor` and ends in (255, 255):
///   t = (x − knee/factor) / (255 − knee/factor),  s = (255 factor − knee) / (255 − knee),
///   y = knee + (255 − knee) · s t / (1 + (s − 1) t).
/// So bright parts are compressed and stay apart instead of being clipped, order is kept, and a
/// factor of 1 changes nothing. The same curve for each channel: hues stay below the knee and pale
/// towards white above it, as in an overexposed photo. Without protection (or with a factor below
/// 1) it is min(factor · x, 255).
class Curve {
 public:
  Curve(double factor, double protect) : factor_(static_cast<float>(factor)) {
    if (protect > 0 && factor > 1) {
      const double knee = 255 * (1 - protect);
      knee_ = static_cast<float>(knee);
      start_ = static_cast<float>(knee / factor);
      per_level_ = static_cast<float>(1 / (255 - knee / factor));
      slope_ = static_cast<float>((255 * factor - knee) / (255 - knee));
    }
  }

  float operator()(float x) const {
    x = std::min(std::max(x, 0.0F), 255.0F);
    const float t = std::max(x - start_, 0.0F) * per_level_;
    return std::min(factor_ * x, knee_) +
           (255.0F - knee_) * slope_ * t / (1.0F + (slope_ - 1.0F) * t);
  }

 private:
  float factor_;
  float knee_ = 255.0F;
  float start_ = 255.0F;
  float per_level_ = 0.0F;
  float slope_ = 1.0F;
};

/// Luma (ITU-R BT.601) of a grid of at most 2^16 pixels, spread evenly.
template <typename Channel>
std::vector<float> sample_luma(const cv::Mat& bgr) {
  constexpr double kSamples = 1 << 16;
  const int step = std::max(
      1, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(bgr.total()) / kSamples))));
  std::vector<float> luma;
  luma.reserve(bgr.total() / (static_cast<std::size_t>(step) * static_cast<std::size_t>(step)) +
               static_cast<std::size_t>(bgr.rows + bgr.cols));
  for (int row = step / 2; row < bgr.rows; row += step) {
    const auto* pixels = bgr.ptr<cv::Vec<Channel, 3>>(row);
    for (int column = step / 2; column < bgr.cols; column += step) {
      const auto& pixel = pixels[column];
      luma.push_back(0.114F * static_cast<float>(pixel[0]) + 0.587F * static_cast<float>(pixel[1]) +
                     0.299F * static_cast<float>(pixel[2]));
    }
  }
  return luma;
}

/// The value that `percentile` percent of the values do not exceed: the one of rank
/// floor(percentile/100 · (count − 1)), counted from 0. Requires values.
double percentile_of(std::vector<float>& values, double percentile) {
  const auto rank =
      static_cast<std::ptrdiff_t>(percentile / 100 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(rank)]);
}

struct GainOptions {
  double factor;
  double percentile;
  double target;
  double max;
  double protect;
};

class Gain : public Enhancer {
 public:
  explicit Gain(const GainOptions& options) : options_(options) {}

  void apply(Pixels& photo) override {
    const bool automatic = std::isnan(options_.factor);
    const double factor = automatic ? automatic_factor(photo) : options_.factor;
    constexpr double kAutomaticProtection = 0.3;
    const double protect = !std::isnan(options_.protect) ? options_.protect
                           : automatic                   ? kAutomaticProtection
                                                         : 0;
    const Curve curve(factor, protect);
    if (photo.is_8bit()) {
      photo.apply_curve([&curve](float value, int /*channel*/) { return curve(value); });
      return;
    }
    const cv::Mat& source = photo.floats();
    cv::Mat brighter(source.size(), source.type());
    for (int row = 0; row < source.rows; ++row) {
      const auto* from = source.ptr<float>(row);
      auto* to = brighter.ptr<float>(row);
      for (int i = 0; i < 3 * source.cols; ++i) {
        to[i] = curve(from[i]);
      }
    }
    photo.set(brighter);
  }

 private:
  [[nodiscard]] double automatic_factor(Pixels& photo) const {
    std::vector<float> luma = photo.is_plain_bytes() ? sample_luma<std::uint8_t>(photo.bytes())
                                                     : sample_luma<float>(photo.floats());
    if (luma.empty()) {
      return 1;
    }
    const double level = percentile_of(luma, options_.percentile);
    return level * options_.max <= options_.target ? options_.max
                                                   : std::max(1.0, options_.target / level);
  }

  GainOptions options_;
};

}  // namespace

Method gain_method() {
  return {
      .name = "gain",
      .summary =
          "every value times a factor; without one, the factor that brings the brighter part of "
          "the photo to a target, highlights compressed rather than clipped",
      .parameters =
          {{.name = "factor",
            .fallback = kAuto,
            .low = 0,
            .high = 1000,
            .meaning = "min(factor x, 255); auto: from the photo"},
           {.name = "percentile",
            .fallback = 90,
            .low = 0,
            .high = 100,
            .meaning = "of the luma, which the automatic factor brings to the target"},
           {.name = "target",
            .fallback = 110,
            .low = 1,
            .high = 255,
            .meaning = "grey level that the percentile of the luma is to reach"},
           {.name = "max",
            .fallback = 16,
            .low = 1,
            .high = 1000,
            .meaning = "largest automatic factor (the smallest is 1)"},
           {.name = "protect",
            .fallback = kAuto,
            .low = 0,
            .high = 0.95,
            .meaning = "share of the range, from white down, into which highlights are compressed; "
                       "auto: 0.3 with the automatic factor, 0 (clip) with a given one"}},
      .model = "",
      .make = [](const ParameterValues& values, const ModelRegistry&) {
        return made<Gain>(GainOptions{values.at("factor"), values.at("percentile"),
                                      values.at("target"), values.at("max"), values.at("protect")});
      }};
}

}  // namespace everyface
