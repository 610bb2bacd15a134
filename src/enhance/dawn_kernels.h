// The inner loops of `dawn`, compiled for several instruction sets (Highway); the best of them that
// the processor has is chosen at run time. Photos are interleaved blue, green, red in 0..255.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace everyface {

/// Pixels across and down a cell.
inline constexpr int kDawnCell = 8;

/// What render_dawn_row() interpolates along a row: gains of blue, green and red, shoulder, detail,
/// means of blue, green and red (0..1).
inline constexpr std::size_t kDawnMaps = 8;

/// One row of cells: the means of blue, green and red and the deviation of green over each, in grey
/// levels. `rows`: the `count` (1..8) rows of the photo that lie in the cells; `width` in pixels.
/// The last cell may be narrower than 8. Planes of ceil(width / 8) numbers.
using DawnMeasures = std::array<float*, 4>;
void measure_dawn_cells(const std::uint8_t* const* rows, int count, int width,
                        const DawnMeasures& measures);
void measure_dawn_cells(const float* const* rows, int count, int width,
                        const DawnMeasures& measures);

/// log2(1 + v/2) − 3.5 of each of `count` grey levels v >= 0.
void dawn_logarithms(const float* levels, float* logarithms, std::size_t count);

/// 2^v of each value, which is clipped to −3..7 first.
void dawn_gains(const float* values, float* gains, std::size_t count);

/// 1 / (1 + e^−v) of each value.
void dawn_shares(const float* values, float* shares, std::size_t count);

/// One row of the enhanced photo. `pixels` and `out` begin four pixels before the row and hold
/// `cells` + 1 blocks of eight; maps[m][k] is the value of cell k − 1 at this row's height, with
/// the first and the last cell twice (`cells` + 2 numbers). With the interpolated mean m, detail d
/// and x = m + d (pixel/255 − m), a pixel becomes gain·x·(1 + (s − 1)x) / (1 + (gain·s − 1)x),
/// clipped.
using DawnRowMaps = std::array<const float*, kDawnMaps>;
void render_dawn_row(const std::uint8_t* pixels, int cells, const DawnRowMaps& maps,
                     std::uint8_t* out);
void render_dawn_row(const float* pixels, int cells, const DawnRowMaps& maps, float* out);

}  // namespace everyface
