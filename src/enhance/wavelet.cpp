#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "enhance/haar.h"
#include "enhance/method.h"
#include "enhance/noise.h"
#include "enhance/strips.h"

namespace everyface {
namespace {

/// Orthonormal: white noise that is independent in blue, green and red stays so. The first row is
/// the brightness, in which most of a photo's structure is.
const cv::Matx33f kToOpponent(0.57735027F, 0.57735027F, 0.57735027F,  //
                              0.70710678F, 0.0F, -0.70710678F,        //
                              0.40824829F, -0.81649658F, 0.40824829F);

/// Statistics and threshold of one band.
struct Band {
  double squares = 0;
  float threshold = 0;
};
using LevelBands = std::array<Band, 3>;

/// Brings every value nearer to 0 by the threshold, and to 0 what is nearer than that.
void shrink(cv::Mat& band, float threshold) {
  for (int row = 0; row < band.rows; ++row) {
    auto* values = band.ptr<float>(row);
    for (int x = 0; x < band.cols; ++x) {
      values[x] -= std::min(std::max(values[x], -threshold), threshold);
    }
  }
}

/// Soft thresholding of the undecimated Haar transform, channel by channel in opponent colours.
/// The threshold of a band is BayesShrink's (Chang, Yu and Vetterli 2000, "Adaptive wavelet
/// thresholding for image denoising and compression", IEEE TIP 9(9), eq. 8-12):
/// sigma^2 / sqrt(max(mean square of the band - sigma^2, 0)), the noise sigma as noise.h estimates
/// it; or the one given, for all bands.
class Wavelet : public Enhancer {
 public:
  Wavelet(double threshold, int levels)
      : threshold_(threshold), levels_(levels), splits_(static_cast<std::size_t>(levels)) {}

  void apply(Pixels& photo) override {
    const cv::Mat source = photo.floats();
    // All bands of a strip are held at once; few rows keep them near the processor.
    constexpr int kStripRows = 128;
    std::array<std::vector<LevelBands>, 3> bands;
    bands.fill(std::vector<LevelBands>(static_cast<std::size_t>(levels_)));
    if (std::isnan(threshold_)) {
      const std::array<double, 3> noise = opponent_noise(source);
      if (noise == std::array<double, 3>{}) {
        return;
      }
      for_each_strip(source.rows, kStripRows,
                     [&](int first, int last) { measure(source, first, last, bands); });
      choose_thresholds(noise, static_cast<double>(source.total()), bands);
    } else {
      for (auto& channel : bands) {
        for (LevelBands& level : channel) {
          level.fill({.threshold = static_cast<float>(threshold_)});
        }
      }
    }
    cv::Mat denoised(source.size(), source.type());
    for_each_strip(source.rows, kStripRows,
                   [&](int first, int last) { denoise(source, first, last, bands, denoised); });
    photo.set(denoised);
  }

 private:
  using Bands = std::array<std::vector<LevelBands>, 3>;

  [[nodiscard]] int margin() const { return 1 << levels_; }

  [[nodiscard]] std::array<cv::Mat, 3> opponent_strip(const cv::Mat& source, int first,
                                                      int last) const {
    cv::Mat turned;
    cv::transform(rows_with_margin(source, first, last, margin()), turned, kToOpponent);
    std::array<cv::Mat, 3> planes;
    cv::split(turned, planes.data());
    return planes;
  }

  /// Noise in opponent colours, from that in blue, green and red (it is independent there).
  static std::array<double, 3> opponent_noise(const cv::Mat& source) {
    const std::array<double, 3> noise = channel_noise(source);
    std::array<double, 3> turned{};
    for (int row = 0; row < 3; ++row) {
      double variance = 0;
      for (int column = 0; column < 3; ++column) {
        const double part =
            static_cast<double>(kToOpponent(row, column)) * noise[static_cast<std::size_t>(column)];
        variance += part * part;
      }
      turned[static_cast<std::size_t>(row)] = std::sqrt(variance);
    }
    return turned;
  }

  void measure(const cv::Mat& source, int first, int last, Bands& bands) {
    const std::array<cv::Mat, 3> planes = opponent_strip(source, first, last);
    const cv::Rect inside(margin(), margin(), source.cols, last - first);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (std::size_t level = 0; level < splits_.size(); ++level) {
        HaarLevel& split = splits_[level];
        haar_split(level == 0 ? planes[channel] : splits_[level - 1].low, static_cast<int>(level),
                   split);
        for (std::size_t band = 0; band < 3; ++band) {
          bands[channel][level][band].squares +=
              cv::norm(split.details[band](inside), cv::NORM_L2SQR);
        }
      }
    }
  }

  static void choose_thresholds(const std::array<double, 3>& noise, double pixels, Bands& bands) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const double variance = noise[channel] * noise[channel];
      for (LevelBands& level : bands[channel]) {
        for (Band& band : level) {
          const double signal = std::sqrt(std::max(band.squares / pixels - variance, 0.0));
          // No signal beside the noise: everything in the band goes.
          constexpr double kEverything = 1e9;
          band.threshold =
              static_cast<float>(std::min(kEverything, variance / std::max(signal, 1e-12)));
        }
      }
    }
  }

  void denoise(const cv::Mat& source, int first, int last, const Bands& bands, cv::Mat& denoised) {
    std::array<cv::Mat, 3> planes = opponent_strip(source, first, last);
    const cv::Rect inside(margin(), margin(), source.cols, last - first);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (std::size_t level = 0; level < splits_.size(); ++level) {
        HaarLevel& split = splits_[level];
        haar_split(level == 0 ? planes[channel] : splits_[level - 1].low, static_cast<int>(level),
                   split);
        for (std::size_t band = 0; band < 3; ++band) {
          shrink(split.details[band], bands[channel][level][band].threshold);
        }
      }
      // Each level's lows are made again from the coarser level; those it was split from go.
      for (std::size_t level = splits_.size(); level-- > 0;) {
        haar_join(splits_[level], static_cast<int>(level),
                  level == 0 ? planes[channel] : splits_[level - 1].low);
      }
      planes[channel] = planes[channel](inside);
    }
    cv::Mat merged;
    cv::merge(planes.data(), 3, merged);
    cv::Mat rows = denoised.rowRange(first, last);
    cv::transform(merged, rows, kToOpponent.t());
  }

  double threshold_;
  int levels_;
  std::vector<HaarLevel> splits_;  // kept from strip to strip
};

}  // namespace

Method wavelet_method() {
  return {.name = "wavelet",
          .summary = "wavelet denoising: undecimated Haar, BayesShrink (Chang, Yu, Vetterli 2000)",
          .parameters = {{.name = "threshold",
                          .fallback = kAuto,
                          .low = 0,
                          .high = 1000,
                          .meaning = "soft threshold in grey levels, for all bands; auto: each "
                                     "band's own, from the photo's noise"},
                         {.name = "levels",
                          .fallback = 4,
                          .low = 1,
                          .high = 6,
                          .meaning = "levels of the transform; noise coarser than 2^levels pixels "
                                     "stays",
                          .whole = true}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Wavelet>(values.at("threshold"), static_cast<int>(values.at("levels")));
          }};
}

}  // namespace everyface
