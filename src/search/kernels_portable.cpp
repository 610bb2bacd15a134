// The plain twin of every kernel: what the fast ones must equal.
#include <algorithm>
#include <cmath>

#include "search/kernels.h"

namespace everyface::search {
namespace {

constexpr std::size_t kLanes = 16;

float dot(const float* a, const float* b, std::size_t dimensions) {
  std::array<float, kLanes> sums{};
  for (std::size_t begin = 0; begin < dimensions; begin += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::size_t i = begin + lane;
      sums[lane] = i < dimensions ? std::fma(a[i], b[i], sums[lane]) : sums[lane] + 0.0F;
    }
  }
  for (std::size_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::size_t lane = 0; lane < width; ++lane) {
      sums[lane] += sums[lane + width];
    }
  }
  return sums[0];
}

void dot_tile(const float* const* a, const float* const* b, std::size_t dimensions, float* out) {
  for (std::size_t i = 0; i < kDotTile; ++i) {
    for (std::size_t j = 0; j < kDotTile; ++j) {
      out[i * kDotTile + j] = dot(a[i], b[j], dimensions);
    }
  }
}

void scan(const Block& block, const QueryTile& queries, const float* limits, TileBounds& bounds) {
  for (std::size_t q = 0; q < queries.count; ++q) {
    std::array<std::int32_t, kBlockRows> sums{};
    for (std::size_t g = 0; g < block.groups; ++g) {
      const std::uint8_t* rows = block.codes + g * kBlockRows * 4;
      const std::int8_t* query = queries.codes + (g * queries.count + q) * 4;
      for (std::size_t r = 0; r < kBlockRows; ++r) {
        for (std::size_t j = 0; j < 4; ++j) {
          sums[r] += (rows[r * 4 + j] - 128) * query[j];
        }
      }
    }
    const QueryTerms& terms = queries.terms[q];
    std::uint64_t reach = 0;
    for (std::size_t r = 0; r < kBlockRows; ++r) {
      const float middle = static_cast<float>(sums[r]) * block.scales[r] * terms.scale;
      const float radius = block.errors[r] * terms.error_weight + terms.offset;
      bounds.upper[q][r] = middle + radius;
      reach |= static_cast<std::uint64_t>(bounds.upper[q][r] >= limits[q]) << r;
    }
    bounds.reach[q] = reach;
  }
}

}  // namespace

Kernels portable_kernels() {
  return {.name = "portable", .dot = dot, .dot_tile = dot_tile, .scan = scan};
}

}  // namespace everyface::search
