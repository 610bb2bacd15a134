#include "everyface/search/dot.h"

#include <algorithm>
#include <array>

#include "search/kernels.h"

namespace everyface {
namespace {

using search::kDotTile;

/// Pointers to kDotTile rows; beyond the last row, to the last again.
std::array<const float*, kDotTile> tile_rows(std::span<const float> rows, std::size_t dimensions,
                                             std::size_t first) {
  const std::size_t last = rows.size() / dimensions - 1;
  std::array<const float*, kDotTile> tile{};
  for (std::size_t i = 0; i < kDotTile; ++i) {
    tile[i] = rows.data() + std::min(first + i, last) * dimensions;
  }
  return tile;
}

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  return search::kernels().dot(a.data(), b.data(), a.size());
}

void score_block(std::span<const float> a, std::span<const float> b, std::size_t dimensions,
                 std::span<float> out) {
  const std::size_t a_rows = a.size() / dimensions;
  const std::size_t b_rows = b.size() / dimensions;
  // A panel of `a` stays in the second-level cache while all of `b` passes, four rows at a time.
  constexpr std::size_t kPanelFloats = 64 * 1024;
  const std::size_t panel = std::max(kDotTile, kPanelFloats / dimensions / kDotTile * kDotTile);
  std::array<float, kDotTile * kDotTile> scores{};
  for (std::size_t panel_begin = 0; panel_begin < a_rows; panel_begin += panel) {
    const std::size_t panel_end = std::min(a_rows, panel_begin + panel);
    for (std::size_t j = 0; j < b_rows; j += kDotTile) {
      const auto b_tile = tile_rows(b, dimensions, j);
      const std::size_t columns = std::min(kDotTile, b_rows - j);
      for (std::size_t i = panel_begin; i < panel_end; i += kDotTile) {
        search::kernels().dot_tile(tile_rows(a, dimensions, i).data(), b_tile.data(), dimensions,
                                   scores.data());
        for (std::size_t row = 0; row < std::min(kDotTile, panel_end - i); ++row) {
          std::copy_n(scores.data() + row * kDotTile, columns, out.data() + (i + row) * b_rows + j);
        }
      }
    }
  }
}

}  // namespace everyface
