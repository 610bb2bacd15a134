#include "everyface/image/exposure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "everyface/base/hash.h"
#include "everyface/base/random.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

/// Linear light 0..1 of an sRGB value 0..1 (IEC 61966-2-1).
double to_linear(double value) {
  return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

/// Linear light to 8-bit sRGB, rounded to nearest: a table of 65,536 equal steps of light gives the
/// level at the lower end of a step, and the light where the next level begins settles the rest
/// (levels are at least 20 steps apart, so a step holds one border at most).
class SrgbEncoder {
 public:
  SrgbEncoder() {
    for (int level = 0; level < 256; ++level) {
      next_level_[static_cast<std::size_t>(level)] =
          level < 255 ? static_cast<float>(to_linear((level + 0.5) / 255)) : 2.0F;
    }
    std::size_t level = 0;
    for (std::size_t step = 0; step < kSteps; ++step) {
      const float light = static_cast<float>(step) / kSteps;
      while (light >= next_level_[level]) {
        ++level;
      }
      level_[step] = static_cast<unsigned char>(level);
    }
  }

  /// Requires 0 <= light <= 1.
  [[nodiscard]] unsigned char operator()(float light) const {
    const auto step = std::min(static_cast<std::size_t>(light * kSteps), kSteps - 1);
    const unsigned char level = level_[step];
    return static_cast<unsigned char>(level + (light >= next_level_[level] ? 1 : 0));
  }

 private:
  static constexpr std::size_t kSteps = 65536;
  std::array<unsigned char, kSteps> level_{};
  std::array<float, 256> next_level_{};
};

/// The inverse of the normal distribution function by Newton's method on erfc.
double normal_quantile(double probability) {
  double z = 0;
  for (int i = 0; i < 60; ++i) {
    const double error = 0.5 * std::erfc(-z / std::sqrt(2.0)) - probability;
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * M_PI);
    // Far out the tangent overshoots; steps of one at most keep the iteration on course.
    const double step = std::clamp(error / density, -1.0, 1.0);
    z -= step;
    if (std::abs(step) < 1e-14) {
      break;
    }
  }
  return z;
}

/// Normal deviates for 65,536 equally probable values, scaled to a variance of exactly one.
std::vector<float> make_deviates() {
  constexpr std::size_t kCount = 65536;
  constexpr std::size_t kHalf = kCount / 2;
  std::vector<double> upper(kHalf);
  double squares = 0;
  for (std::size_t i = 0; i < upper.size(); ++i) {
    upper[i] = normal_quantile((static_cast<double>(kHalf + i) + 0.5) / kCount);
    squares += upper[i] * upper[i];
  }
  const double scale = 1 / std::sqrt(squares / static_cast<double>(upper.size()));
  std::vector<float> deviates(kCount);
  for (std::size_t i = 0; i < upper.size(); ++i) {
    const auto deviate = static_cast<float>(upper[i] * scale);
    deviates[kHalf + i] = deviate;
    deviates[kHalf - 1 - i] = -deviate;
  }
  return deviates;
}

/// Calls render(value index in the row, deviate) for count values, four deviates a draw.
template <typename Render>
void with_deviates(Random& random, const std::vector<float>& deviates, int count,
                   const Render& render) {
  int i = 0;
  while (i < count) {
    std::uint64_t bits = random.bits();
    const int until = std::min(i + 4, count);
    for (; i < until; ++i) {
      render(i, deviates[bits & 0xffffU]);
      bits >>= 16U;
    }
  }
}

}  // namespace

cv::Mat render_exposure(const cv::Mat& pixels, double exposure_ev, std::uint64_t seed,
                        const SensorNoise& noise) {
  CV_Assert(pixels.type() == CV_8UC3 || pixels.type() == CV_32FC3);
  if (exposure_ev == 0) {
    cv::Mat rounded;
    pixels.convertTo(rounded, CV_8U);
    return rounded;
  }
  static const SrgbEncoder encode;
  static const std::vector<float> deviates = make_deviates();

  const double gain = std::exp2(exposure_ev);
  const auto shot = static_cast<float>(noise.shot);
  const auto read = static_cast<float>(noise.read);
  const auto rendered_value = [shot, read](float light, float deviate) {
    const float noisy = light + std::sqrt(shot * light + read) * deviate;
    return encode(std::clamp(noisy, 0.0F, 1.0F));
  };

  Random random(seed);
  cv::Mat rendered(pixels.size(), CV_8UC3);
  const int count = 3 * pixels.cols;
  if (pixels.type() == CV_8UC3) {
    struct Light {
      float mean;
      float sigma;
    };
    std::array<Light, 256> lights{};
    for (std::size_t level = 0; level < 256; ++level) {
      const auto mean = static_cast<float>(to_linear(static_cast<double>(level) / 255) * gain);
      lights[level] = {mean, std::sqrt(shot * mean + read)};
    }
    for (int row = 0; row < pixels.rows; ++row) {
      const unsigned char* from = pixels.ptr(row);
      unsigned char* to = rendered.ptr(row);
      with_deviates(random, deviates, count, [&](int i, float deviate) {
        const Light light = lights[from[i]];
        to[i] = encode(std::clamp(light.mean + light.sigma * deviate, 0.0F, 1.0F));
      });
    }
  } else {
    for (int row = 0; row < pixels.rows; ++row) {
      const auto* from = pixels.ptr<float>(row);
      unsigned char* to = rendered.ptr(row);
      with_deviates(random, deviates, count, [&](int i, float deviate) {
        const double value = std::clamp(static_cast<double>(from[i]) / 255, 0.0, 1.0);
        to[i] = rendered_value(static_cast<float>(to_linear(value) * gain), deviate);
      });
    }
  }
  return rendered;
}

std::uint64_t exposure_seed(std::uint64_t run_seed, std::string_view photo_sha256,
                            double exposure_ev) {
  return stable_hash64(
      fmt::format("exposure {} {} {}", run_seed, photo_sha256, shortest_number(exposure_ev)));
}

}  // namespace everyface
