// AVX-512 with VNNI: sixteen floats or 64 products of bytes an instruction.
#include "search/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

// GCC 12's own headers start values that no lane uses from themselves (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"

#define EVERYFACE_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,fma")))
#define EVERYFACE_INLINE __attribute__((always_inline)) inline

namespace everyface::search {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kRowVectors = kBlockRows / kLanes;

/// Lanes 0..7 plus lanes 8..15, and again: the first two steps of folding sixteen sums.
EVERYFACE_AVX512 EVERYFACE_INLINE __m128 fold_to_four(__m512 sums) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(sums), _mm512_extractf32x8_ps(sums, 1));
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

/// The last two steps for four sums at once.
EVERYFACE_AVX512 EVERYFACE_INLINE __m128 fold_each(__m128 a, __m128 b, __m128 c, __m128 d) {
  const __m128 ab = _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
  const __m128 cd = _mm_add_ps(_mm_movelh_ps(c, d), _mm_movehl_ps(d, c));
  return _mm_add_ps(_mm_shuffle_ps(ab, cd, _MM_SHUFFLE(2, 0, 2, 0)),
                    _mm_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 1, 3, 1)));
}

EVERYFACE_AVX512 EVERYFACE_INLINE __mmask16 tail_lanes(std::size_t left) {
  return static_cast<__mmask16>((1U << left) - 1);
}

EVERYFACE_AVX512 float dot(const float* a, const float* b, std::size_t dimensions) {
  __m512 sums = _mm512_setzero_ps();
  std::size_t i = 0;
  for (; i + kLanes <= dimensions; i += kLanes) {
    sums = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), sums);
  }
  if (i < dimensions) {
    const __mmask16 lanes = tail_lanes(dimensions - i);
    sums = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(lanes, a + i), _mm512_maskz_loadu_ps(lanes, b + i),
                           sums);
  }
  const __m128 four = fold_to_four(sums);
  return _mm_cvtss_f32(fold_each(four, four, four, four));
}

EVERYFACE_AVX512 void dot_tile(const float* const* a, const float* const* b, std::size_t dimensions,
                               float* out) {
  __m512 sums[kDotTile][kDotTile];
  for (auto& row : sums) {
    for (__m512& sum : row) {
      sum = _mm512_setzero_ps();
    }
  }
  std::size_t i = 0;
  for (; i + kLanes <= dimensions; i += kLanes) {
    __m512 right[kDotTile];
    for (std::size_t column = 0; column < kDotTile; ++column) {
      right[column] = _mm512_loadu_ps(b[column] + i);
    }
    for (std::size_t row = 0; row < kDotTile; ++row) {
      const __m512 left = _mm512_loadu_ps(a[row] + i);
      for (std::size_t column = 0; column < kDotTile; ++column) {
        sums[row][column] = _mm512_fmadd_ps(left, right[column], sums[row][column]);
      }
    }
  }
  if (i < dimensions) {
    const __mmask16 lanes = tail_lanes(dimensions - i);
    for (std::size_t row = 0; row < kDotTile; ++row) {
      const __m512 left = _mm512_maskz_loadu_ps(lanes, a[row] + i);
      for (std::size_t column = 0; column < kDotTile; ++column) {
        sums[row][column] =
            _mm512_fmadd_ps(left, _mm512_maskz_loadu_ps(lanes, b[column] + i), sums[row][column]);
      }
    }
  }
  for (std::size_t row = 0; row < kDotTile; ++row) {
    _mm_storeu_ps(out + row * kDotTile,
                  fold_each(fold_to_four(sums[row][0]), fold_to_four(sums[row][1]),
                            fold_to_four(sums[row][2]), fold_to_four(sums[row][3])));
  }
}

template <std::size_t kQueries>
EVERYFACE_AVX512 void scan_tile(const Block& block, const QueryTile& queries, const float* limits,
                                TileBounds& bounds) {
  // The codes of rows are stored with 128 added, because the instruction multiplies unsigned bytes
  // by signed ones; the sums begin with what that adds taken off.
  __m512i sums[kQueries][kRowVectors];
  for (std::size_t q = 0; q < kQueries; ++q) {
    for (__m512i& sum : sums[q]) {
      sum = _mm512_set1_epi32(-128 * queries.terms[q].code_sum);
    }
  }
  const std::uint8_t* rows = block.codes;
  const std::int8_t* codes = queries.codes;
  for (std::size_t g = 0; g < block.groups; ++g) {
    __m512i row[kRowVectors];
    for (std::size_t v = 0; v < kRowVectors; ++v) {
      row[v] = _mm512_load_si512(rows + v * 64);
    }
    for (std::size_t q = 0; q < kQueries; ++q) {
      int four = 0;
      std::memcpy(&four, codes + q * 4, 4);
      const __m512i query = _mm512_set1_epi32(four);
      for (std::size_t v = 0; v < kRowVectors; ++v) {
        sums[q][v] = _mm512_dpbusd_epi32(sums[q][v], row[v], query);
      }
    }
    rows += kBlockRows * 4;
    codes += kQueries * 4;
  }
  for (std::size_t q = 0; q < kQueries; ++q) {
    const QueryTerms& terms = queries.terms[q];
    std::uint64_t reach = 0;
    for (std::size_t v = 0; v < kRowVectors; ++v) {
      const __m512 middle = _mm512_mul_ps(
          _mm512_mul_ps(_mm512_cvtepi32_ps(sums[q][v]), _mm512_loadu_ps(block.scales + v * kLanes)),
          _mm512_set1_ps(terms.scale));
      const __m512 radius = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(block.errors + v * kLanes),
                                                        _mm512_set1_ps(terms.error_weight)),
                                          _mm512_set1_ps(terms.offset));
      const __m512 upper = _mm512_add_ps(middle, radius);
      _mm512_store_ps(bounds.upper[q].data() + v * kLanes, upper);
      const __mmask16 lanes = _mm512_cmp_ps_mask(upper, _mm512_set1_ps(limits[q]), _CMP_GE_OQ);
      reach |= std::uint64_t{lanes} << (v * kLanes);
    }
    bounds.reach[q] = reach;
  }
}

void scan(const Block& block, const QueryTile& queries, const float* limits, TileBounds& bounds) {
  switch (queries.count) {
    case 1:
      return scan_tile<1>(block, queries, limits, bounds);
    case 2:
      return scan_tile<2>(block, queries, limits, bounds);
    case 3:
      return scan_tile<3>(block, queries, limits, bounds);
    default:
      return scan_tile<4>(block, queries, limits, bounds);
  }
}

}  // namespace

Kernels avx512_kernels() {
  return {.name = "avx512-vnni", .dot = dot, .dot_tile = dot_tile, .scan = scan};
}

}  // namespace everyface::search
#endif
