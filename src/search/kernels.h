// The inner loops, one set for each kind of processor; all sets give the same bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace everyface::search {

/// Rows are coded in blocks of so many.
inline constexpr std::size_t kBlockRows = 64;
/// So many queries meet a block at once.
inline constexpr std::size_t kTileQueries = 4;
/// Side of the tile of scores that dot_tile computes.
inline constexpr std::size_t kDotTile = 4;

/// 64 rows of 8-bit codes: four dimensions of each row in turn, then the next four, so that byte j
/// of dimension group g of row r is codes[(g * 64 + r) * 4 + j], holding the code plus 128.
struct Block {
  const std::uint8_t* codes;
  std::size_t groups;   ///< ⌈dimensions / 4⌉
  const float* scales;  ///< 64: a row's value is scale times code
  const float* errors;  ///< 64: length of what the codes leave out, rounded up
};

/// What turns a sum of products of codes into an upper bound of the score:
///   float(sum) · row scale · scale + (row error · error_weight + offset)
struct QueryTerms {
  float scale;
  float error_weight;
  float offset;
  std::int32_t code_sum;
};

/// 1 to 4 queries, coded: byte j of dimension group g of query q is codes[(g * count + q) * 4 + j].
struct QueryTile {
  const std::int8_t* codes;
  std::size_t count;
  const QueryTerms* terms;
};

struct TileBounds {
  alignas(64) std::array<std::array<float, kBlockRows>, kTileQueries> upper;
  std::array<std::uint64_t, kTileQueries> reach;  ///< bit r: upper[r] >= limit
};

struct Kernels {
  const char* name;
  /// dot() of dot.h.
  float (*dot)(const float* a, const float* b, std::size_t dimensions);
  /// out[i * 4 + j] = dot(a[i], b[j]) for i, j < 4.
  void (*dot_tile)(const float* const* a, const float* const* b, std::size_t dimensions,
                   float* out);
  /// The upper bounds of a block's rows for each query of a tile, and which reach limits[query].
  void (*scan)(const Block& block, const QueryTile& queries, const float* limits,
               TileBounds& bounds);
};

/// The sets that this processor can run, the plain one first and the fastest last.
const std::vector<Kernels>& available_kernels();

/// The fastest.
inline const Kernels& kernels() { return available_kernels().back(); }

Kernels portable_kernels();
#if defined(__x86_64__)
Kernels avx2_kernels();    // AVX2 and FMA
Kernels avx512_kernels();  // AVX-512 F, BW, DQ, VL and VNNI
#endif

}  // namespace everyface::search
