#include "enhance/pillow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <opencv2/core.hpp>

#include "enhance/method.h"

namespace everyface {
namespace {

/// New value of each 8-bit value, per channel.
using Tables = std::array<std::array<std::uint8_t, 256>, 3>;

/// Pillow's Image.blend: single precision throughout, the fraction dropped.
std::uint8_t blend(int degenerate, int value, float factor) {
  const float mixed =
      static_cast<float>(degenerate) + factor * static_cast<float>(value - degenerate);
  return static_cast<std::uint8_t>(std::min(std::max(mixed, 0.0F), 255.0F));
}

/// Pillow's conversion to grey.
int grey(const std::uint8_t* bgr) {
  return (bgr[2] * 19595 + bgr[1] * 38470 + bgr[0] * 7471 + 0x8000) >> 16;
}

/// Looks the photo's rounded values up; the photo stays in 8 bits where it was.
void look_up(const Tables& tables, Pixels& photo) {
  photo.apply_curve([&tables](float value, int channel) {
    return static_cast<float>(
        tables[static_cast<std::size_t>(channel)][cv::saturate_cast<std::uint8_t>(value)]);
  });
}

/// The same table for all channels: a blend with one level.
void blend_with_level(int level, float factor, Pixels& photo) {
  Tables tables;
  for (int value = 0; value < 256; ++value) {
    tables[0][static_cast<std::size_t>(value)] = blend(level, value, factor);
  }
  tables[1] = tables[2] = tables[0];
  look_up(tables, photo);
}

/// An ImageEnhance class: a blend of a degenerate picture with the photo.
class Blended : public Enhancer {
 public:
  explicit Blended(double factor) : factor_(static_cast<float>(factor)) {}

 protected:
  float factor_;  // Pillow passes it on in single precision
};

class Brightness final : public Blended {
 public:
  using Blended::Blended;
  void apply(Pixels& photo) override { blend_with_level(0, factor_, photo); }
};

class Contrast final : public Blended {
 public:
  using Blended::Blended;
  void apply(Pixels& photo) override {
    const cv::Mat bytes = photo.bytes();
    std::uint64_t sum = 0;
    for (int row = 0; row < bytes.rows; ++row) {
      const std::uint8_t* pixel = bytes.ptr(row);
      std::uint32_t row_sum = 0;  // at most 255 x 2^24 columns
      for (int column = 0; column < bytes.cols; ++column, pixel += 3) {
        row_sum += static_cast<std::uint32_t>(grey(pixel));
      }
      sum += row_sum;
    }
    const double mean = static_cast<double>(sum) / static_cast<double>(bytes.total());
    // Pillow rounds so.
    blend_with_level(static_cast<int>(mean + 0.5), factor_, photo);  // NOLINT(*-roundings)
  }
};

class Color final : public Blended {
 public:
  using Blended::Blended;
  void apply(Pixels& photo) override {
    const cv::Mat bytes = photo.bytes();
    cv::Mat result(bytes.size(), CV_8UC3);
    for (int row = 0; row < bytes.rows; ++row) {
      const std::uint8_t* from = bytes.ptr(row);
      std::uint8_t* to = result.ptr(row);
      for (int column = 0; column < bytes.cols; ++column, from += 3, to += 3) {
        const int level = grey(from);
        for (int channel = 0; channel < 3; ++channel) {
          to[channel] = blend(level, from[channel], factor_);
        }
      }
    }
    photo.set(result);
  }
};

class Sharpness final : public Blended {
 public:
  using Blended::Blended;
  void apply(Pixels& photo) override {
    const cv::Mat bytes = photo.bytes();
    if (bytes.cols < 3 || bytes.rows < 3) {
      photo.set(bytes);
      return;
    }
    cv::Mat result(bytes.size(), CV_8UC3);
    const int values = bytes.cols * 3;
    std::vector<std::uint16_t> columns(static_cast<std::size_t>(values));  // sums of three rows
    bytes.row(0).copyTo(result.row(0));
    for (int row = 1; row + 1 < bytes.rows; ++row) {
      const std::uint8_t* above = bytes.ptr(row - 1);
      const std::uint8_t* here = bytes.ptr(row);
      const std::uint8_t* below = bytes.ptr(row + 1);
      for (int i = 0; i < values; ++i) {
        columns[static_cast<std::size_t>(i)] =
            static_cast<std::uint16_t>(above[i] + here[i] + below[i]);
      }
      sharpen_row(here, columns.data(), values, result.ptr(row));
    }
    bytes.row(bytes.rows - 1).copyTo(result.row(bytes.rows - 1));
    photo.set(result);
  }

 private:
  /// Pillow adds nine single-precision products of 1/13 and 5/13 and 0.5, and drops the fraction.
  /// A whole sum S never makes S/13 + 0.5 whole, so rounding errors cannot matter, and the same in
  /// whole numbers is (S + 6) / 13.
  void sharpen_row(const std::uint8_t* here, const std::uint16_t* columns, int values,
                   std::uint8_t* to) const {
    std::copy(here, here + 3, to);
    for (int i = 3; i < values - 3; ++i) {
      const int sum = columns[i - 3] + columns[i] + columns[i + 3] + 4 * here[i];
      to[i] = blend((sum + 6) / 13, here[i], factor_);
    }
    std::copy(here + values - 3, here + values, to + values - 3);
  }
};

class AutoContrast final : public Enhancer {
 public:
  explicit AutoContrast(double cutoff_percent) : cutoff_percent_(cutoff_percent) {}

  void apply(Pixels& photo) override {
    auto histograms = photo.histograms();
    Tables tables;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      stretch(histograms[channel], tables[channel]);
    }
    look_up(tables, photo);
  }

 private:
  using Histogram = std::array<int, 256>;

  /// Takes `count` pixels out of the histogram, from this end on.
  template <typename Iterator>
  static void drop(Iterator begin, Iterator end, double count) {
    for (auto bin = begin; bin != end && count > 0; ++bin) {
      const double taken = std::min(count, static_cast<double>(*bin));
      *bin -= static_cast<int>(taken);
      count -= taken;
    }
  }

  void stretch(Histogram& histogram, std::array<std::uint8_t, 256>& table) const {
    const auto pixels = std::accumulate(histogram.begin(), histogram.end(), std::int64_t{0});
    // Python's floored division, which takes the remainder first.
    const double product = static_cast<double>(pixels) * cutoff_percent_;
    const double cut = std::round((product - std::fmod(product, 100.0)) / 100.0);
    drop(histogram.begin(), histogram.end(), cut);
    drop(histogram.rbegin(), histogram.rend(), cut);

    const auto used = [](int count) { return count > 0; };
    const auto low = std::find_if(histogram.begin(), histogram.end(), used) - histogram.begin();
    const auto high =
        histogram.rend() - std::find_if(histogram.rbegin(), histogram.rend(), used) - 1;
    if (high <= low) {  // one level or none: as it is
      std::iota(table.begin(), table.end(), std::uint8_t{0});
      return;
    }
    const double scale = 255.0 / static_cast<double>(high - low);
    const double offset = static_cast<double>(-low) * scale;
    for (std::size_t value = 0; value < 256; ++value) {
      const double stretched = static_cast<double>(value) * scale + offset;
      table[value] = static_cast<std::uint8_t>(std::clamp(stretched, 0.0, 255.0));
    }
  }

  double cutoff_percent_;
};

class Equalize final : public Enhancer {
 public:
  void apply(Pixels& photo) override {
    const auto histograms = photo.histograms();
    Tables tables;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const auto& histogram = histograms[channel];
      const auto last =
          std::find_if(histogram.rbegin(), histogram.rend(), [](int count) { return count > 0; });
      const auto pixels = std::accumulate(histogram.begin(), histogram.end(), std::int64_t{0});
      const std::int64_t step = (pixels - *last) / 255;
      if (step == 0) {  // too few pixels, or one level only: as it is
        std::iota(tables[channel].begin(), tables[channel].end(), std::uint8_t{0});
        continue;
      }
      std::int64_t sum = step / 2;
      for (std::size_t value = 0; value < 256; ++value) {
        tables[channel][value] = cv::saturate_cast<std::uint8_t>(sum / step);
        sum += histogram[value];
      }
    }
    look_up(tables, photo);
  }
};

template <typename T>
Method factor_method(const std::string& name, const std::string& summary,
                     const std::string& meaning) {
  return {name,
          summary,
          {{"factor", 1.5, 0, 16, meaning}},
          "",
          [](const ParameterValues& values, const ModelRegistry&) {
            return made<T>(values.at("factor"));
          }};
}

}  // namespace

const std::vector<Method>& pillow_methods() {
  static const std::vector<Method> methods = {
      factor_method<Brightness>("pil-brightness", "Pillow's ImageEnhance.Brightness, bit-exact",
                                "0 black, 1 as it is, more is brighter"),
      factor_method<Contrast>("pil-contrast", "Pillow's ImageEnhance.Contrast, bit-exact",
                              "0 grey, 1 as it is, more is stronger"),
      factor_method<Color>("pil-color", "Pillow's ImageEnhance.Color, bit-exact",
                           "0 black and white, 1 as it is, more is more colourful"),
      factor_method<Sharpness>("pil-sharpness", "Pillow's ImageEnhance.Sharpness, bit-exact",
                               "0 smoothed, 1 as it is, more is sharper"),
      {"pil-autocontrast",
       "Pillow's ImageOps.autocontrast, bit-exact",
       {{"cutoff", 0, 0, 50, "percent of the pixels to ignore at each end of the histogram"}},
       "",
       [](const ParameterValues& values, const ModelRegistry&) {
         return made<AutoContrast>(values.at("cutoff"));
       }},
      {"pil-equalize",
       "Pillow's ImageOps.equalize, bit-exact",
       {},
       "",
       [](const ParameterValues&, const ModelRegistry&) { return made<Equalize>(); }},
  };
  return methods;
}

}  // namespace everyface
