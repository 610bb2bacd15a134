// Convolutions of 3×3 taps over whole maps by Winograd's minimal filtering F(4×4, 3×3): a quarter
// of the multiplications of the plain sum (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", CVPR 2016). Rounding costs about one decimal digit: values differ from the
// plain sum's by up to 1e-5 of the largest.
//
// A map is stored in planes of 16 channels: channel 16 b + c of pixel (y, x) lies at
// planes[b][(y * width + x) * 16 + c]. Planes are found by pointers, so maps are put one after the
// other (concatenated) without being copied.
#pragma once

#include <cstddef>
#include <vector>

#include "nn/aligned.h"
#include "nn/kernels.h"

namespace everyface {

/// Stride 1, zeros around the map. out = leaky(sum + bias + residual_scale * residual + base),
/// where leaky(x) is x * slope where x is negative. `out` may be `base`, and none of `in`.
struct Convolution3x3 {
  std::vector<const float*> in;
  std::vector<float*> out;
  int height = 0;
  int width = 0;
  const float* weights = nullptr;  ///< [output plane][input channel][tap, row by row][16]
  const float* bias = nullptr;     ///< 16 a plane
  float slope = 1;
  std::vector<const float*> residual;  ///< a plane for each of `out`; or empty
  float residual_scale = 1;
  std::vector<const float*> base;  ///< likewise
};

/// Buffers that calls share; they never shrink.
struct WinogradBuffers {
  Floats weights;
  Floats inputs;
  Floats sums;
  Floats columns;
  Floats zeros;
};
void convolve_3x3(const Convolution3x3& job, WinogradBuffers& buffers);

// The three transforms, compiled for several instruction sets as in kernels.h. Between the 36
// points of a transformed tile lie `stride` floats; within a point, tiles or filters lie side by
// side.

/// `count` filters of nine taps (each a vector of 16 output channels).
void winograd_weights(const float* weights, std::size_t count, float* out, std::size_t stride);

/// `tiles` tiles of one plane from the six rows that they take, side by side from column `first`
/// on, which may be -1. What lies outside the columns 0..width-1 is zero. `columns`: room for 6 *
/// 16 * (4 * tiles + 2) floats.
struct WinogradInput {
  const float* rows[6] = {};
  int first = 0;
  int width = 0;
  std::size_t tiles = 0;
  float* columns = nullptr;
  float* out = nullptr;
  std::size_t stride = 0;
};
void winograd_input(const WinogradInput& job);

/// The way back for one plane: four rows from column `first` on, of those rows and columns that the
/// map has. residual and base: rows, or null.
struct WinogradOutput {
  const float* sums = nullptr;
  std::size_t stride = 0;
  std::size_t tiles = 0;
  const float* bias = nullptr;
  float slope = 1;
  int first = 0;
  int width = 0;
  int rows = 4;
  float* out = nullptr;  ///< the plane's first row of these
  const float* residual = nullptr;
  float residual_scale = 1;
  const float* base = nullptr;
};
void winograd_output(const WinogradOutput& job);

}  // namespace everyface
