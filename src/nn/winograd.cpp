#include "nn/winograd.h"

#include <algorithm>

namespace everyface {
namespace {

constexpr std::size_t kPoints = 36;
/// Tiles that are transformed, multiplied and transformed back together: the transformed weights
/// are read again for each such group, and its values should stay in the cache.
constexpr std::size_t kMostTiles = 48;

/// Room for `floats` of each point. Whole vectors, and an odd number of them: 36 streams a multiple
/// of 4 KiB apart would share a few sets of the cache.
std::size_t padded(std::size_t floats) { return floats + (floats / kBlock % 2 == 0 ? kBlock : 0); }

void grow(Floats& buffer, std::size_t floats) {
  if (buffer.size() < floats) {
    buffer.resize(floats);
  }
}

const float* at_row(const std::vector<const float*>& planes, std::size_t plane,
                    std::size_t offset) {
  return planes.empty() ? nullptr : planes[plane] + offset;
}

}  // namespace

void convolve_3x3(const Convolution3x3& job, WinogradBuffers& buffers) {
  const std::size_t in_planes = job.in.size();
  const std::size_t out_planes = job.out.size();
  const std::size_t row_floats = size_of(job.width) * kBlock;
  const std::size_t filters = out_planes * in_planes * kBlock;
  const std::size_t filter_stride = padded(filters * kBlock);
  grow(buffers.weights, kPoints * filter_stride);
  winograd_weights(job.weights, filters, buffers.weights.data(), filter_stride);

  const std::size_t tiles = (size_of(job.width) + 3) / 4;  // of one row of tiles
  const std::size_t groups = (tiles + kMostTiles - 1) / kMostTiles;
  const std::size_t most = (tiles + groups - 1) / groups;
  const std::size_t in_stride = padded(in_planes * most * kBlock);
  const std::size_t out_stride = padded(out_planes * most * kBlock);
  grow(buffers.inputs, kPoints * in_stride);
  grow(buffers.sums, kPoints * out_stride);
  grow(buffers.columns, (4 * most + 2) * 6 * kBlock);
  grow(buffers.zeros, std::max(row_floats, out_planes * kBlock));

  for (int y = 0; y < job.height; y += 4) {
    for (std::size_t begin = 0; begin < tiles; begin += most) {
      const std::size_t count = std::min(most, tiles - begin);
      const int x = static_cast<int>(4 * begin);

      WinogradInput input;
      input.first = x - 1;
      input.width = job.width;
      input.tiles = count;
      input.columns = buffers.columns.data();
      input.stride = in_stride;
      for (std::size_t plane = 0; plane < in_planes; ++plane) {
        for (int i = 0; i < 6; ++i) {
          const int row = y - 1 + i;
          input.rows[i] = row < 0 || row >= job.height ? buffers.zeros.data()
                                                       : job.in[plane] + size_of(row) * row_floats;
        }
        input.out = buffers.inputs.data() + plane * count * kBlock;
        winograd_input(input);
      }

      // At each point, what is left is a product of matrices: a convolution of one tap.
      for (std::size_t point = 0; point < kPoints; ++point) {
        const float* values = buffers.inputs.data() + point * in_stride;
        ConvRow product;
        product.rows = &values;
        product.block_stride = count * kBlock;
        product.channels = static_cast<int>(in_planes) * kBlock;
        product.weights = buffers.weights.data() + point * filter_stride;
        product.bias = buffers.zeros.data();
        product.out = buffers.sums.data() + point * out_stride;
        product.out_block_stride = count * kBlock;
        product.out_blocks = static_cast<int>(out_planes);
        product.width = static_cast<int>(count);
        convolve_row(product);
      }

      WinogradOutput output;
      output.stride = out_stride;
      output.tiles = count;
      output.slope = job.slope;
      output.first = x;
      output.width = job.width;
      output.rows = std::min(4, job.height - y);
      output.residual_scale = job.residual_scale;
      const std::size_t offset = size_of(y) * row_floats;
      for (std::size_t plane = 0; plane < out_planes; ++plane) {
        output.sums = buffers.sums.data() + plane * count * kBlock;
        output.bias = job.bias + plane * kBlock;
        output.out = job.out[plane] + offset;
        output.residual = at_row(job.residual, plane, offset);
        output.base = at_row(job.base, plane, offset);
        winograd_output(output);
      }
    }
  }
}

}  // namespace everyface
