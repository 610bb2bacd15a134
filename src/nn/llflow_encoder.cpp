// The encoder of LLFlow: features and colour map out of a photo.
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <utility>

#include "nn/llflow.h"

namespace everyface {
namespace {

constexpr float kLeak = 0.2F;
constexpr std::size_t kGrowthPlanes = 2;  // that a convolution of a dense block adds
constexpr float kResidual = 0.2F;

/// What the network sees of grey levels.
struct Levels {
  std::array<float, 256> logarithm{};
  std::array<float, 256> light{};  ///< its exponential
  std::array<float, 256> share{};  ///< of white
  Levels() {
    for (std::size_t level = 0; level < 256; ++level) {
      share[level] = static_cast<float>(level) / 255.0F;
      logarithm[level] = std::log(share[level] + 1e-3F);
      light[level] = std::exp(logarithm[level]);
    }
  }
};

/// Red, green and blue as shares of their sum, for a row of the photo.
void colours_of(const Levels& levels, const cv::Vec3b* bgr, int width, cv::Vec3f* colours) {
  for (int x = 0; x < width; ++x) {
    const cv::Vec3f light(levels.light[bgr[x][2]], levels.light[bgr[x][1]],
                          levels.light[bgr[x][0]]);
    const float sum = light[0] + light[1] + light[2] + 1e-4F;
    colours[x] = cv::Vec3f(light[0] / sum, light[1] / sum, light[2] / sum);
  }
}

/// The rows begin..end-1 of the photo as the 12 channels that the encoder takes: logarithm,
/// equalised photo, colours, and the larger of their slopes down and across. Beyond the photo's
/// border colours are 0.
FeatureMap input_rows(const cv::Mat& bgr, const cv::Mat& equalised, int begin, int end) {
  static const Levels levels;
  const int width = bgr.cols;
  FeatureMap map(1, end - begin, width);
  cv::Mat colours(end - begin + 2, width + 2, CV_32FC3, cv::Scalar());
  for (int y = std::max(begin - 1, 0); y < std::min(end + 1, bgr.rows); ++y) {
    colours_of(levels, bgr.ptr<cv::Vec3b>(y), width, colours.ptr<cv::Vec3f>(y - begin + 1) + 1);
  }
  for (int y = begin; y < end; ++y) {
    const auto* photo = bgr.ptr<cv::Vec3b>(y);
    const auto* equal = equalised.ptr<cv::Vec3b>(y);
    const auto* above = colours.ptr<cv::Vec3f>(y - begin) + 1;
    const auto* here = colours.ptr<cv::Vec3f>(y - begin + 1) + 1;
    const auto* below = colours.ptr<cv::Vec3f>(y - begin + 2) + 1;
    float* pixel = map.row(0, y - begin);
    for (int x = 0; x < width; ++x, pixel += kBlock) {
      for (int c = 0; c < 3; ++c) {
        pixel[c] = levels.logarithm[photo[x][2 - c]];
        pixel[3 + c] = levels.share[equal[x][2 - c]];
        pixel[6 + c] = here[x][c];
        pixel[9 + c] = 0.5F * std::max(std::abs(below[x][c] - above[x][c]),
                                       std::abs(here[x + 1][c] - here[x - 1][c]));
      }
    }
  }
  return map;
}

/// The largest value of 2 × 2 pixels, for one row of `to`.
void halve_row(const FeatureMap& from, int from_row, FeatureMap& to, int row) {
  for (std::size_t plane = 0; plane < to.planes(); ++plane) {
    const std::array<const float*, 2> rows = {from.row(plane, from_row),
                                              from.row(plane, from_row + 1)};
    PoolRow job;
    job.rows = rows.data();
    job.kernel_height = 2;
    job.kernel_width = 2;
    job.stride = 2;
    job.in_width = from.width();
    job.out = to.row(plane, row);
    job.blocks = 1;
    job.width = to.width();
    pool_row(job);
  }
}

/// The mean of 2 × 2 pixels.
FeatureMap mean_of_squares(const FeatureMap& from) {
  FeatureMap to(from.planes(), from.height() / 2, from.width() / 2);
  for (std::size_t plane = 0; plane < to.planes(); ++plane) {
    for (int y = 0; y < to.height(); ++y) {
      const std::array<const float*, 2> rows = {from.row(plane, 2 * y), from.row(plane, 2 * y + 1)};
      PoolRow job;
      job.rows = rows.data();
      job.kernel_height = 2;
      job.kernel_width = 2;
      job.stride = 2;
      job.in_width = from.width();
      job.out = to.row(plane, y);
      job.blocks = 1;
      job.width = to.width();
      job.average = true;
      pool_row(job);
    }
  }
  return to;
}

/// Every second pixel of every second row.
FeatureMap every_second(const FeatureMap& from) {
  FeatureMap to(from.planes(), from.height() / 2, from.width() / 2);
  for (std::size_t plane = 0; plane < to.planes(); ++plane) {
    for (int y = 0; y < to.height(); ++y) {
      const float* in = from.row(plane, 2 * y);
      float* out = to.row(plane, y);
      for (int x = 0; x < to.width(); ++x, in += 2 * kBlock, out += kBlock) {
        std::copy(in, in + kBlock, out);
      }
    }
  }
  return to;
}

}  // namespace

Convolution3x3 Llflow::job_of(const PackedConvolution& weights, std::vector<const float*> in,
                              std::vector<float*> out, int height, int width) const {
  Convolution3x3 job;
  job.in = std::move(in);
  job.out = std::move(out);
  job.height = height;
  job.width = width;
  job.weights = weights.weights.data();
  job.bias = weights.bias.data();
  return job;
}

/// Two convolutions at full resolution and the largest of each 2 × 2, in bands of rows, so that
/// nothing of that size is ever whole in memory.
FeatureMap Llflow::read_photo(const cv::Mat& bgr, const cv::Mat& equalised) {
  constexpr int kBand = 32;
  constexpr int kReach = 2;  // rows beyond the band that its result depends on
  const std::size_t planes = weights_.first.out_planes;
  FeatureMap head(planes, bgr.rows / 2, bgr.cols / 2);
  for (int top = 0; top < bgr.rows; top += kBand) {
    const int begin = std::max(top - kReach, 0);
    const int end = std::min(top + kBand + kReach, bgr.rows);
    const FeatureMap input = input_rows(bgr, equalised, begin, end);
    FeatureMap first(planes, end - begin, bgr.cols);
    FeatureMap second(planes, end - begin, bgr.cols);
    auto job = job_of(weights_.first, planes_of(input), planes_of(first, 0, planes), end - begin,
                      bgr.cols);
    job.slope = kLeak;
    convolve_3x3(job, buffers_);
    convolve_3x3(job_of(weights_.second, planes_of(first), planes_of(second, 0, planes),
                        end - begin, bgr.cols),
                 buffers_);
    for (int y = top; y < std::min(top + kBand, bgr.rows); y += 2) {
      halve_row(second, y - begin, head, y / 2);
    }
  }
  return head;
}

/// Three dense blocks, each of which adds a fifth of its result to what it was given; a fifth of
/// the whole is added to x.
void Llflow::run_block(std::size_t block, FeatureMap& x, BlockScratch& scratch) {
  FeatureMap& growth = scratch.growth;
  const std::array<FeatureMap*, 4> maps = {&x, &scratch.first, &scratch.second, &x};
  for (std::size_t dense = 0; dense < 3; ++dense) {
    const FeatureMap& from = *maps[dense];
    FeatureMap& to = *maps[dense + 1];
    const auto& convolutions = weights_.dense[block * 3 + dense];
    std::vector<const float*> seen = planes_of(from);
    for (std::size_t i = 0; i < 4; ++i) {
      auto job = job_of(convolutions[i], seen, planes_of(growth, i * kGrowthPlanes, kGrowthPlanes),
                        x.height(), x.width());
      job.slope = kLeak;
      convolve_3x3(job, buffers_);
      append_planes(seen, growth, i * kGrowthPlanes, kGrowthPlanes);
    }
    // The factors of the convolution itself are in its weights.
    auto job = job_of(convolutions[4], seen, planes_of(to, 0, to.planes()), x.height(), x.width());
    job.residual = planes_of(from);
    if (dense == 2) {
      job.residual_scale = kResidual;
      job.base = planes_of(std::as_const(x));
    }
    convolve_3x3(job, buffers_);
  }
}

/// The colour map, a logistic function of `half` doubled in size (nearest neighbour), as 192
/// channels at an eighth of the photo: channel 64 c + 8 y + x is colour c of pixel (y, x) of 8 × 8.
FeatureMap Llflow::latent_of(const FeatureMap& half) const {
  constexpr int kSide = Llflow::kStride;
  constexpr int kChannels = 3 * kSide * kSide;
  FeatureMap latent(kChannels / kBlock, half.height() * 2 / kSide, half.width() * 2 / kSide);
  FeatureMap row(1, 1, half.width());
  for (int y = 0; y < half.height(); ++y) {
    const float* in = half.row(0, y);
    ConvRow job;
    job.rows = &in;
    job.block_stride = half.plane_floats();
    job.channels = static_cast<int>(half.planes()) * kBlock;
    job.weights = weights_.colour.weights.data();
    job.bias = weights_.colour.bias.data();
    job.out = row.row(0, 0);
    job.out_blocks = 1;
    job.width = half.width();
    convolve_row(job);
    sigmoid(row.row(0, 0), row.row_floats());
    for (int photo_y = 2 * y; photo_y < 2 * y + 2; ++photo_y) {
      for (int photo_x = 0; photo_x < 2 * half.width(); ++photo_x) {
        for (int c = 0; c < 3; ++c) {
          const int channel = (c * kSide + photo_y % kSide) * kSide + photo_x % kSide;
          latent.at(size_of(channel), photo_y / kSide, photo_x / kSide) =
              row.at(size_of(c), 0, photo_x / 2);
        }
      }
    }
  }
  return latent;
}

Llflow::Encoded Llflow::encode(const cv::Mat& bgr, const cv::Mat& equalised) {
  Encoded encoded;
  FeatureMap half = read_photo(bgr, equalised);
  std::vector<FeatureMap> stack(weights_.shape.stacked.size());
  {
    const int height = half.height();
    const int width = half.width();
    FeatureMap x = half;
    BlockScratch scratch{FeatureMap(half.planes(), height, width),
                         FeatureMap(half.planes(), height, width),
                         FeatureMap(4 * kGrowthPlanes, height, width)};
    for (int block = 0; block < weights_.shape.blocks; ++block) {
      run_block(size_of(block), x, scratch);
      for (std::size_t i = 0; i < stack.size(); ++i) {
        if (weights_.shape.stacked[i] == block) {
          stack[i] = x;
        }
      }
    }
    auto job = job_of(weights_.trunk, planes_of(std::as_const(x)),
                      planes_of(half, 0, half.planes()), height, width);
    job.base = planes_of(std::as_const(half));
    convolve_3x3(job, buffers_);
  }
  encoded.latent = latent_of(half);

  // Below, features are means and what is stacked is sampled, as the authors shrink them.
  const auto shrunk = [&](const FeatureMap& from, const PackedConvolution& weights, float slope) {
    const FeatureMap mean = mean_of_squares(from);
    FeatureMap to(from.planes(), mean.height(), mean.width());
    auto job = job_of(weights, planes_of(mean), planes_of(to, 0, to.planes()), mean.height(),
                      mean.width());
    job.slope = slope;
    convolve_3x3(job, buffers_);
    return to;
  };
  encoded.conditions[1].push_back(shrunk(half, weights_.quarter, kLeak));
  encoded.conditions[2].push_back(shrunk(encoded.conditions[1][0], weights_.eighth, 1));
  encoded.conditions[0].push_back(std::move(half));
  for (FeatureMap& map : stack) {
    encoded.conditions[1].push_back(every_second(map));
    encoded.conditions[2].push_back(every_second(encoded.conditions[1].back()));
    encoded.conditions[0].push_back(std::move(map));
  }
  return encoded;
}

}  // namespace everyface
