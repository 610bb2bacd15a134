#include <algorithm>

#include "nn/kernels.h"

// The rest of this file is compiled once for each of these instruction sets: SSE4.1, AVX2 and
// AVX-512 on x86, and without any of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/kernels_convolution.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
// In this order:
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nn/kernels-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace everyface::HWY_NAMESPACE {
namespace {

// How many sums fit into the registers, next to the weights and an input.
constexpr std::size_t kSums =
    kLanes == 16 ? 24 : (kLanes == 8 ? 12 : std::max<std::size_t>(8, kVectors));

/// One tap of a convolution: kPixels pixels times the weights of kBlocks output blocks, for
/// `count` channels, added to the sums.
template <std::size_t kPixels, std::size_t kBlocks>
HWY_INLINE void add_channels(const float* HWY_RESTRICT in, std::size_t pixel_stride,
                             std::size_t channel_stride, int count,
                             const float* HWY_RESTRICT weights, std::size_t weight_stride,
                             Vector (&sums)[kPixels][kBlocks * kVectors]) {
  const Lanes d;
  for (int k = 0; k < count; ++k) {
    Vector weight[kBlocks * kVectors];
    for (std::size_t block = 0; block < kBlocks; ++block) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        weight[block * kVectors + v] = hn::Load(d, weights + block * weight_stride + v * kLanes);
      }
    }
    for (std::size_t p = 0; p < kPixels; ++p) {
      const Vector value = hn::Set(d, in[p * pixel_stride]);
      for (std::size_t v = 0; v < kBlocks * kVectors; ++v) {
        sums[p][v] = hn::MulAdd(value, weight[v], sums[p][v]);
      }
    }
    in += channel_stride;
    weights += kBlock;
  }
}

/// kPixels output pixels from column `x` on, of kBlocks output blocks from `first` on. kIn: the
/// channels of a block of the input.
template <std::size_t kPixels, std::size_t kBlocks, std::size_t kIn>
HWY_NOINLINE void convolve_tile(const ConvRow& job, std::size_t x, std::size_t first) {
  const Lanes d;
  const auto taps =
      static_cast<std::size_t>(job.kernel_height) * static_cast<std::size_t>(job.kernel_width);
  const std::size_t weight_stride = taps * static_cast<std::size_t>(job.channels) * kBlock;
  const float* weights = job.weights + first * weight_stride;
  const float* bias = job.bias + first * kBlock;

  Vector sums[kPixels][kBlocks * kVectors];
  for (std::size_t v = 0; v < kBlocks * kVectors; ++v) {
    const Vector start = hn::Load(d, bias + v * kLanes);
    for (std::size_t p = 0; p < kPixels; ++p) {
      sums[p][v] = start;
    }
  }
  const auto pixel_stride = static_cast<std::size_t>(job.stride) * kIn;
  for (int ky = 0; ky < job.kernel_height; ++ky) {
    for (int kx = 0; kx < job.kernel_width; ++kx) {
      const float* in =
          job.rows[ky] + x * pixel_stride + static_cast<std::size_t>(kx * job.dilation) * kIn;
      if constexpr (kIn == 1) {
        add_channels<kPixels, kBlocks>(in, pixel_stride, job.block_stride, job.channels, weights,
                                       weight_stride, sums);
        weights += job.channels * kBlock;
      } else {
        int left = job.channels;
        for (; left >= kBlock; left -= kBlock) {
          add_channels<kPixels, kBlocks>(in, pixel_stride, 1, kBlock, weights, weight_stride, sums);
          in += job.block_stride;
          weights += kBlock * kBlock;
        }
        add_channels<kPixels, kBlocks>(in, pixel_stride, 1, left, weights, weight_stride, sums);
        weights += left * kBlock;
      }
    }
  }
  for (std::size_t v = 0; v < kBlocks * kVectors; ++v) {
    const std::size_t block = first + v / kVectors;
    const std::size_t lane = v % kVectors * kLanes;
    const float* slope =
        job.finish.slopes == nullptr ? nullptr : job.finish.slopes + block * kBlock + lane;
    float* out = job.out + block * job.out_block_stride + x * kBlock + lane;
    const float* residual = job.residual + block * job.residual_block_stride + x * kBlock + lane;
    for (std::size_t p = 0; p < kPixels; ++p) {
      Vector sum = sums[p][v];
      if (job.residual != nullptr) {
        sum = hn::Add(sum, hn::Load(d, residual + p * kBlock));
      }
      hn::Store(finished(sum, job.finish, slope), d, out + p * kBlock);
    }
  }
}

/// Calls the tile for `pixels` (at most kPixels) pixels.
template <std::size_t kPixels, std::size_t kBlocks, std::size_t kIn>
HWY_INLINE void convolve_some(const ConvRow& job, std::size_t pixels, std::size_t x,
                              std::size_t first) {
  if constexpr (kPixels > 1) {
    if (pixels < kPixels) {
      convolve_some<kPixels - 1, kBlocks, kIn>(job, pixels, x, first);
      return;
    }
  }
  convolve_tile<kPixels, kBlocks, kIn>(job, x, first);
}

/// kBlocks output blocks of the whole row, in tiles of nearly the same width.
template <std::size_t kBlocks, std::size_t kIn>
void convolve_blocks(const ConvRow& job, std::size_t first) {
  constexpr std::size_t kPixels = std::min<std::size_t>(12, kSums / (kBlocks * kVectors));
  const auto width = static_cast<std::size_t>(job.width);
  std::size_t x = 0;
  for (std::size_t left = (width + kPixels - 1) / kPixels; left > 0; --left) {
    const std::size_t pixels = (width - x + left - 1) / left;
    convolve_some<kPixels, kBlocks, kIn>(job, pixels, x, first);
    x += pixels;
  }
}

template <std::size_t kIn>
void convolve_all(const ConvRow& job) {
  const auto blocks = static_cast<std::size_t>(job.out_blocks);
  std::size_t first = 0;
  if constexpr (kLanes == kBlock) {
    for (; first + 4 <= blocks; first += 4) {
      convolve_blocks<4, kIn>(job, first);
    }
    if (first + 3 == blocks) {
      convolve_blocks<3, kIn>(job, first);
      return;
    }
    if (first + 2 == blocks) {
      convolve_blocks<2, kIn>(job, first);
      return;
    }
  }
  for (; first < blocks; ++first) {
    convolve_blocks<1, kIn>(job, first);
  }
}

void ConvolveRow(const ConvRow& job) {
  if (job.planes) {
    convolve_all<1>(job);
  } else {
    convolve_all<kBlock>(job);
  }
}

/// kPixels pixels of one vector of channels, 3 x 3 taps. `weights`: nine vectors.
template <std::size_t kPixels, std::size_t kStride>
HWY_INLINE void depthwise_tile(const float* const (&rows)[3], const Vector (&weights)[9],
                               Vector bias, Vector (&sums)[kPixels]) {
  const Lanes d;
  for (std::size_t p = 0; p < kPixels; ++p) {
    sums[p] = bias;
  }
  constexpr std::size_t kColumns = (kPixels - 1) * kStride + 3;
  for (std::size_t ky = 0; ky < 3; ++ky) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      const Vector value = hn::Load(d, rows[ky] + column * kBlock);
      for (std::size_t kx = 0; kx < 3; ++kx) {
        const std::size_t from = column - kx;
        if (column >= kx && from % kStride == 0 && from / kStride < kPixels) {
          Vector& sum = sums[from / kStride];
          sum = hn::MulAdd(value, weights[ky * 3 + kx], sum);
        }
      }
    }
  }
}

template <std::size_t kPixels, std::size_t kStride>
HWY_INLINE std::size_t depthwise_tiles(const ConvRow& job, std::size_t x,
                                       const float* const (&rows)[3], const Vector (&weights)[9],
                                       Vector bias, const float* slope, float* out) {
  for (; x + kPixels <= static_cast<std::size_t>(job.width); x += kPixels) {
    const std::size_t from = x * kStride * kBlock;
    Vector sums[kPixels];
    depthwise_tile<kPixels, kStride>({rows[0] + from, rows[1] + from, rows[2] + from}, weights,
                                     bias, sums);
    for (std::size_t p = 0; p < kPixels; ++p) {
      hn::Store(finished(sums[p], job.finish, slope), Lanes(), out + (x + p) * kBlock);
    }
  }
  return x;
}

/// One vector of channels of the whole row; offset: of the vector in a pixel's block.
template <std::size_t kStride>
void depthwise_3x3(const ConvRow& job, const float* const (&rows)[3], const float* taps,
                   const float* bias_at, const float* slope, float* out) {
  const Lanes d;
  Vector weights[9];
  for (std::size_t tap = 0; tap < 9; ++tap) {
    weights[tap] = hn::Load(d, taps + tap * kBlock);
  }
  const Vector bias = hn::Load(d, bias_at);
  constexpr std::size_t kPixels = kLanes == 16 ? 8 : 4;
  const std::size_t x = depthwise_tiles<kPixels, kStride>(job, 0, rows, weights, bias, slope, out);
  depthwise_tiles<1, kStride>(job, x, rows, weights, bias, slope, out);
}

/// Any kernel, stride and dilation.
void depthwise_any(const ConvRow& job, std::size_t offset, const float* taps, const float* bias,
                   const float* slope, float* out) {
  const Lanes d;
  for (int x = 0; x < job.width; ++x) {
    // Four sums, so that one addition need not wait for the one before it.
    Vector sums[4] = {hn::Load(d, bias), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
    const float* tap = taps;
    for (int ky = 0; ky < job.kernel_height; ++ky) {
      const float* in = job.rows[ky] + offset + x * job.stride * kBlock;
      int kx = 0;
      for (; kx + 4 <= job.kernel_width; kx += 4) {
        for (int i = 0; i < 4; ++i, tap += kBlock, in += job.dilation * kBlock) {
          sums[i] = hn::MulAdd(hn::Load(d, in), hn::Load(d, tap), sums[i]);
        }
      }
      for (; kx < job.kernel_width; ++kx, tap += kBlock, in += job.dilation * kBlock) {
        sums[0] = hn::MulAdd(hn::Load(d, in), hn::Load(d, tap), sums[0]);
      }
    }
    const Vector sum = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
    hn::Store(finished(sum, job.finish, slope), d, out + x * kBlock);
  }
}

void ConvolveRowDepthwise(const ConvRow& job) {
  const auto taps =
      static_cast<std::size_t>(job.kernel_height) * static_cast<std::size_t>(job.kernel_width);
  const bool is_3x3 = job.kernel_height == 3 && job.kernel_width == 3 && job.dilation == 1;
  for (std::size_t block = 0; block < static_cast<std::size_t>(job.out_blocks); ++block) {
    for (std::size_t lane = 0; lane < kBlock; lane += kLanes) {
      const std::size_t at = block * kBlock + lane;
      const std::size_t offset = block * job.block_stride + lane;
      const float* weights = job.weights + block * taps * kBlock + lane;
      const float* slope = job.finish.slopes == nullptr ? nullptr : job.finish.slopes + at;
      float* out = job.out + block * job.out_block_stride + lane;
      if (is_3x3 && job.stride <= 2) {
        const float* const rows[3] = {job.rows[0] + offset, job.rows[1] + offset,
                                      job.rows[2] + offset};
        const auto run = job.stride == 1 ? &depthwise_3x3<1> : &depthwise_3x3<2>;
        run(job, rows, weights, job.bias + at, slope, out);
      } else {
        depthwise_any(job, offset, weights, job.bias + at, slope, out);
      }
    }
  }
}

}  // namespace
}  // namespace everyface::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace everyface {

HWY_EXPORT(ConvolveRow);
HWY_EXPORT(ConvolveRowDepthwise);

void convolve_row(const ConvRow& job) { HWY_DYNAMIC_DISPATCH(ConvolveRow)(job); }
void convolve_row_depthwise(const ConvRow& job) { HWY_DYNAMIC_DISPATCH(ConvolveRowDepthwise)(job); }

}  // namespace everyface
#endif  // HWY_ONCE
