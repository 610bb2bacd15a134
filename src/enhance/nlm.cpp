#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "enhance/method.h"
#include "enhance/noise.h"
#include "enhance/strips.h"

namespace everyface {
namespace {

/// Beyond it, weights are next to nothing, and their exponent would leave the range of floats.
constexpr float kLargestExponent = 87.0F;

/// exp(-u) for u in 0..kLargestExponent, within a thousandth of its value, in operations that
/// compilers vectorise.
inline float exp_of_minus(float u) {
  const float power = u * 1.44269504F;
  const auto whole = static_cast<std::int32_t>(power);
  const float rest = (static_cast<float>(whole) - power) * 0.69314718F;  // in (-ln 2, 0]
  const float part =
      1.0F +
      rest * (1.0F + rest * (0.5F + rest * (1.0F / 6 + rest * (1.0F / 24 + rest * (1.0F / 120)))));
  const auto scale = std::bit_cast<float>((127 - whole) << 23);
  return part * scale;
}

struct NlmOptions {
  double sigma;
  double h;
  int patch;
  int search;
};

/// One strip of the photo with a margin, channel by channel, and what was gathered for it.
class Strip {
 public:
  Strip(const cv::Mat& photo, int first, int last, int search_radius, int patch_radius)
      : rows_(last - first),
        columns_(photo.cols),
        margin_(search_radius + patch_radius),
        patch_radius_(patch_radius) {
    cv::split(rows_with_margin(photo, first, last, margin_), values_);
    for (int channel = 0; channel < 3; ++channel) {
      gathered_[channel] = values_[channel].clone();  // each pixel itself has weight 1
    }
    weights_ = cv::Mat::ones(values_[0].size(), CV_32F);
    squares_.resize(2 * static_cast<std::size_t>(patch_radius) + 1);
    for (auto& row : squares_) {
      row.resize(static_cast<std::size_t>(values_[0].cols));
    }
    sums_.resize(static_cast<std::size_t>(values_[0].cols));
    row_weights_.resize(sums_.size());
  }

  /// Gathers all pairs of pixels that lie (dx, dy) apart, each pair for both of its pixels.
  /// Requires dy > 0, or dy = 0 and dx > 0.
  void gather(int dx, int dy, float noise_square, float per_h_square) {
    const int top = margin_ - dy;
    const int left = margin_ - std::max(dx, 0);
    const int right = margin_ + columns_ + std::max(-dx, 0);
    const int sides = 2 * patch_radius_ + 1;
    const float per_value = 1.0F / static_cast<float>(3 * sides * sides);
    for (int y = top - patch_radius_; y < margin_ + rows_ + patch_radius_; ++y) {
      const std::size_t slot = static_cast<std::size_t>(y) % squares_.size();
      square_differences(y, dx, dy, left - patch_radius_, right + patch_radius_,
                         squares_[slot].data());
      const int centre = y - patch_radius_;
      if (centre >= top) {
        weigh(left, right, noise_square, per_value, per_h_square);
        accumulate(centre, dx, dy, left, right);
      }
    }
  }

  /// Writes the weighted means into rows first.. of the photo.
  void write(cv::Mat& photo, int first) const {
    for (int row = 0; row < rows_; ++row) {
      const int y = row + margin_;
      auto* out = photo.ptr<cv::Vec3f>(first + row);
      for (int x = 0; x < columns_; ++x) {
        const float weight = weights_.ptr<float>(y)[x + margin_];
        for (int channel = 0; channel < 3; ++channel) {
          out[x][channel] = gathered_[channel].ptr<float>(y)[x + margin_] / weight;
        }
      }
    }
  }

 private:
  void square_differences(int y, int dx, int dy, int left, int right, float* out) const {
    const auto* blue = values_[0].ptr<float>(y);
    const auto* green = values_[1].ptr<float>(y);
    const auto* red = values_[2].ptr<float>(y);
    const float* other_blue = values_[0].ptr<float>(y + dy) + dx;
    const float* other_green = values_[1].ptr<float>(y + dy) + dx;
    const float* other_red = values_[2].ptr<float>(y + dy) + dx;
    for (int x = left; x < right; ++x) {
      const float b = blue[x] - other_blue[x];
      const float g = green[x] - other_green[x];
      const float r = red[x] - other_red[x];
      out[x] = b * b + g * g + r * r;
    }
  }

  void weigh(int left, int right, float noise_square, float per_value, float per_h_square) {
    const int from = left - patch_radius_;
    const int to = right + patch_radius_;
    float* sums = sums_.data();
    std::copy(squares_[0].data() + from, squares_[0].data() + to, sums + from);
    for (std::size_t k = 1; k < squares_.size(); ++k) {
      const float* row = squares_[k].data();
      for (int x = from; x < to; ++x) {
        sums[x] += row[x];
      }
    }
    float* weights = row_weights_.data();
    std::copy(sums + left, sums + right, weights + left);
    for (int k = 1; k <= patch_radius_; ++k) {
      for (int x = left; x < right; ++x) {
        weights[x] += sums[x - k] + sums[x + k];
      }
    }
    // Two loops: in one, the compiler treats the limits apart and does not vectorise.
    for (int x = left; x < right; ++x) {
      const float excess = std::max(weights[x] * per_value - noise_square, 0.0F);
      weights[x] = std::min(excess * per_h_square, kLargestExponent);
    }
    for (int x = left; x < right; ++x) {
      weights[x] = exp_of_minus(weights[x]);
    }
  }

  void accumulate(int y, int dx, int dy, int left, int right) {
    const float* weights = row_weights_.data();
    for (int channel = 0; channel < 3; ++channel) {
      const float* here = values_[channel].ptr<float>(y);
      const float* there = values_[channel].ptr<float>(y + dy) + dx;
      auto* gathered_here = gathered_[channel].ptr<float>(y);
      float* gathered_there = gathered_[channel].ptr<float>(y + dy) + dx;
      for (int x = left; x < right; ++x) {
        gathered_here[x] += weights[x] * there[x];
      }
      for (int x = left; x < right; ++x) {
        gathered_there[x] += weights[x] * here[x];
      }
    }
    auto* weights_here = weights_.ptr<float>(y);
    float* weights_there = weights_.ptr<float>(y + dy) + dx;
    for (int x = left; x < right; ++x) {
      weights_here[x] += weights[x];
    }
    for (int x = left; x < right; ++x) {
      weights_there[x] += weights[x];
    }
  }

  int rows_;
  int columns_;
  int margin_;
  int patch_radius_;
  cv::Mat values_[3];
  cv::Mat gathered_[3];
  cv::Mat weights_;
  std::vector<std::vector<float>> squares_;  // the latest rows of one patch height, as a ring
  std::vector<float> sums_;
  std::vector<float> row_weights_;
};

/// Non-local means (Buades, Coll and Morel 2005, "A non-local algorithm for image denoising",
/// CVPR), with the noise subtracted from the distance as in their "Non-Local Means Denoising",
/// IPOL 2011: a pixel becomes the mean of those within the search window, each weighted by
///   exp(-max(d^2 - 2 sigma^2, 0) / h^2),
/// d^2 the mean square difference of the two patches over pixels and channels. In floats, with the
/// photo mirrored at its border.
class Nlm : public Enhancer {
 public:
  explicit Nlm(const NlmOptions& options) : options_(options) {}

  void apply(Pixels& photo) override {
    const cv::Mat source = photo.floats();
    const double sigma = std::isnan(options_.sigma) ? noise_level(source) : options_.sigma;
    constexpr double kStrength = 0.7;
    const double h = std::isnan(options_.h) ? kStrength * sigma : options_.h;
    if (h <= 0) {
      return;
    }
    const int search_radius = options_.search / 2;
    cv::Mat denoised(source.size(), source.type());
    const auto noise_square = static_cast<float>(2 * sigma * sigma);
    const auto per_h_square = static_cast<float>(1 / (h * h));
    constexpr int kStripRows = 64;
    for_each_strip(source.rows, kStripRows, [&](int first, int last) {
      Strip strip(source, first, last, search_radius, options_.patch / 2);
      for (int dy = 0; dy <= search_radius; ++dy) {
        for (int dx = dy == 0 ? 1 : -search_radius; dx <= search_radius; ++dx) {
          strip.gather(dx, dy, noise_square, per_h_square);
        }
      }
      strip.write(denoised, first);
    });
    photo.set(denoised);
  }

 private:
  NlmOptions options_;
};

}  // namespace

Method nlm_method() {
  return {.name = "nlm",
          .summary = "non-local means denoising (Buades, Coll, Morel 2005, 2011) in floats",
          .parameters = {{.name = "sigma",
                          .fallback = kAuto,
                          .low = 0,
                          .high = 255,
                          .meaning = "standard deviation of the noise in grey levels; auto: "
                                     "estimated from the photo"},
                         {.name = "h",
                          .fallback = kAuto,
                          .low = 0,
                          .high = 1000,
                          .meaning = "strength in grey levels; auto: 0.7 sigma"},
                         {.name = "patch",
                          .fallback = 3,
                          .low = 1,
                          .high = 15,
                          .meaning = "side of a patch in pixels, an even number counts as the next "
                                     "odd one",
                          .whole = true},
                         {.name = "search",
                          .fallback = 21,
                          .low = 3,
                          .high = 61,
                          .meaning = "side of the search window in pixels, an even number counts "
                                     "as the next odd one",
                          .whole = true}},
          .model = "",
          .make = [](const ParameterValues& values, const ModelRegistry&) {
            return made<Nlm>(NlmOptions{values.at("sigma"), values.at("h"),
                                        static_cast<int>(values.at("patch")),
                                        static_cast<int>(values.at("search"))});
          }};
}

}  // namespace everyface
