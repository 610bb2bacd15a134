#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <vector>

#include "enhance/method.h"
#include "enhance/surround.h"

namespace everyface {
namespace {

/// Multi-scale retinex with colour restoration (Jobson, Rahman and Woodell 1997, "A multiscale
/// retinex for bridging the gap between color images and the human observation of scenes", IEEE TIP
/// 6(7), eq. 4-8): per channel c, with I the value + 1 so that black has a logarithm,
///   R_c = mean over three surrounds of log I_c - log(Gaussian * I_c),
///   C_c = log(125 I_c) - log(I_b + I_g + I_r),   M_c = C_c R_c.
/// Their final gain and offset fit one camera; instead M is stretched so that `clip` percent of its
/// values (over all channels, so that the white balance stays) are black and as many white, as
/// Petro, Sbert and Morel 2014, "Multiscale Retinex", IPOL, recommend. A photo with no contrast
/// stays as it is.
class Retinex : public Enhancer {
 public:
  Retinex(const std::array<double, 3>& sigmas_px, double clip_percent)
      : sigmas_px_(sigmas_px), clip_percent_(clip_percent) {}

  void apply(Pixels& photo) override {
    const cv::Mat source = photo.floats();
    if (source.empty()) {
      return;
    }
    cv::Mat reflectance = restored_reflectance(source);
    const auto [low, high] = stretch_ends(reflectance);
    // Rounding alone separates the values of a photo of one colour.
    constexpr float kLeastContrast = 1e-3F;
    if (high - low < kLeastContrast) {
      return;
    }
    const double scale = 255.0 / static_cast<double>(high - low);
    reflectance.convertTo(reflectance, CV_32F, scale, -static_cast<double>(low) * scale);
    cv::max(reflectance, 0.0, reflectance);
    cv::min(reflectance, 255.0, reflectance);
    photo.set(reflectance);
  }

 private:
  [[nodiscard]] cv::Mat restored_reflectance(const cv::Mat& source) const {
    std::vector<SmoothField> surrounds;
    for (const double sigma_px : sigmas_px_) {
      surrounds.push_back(wide_gaussian(source, sigma_px));
    }
    const int values = 3 * source.cols;
    cv::Mat light(1, values, CV_32F);
    cv::Mat log_light;
    cv::Mat product(1, values, CV_32F);
    cv::Mat log_product;
    cv::Mat sum(1, source.cols, CV_32F);
    cv::Mat log_sum;
    std::vector<float> surround(static_cast<std::size_t>(values));
    cv::Mat reflectance(source.size(), CV_32FC3);
    const float log_alpha = std::log(125.0F);
    for (int row = 0; row < source.rows; ++row) {
      const auto* from = source.ptr<float>(row);
      auto* lit = light.ptr<float>();
      auto* multiplied = product.ptr<float>();
      for (int i = 0; i < values; ++i) {
        lit[i] = std::max(from[i], 0.0F) + 1.0F;
        multiplied[i] = 1.0F;
      }
      for (SmoothField& field : surrounds) {
        field.read_row(row, surround.data());
        for (int i = 0; i < values; ++i) {
          multiplied[i] *= std::max(surround[static_cast<std::size_t>(i)], 0.0F) + 1.0F;
        }
      }
      auto* summed = sum.ptr<float>();
      for (int x = 0; x < source.cols; ++x) {
        summed[x] = lit[3 * x] + lit[3 * x + 1] + lit[3 * x + 2];
      }
      cv::log(light, log_light);
      cv::log(product, log_product);
      cv::log(sum, log_sum);
      const auto* log_lit = log_light.ptr<float>();
      const auto* log_multiplied = log_product.ptr<float>();
      const auto* log_summed = log_sum.ptr<float>();
      auto* out = reflectance.ptr<float>(row);
      for (int x = 0; x < source.cols; ++x) {
        for (int i = 3 * x; i < 3 * x + 3; ++i) {
          const float contrast = log_lit[i] - log_multiplied[i] / 3.0F;
          out[i] = (log_alpha + log_lit[i] - log_summed[x]) * contrast;
        }
      }
    }
    return reflectance;
  }

  /// The values that become black and white, from a grid of at most about 2^17 pixels.
  [[nodiscard]] std::array<float, 2> stretch_ends(const cv::Mat& reflectance) const {
    constexpr double kSamples = 1 << 17;
    const int step = std::max(
        1, static_cast<int>(std::sqrt(static_cast<double>(reflectance.total()) / kSamples)));
    std::vector<float> sample;
    for (int row = step / 2; row < reflectance.rows; row += step) {
      const auto* pixels = reflectance.ptr<cv::Vec3f>(row);
      for (int column = step / 2; column < reflectance.cols; column += step) {
        sample.insert(sample.end(), pixels[column].val, pixels[column].val + 3);
      }
    }
    const auto rank =
        static_cast<std::ptrdiff_t>(clip_percent_ / 100 * static_cast<double>(sample.size() - 1));
    const auto low = sample.begin() + rank;
    std::nth_element(sample.begin(), low, sample.end());
    const float darkest = *low;
    const auto high = sample.end() - 1 - rank;
    std::nth_element(sample.begin(), high, sample.end());
    return {darkest, *high};
  }

  std::array<double, 3> sigmas_px_;
  double clip_percent_;
};

Parameter sigma(const char* name, double fallback, const char* meaning) {
  return {.name = name, .fallback = fallback, .low = 1, .high = 2000, .meaning = meaning};
}

}  // namespace

Method retinex_method() {
  return {.name = "retinex",
          .summary = "multi-scale retinex with colour restoration (Jobson, Rahman, Woodell 1997)",
          .parameters = {sigma("small", 15, "standard deviation of the small surround, in pixels"),
                         sigma("medium", 80, "of the medium surround"),
                         sigma("large", 250, "of the large surround"),
                         {.name = "clip",
                          .fallback = 1,
                          .low = 0,
                          .high = 20,
                          .meaning = "per cent of the values that become black, and white"}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Retinex>(
                std::array<double, 3>{values.at("small"), values.at("medium"), values.at("large")},
                values.at("clip"));
          }};
}

}  // namespace everyface
