// The inner loops of the inference engine, for one row of a feature map at a time, compiled for
// several instruction sets (Highway); the best of them that the processor has is chosen at run
// time.
//
// A row of a feature map is stored in blocks of 16 channels: block b, pixel x and channel
// 16 b + c lie at row[(b * pitch + x) * 16 + c]. The last block is filled up with channels whose
// values mean nothing but are finite; the weights of these are zero. The photo that goes in may be
// stored in planes instead (blocks of one channel).
#pragma once

#include <cstddef>
#include <limits>

namespace everyface {

/// Channels of a block.
inline constexpr int kBlock = 16;

constexpr std::size_t size_of(int value) { return static_cast<std::size_t>(value); }

/// Channels rounded up to whole blocks.
constexpr int whole_blocks(int channels) { return (channels + kBlock - 1) / kBlock * kBlock; }

/// What follows the sums of a convolution: x * slope[channel] where x is negative (with slopes),
/// then clamped to low..high.
struct Finish {
  const float* slopes = nullptr;  ///< one a channel, whole blocks; null: none
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
};

/// One row of a convolution over all channels. Pointers to rows are to the pixel that the first
/// output's first tap takes (so left of the row's first pixel where there is padding, which the
/// caller has filled with zeros). Strides between blocks are in floats.
struct ConvRow {
  const float* const* rows = nullptr;  ///< kernel_height of them
  std::size_t block_stride = 0;        ///< of the input
  int channels = 0;                    ///< of the input
  bool planes = false;                 ///< the input has blocks of one channel
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;  ///< in pixels of the input
  int dilation = 1;
  const float* weights = nullptr;  ///< [output block][kernel row][kernel column][channel][16]
  const float* bias = nullptr;     ///< whole blocks
  float* out = nullptr;
  std::size_t out_block_stride = 0;
  int out_blocks = 0;
  int width = 0;                    ///< pixels of the output
  const float* residual = nullptr;  ///< a row that is added before the finish; null: none
  std::size_t residual_block_stride = 0;
  Finish finish;
};
void convolve_row(const ConvRow& job);

/// One row of a convolution of each channel by itself. As ConvRow, but weights are
/// [block][kernel row][kernel column][16], and there are as many blocks in as out.
void convolve_row_depthwise(const ConvRow& job);

/// One row of max or average pooling; the window of a pixel ends where the map does. `rows` are
/// the `kernel_height` rows that lie in the map, pointing to its first pixel.
struct PoolRow {
  const float* const* rows = nullptr;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;
  int in_width = 0;
  std::size_t block_stride = 0;
  float* out = nullptr;
  std::size_t out_block_stride = 0;
  int blocks = 0;
  int width = 0;
  bool average = false;  ///< over the pixels that lie in the map
};
void pool_row(const PoolRow& job);

/// a op b into `out` (which may be either of them), `count` floats, any alignment.
enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide };
void combine(Arithmetic operation, const float* a, const float* b, float* out, std::size_t count);

/// As combine(), for `pixels` pixels of one block: b has 16 values, the same for every pixel.
void combine_block(Arithmetic operation, const float* a, const float* b, float* out,
                   std::size_t pixels);

/// Finish of `pixels` pixels of one block, in place (slopes at the block's own).
void finish_block(const Finish& finish, float* values, std::size_t pixels);

/// 1 / (1 + exp(-x)) and tanh(x) in place, within 4 units in the last place of a float (absolute
/// 1e-6 near zero), any alignment.
void sigmoid(float* values, std::size_t count);
void tanh(float* values, std::size_t count);

/// An affine coupling of LLFlow, undone in place: z / (sigmoid(scales + 2) + 1e-4) - shifts. Whole
/// blocks.
void undo_coupling(const float* shifts, const float* scales, float* z, std::size_t count);

}  // namespace everyface
