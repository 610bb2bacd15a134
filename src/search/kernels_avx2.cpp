// AVX2 and FMA: eight floats or 32 products of bytes an instruction.
#include "search/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#define EVERYFACE_AVX2 __attribute__((target("avx2,fma")))
#define EVERYFACE_INLINE __attribute__((always_inline)) inline

namespace everyface::search {
namespace {

constexpr std::size_t kLanes = 8;
constexpr std::size_t kRowVectors = kBlockRows / kLanes;

/// Sixteen sums, as dot() defines them, folded to four.
EVERYFACE_AVX2 EVERYFACE_INLINE __m128 fold_to_four(__m256 low, __m256 high) {
  const __m256 eight = _mm256_add_ps(low, high);
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

/// The last two steps for four sums at once.
EVERYFACE_AVX2 EVERYFACE_INLINE __m128 fold_each(__m128 a, __m128 b, __m128 c, __m128 d) {
  const __m128 ab = _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
  const __m128 cd = _mm_add_ps(_mm_movelh_ps(c, d), _mm_movehl_ps(d, c));
  return _mm_add_ps(_mm_shuffle_ps(ab, cd, _MM_SHUFFLE(2, 0, 2, 0)),
                    _mm_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 1, 3, 1)));
}

/// The first `left` of eight values at p, zeros after them.
EVERYFACE_AVX2 EVERYFACE_INLINE __m256 load_some(const float* p, std::size_t left) {
  const __m256i lanes =
      _mm256_cmpgt_epi32(_mm256_set1_epi32(left < kLanes ? static_cast<int>(left) : 8),
                         _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  return _mm256_maskload_ps(p, lanes);
}

/// The sums of kA × kB pairs of vectors.
template <std::size_t kA, std::size_t kB>
EVERYFACE_AVX2 EVERYFACE_INLINE void sum_pairs(const float* const* a, const float* const* b,
                                               std::size_t dimensions, __m128 (&four)[kA][kB]) {
  __m256 sums[kA][kB][2];
  for (auto& row : sums) {
    for (auto& pair : row) {
      pair[0] = pair[1] = _mm256_setzero_ps();
    }
  }
  std::size_t i = 0;
  for (; i + 2 * kLanes <= dimensions; i += 2 * kLanes) {
    for (std::size_t half = 0; half < 2; ++half) {
      for (std::size_t row = 0; row < kA; ++row) {
        const __m256 left = _mm256_loadu_ps(a[row] + i + half * kLanes);
        for (std::size_t column = 0; column < kB; ++column) {
          sums[row][column][half] = _mm256_fmadd_ps(
              left, _mm256_loadu_ps(b[column] + i + half * kLanes), sums[row][column][half]);
        }
      }
    }
  }
  for (std::size_t half = 0; half < 2 && i < dimensions; ++half) {
    const std::size_t begin = i + half * kLanes;
    const std::size_t left_over = begin < dimensions ? dimensions - begin : 0;
    for (std::size_t row = 0; row < kA; ++row) {
      for (std::size_t column = 0; column < kB; ++column) {
        sums[row][column][half] =
            _mm256_fmadd_ps(load_some(a[row] + begin, left_over),
                            load_some(b[column] + begin, left_over), sums[row][column][half]);
      }
    }
  }
  for (std::size_t row = 0; row < kA; ++row) {
    for (std::size_t column = 0; column < kB; ++column) {
      four[row][column] = fold_to_four(sums[row][column][0], sums[row][column][1]);
    }
  }
}

EVERYFACE_AVX2 float dot(const float* a, const float* b, std::size_t dimensions) {
  __m128 four[1][1];
  sum_pairs<1, 1>(&a, &b, dimensions, four);
  return _mm_cvtss_f32(fold_each(four[0][0], four[0][0], four[0][0], four[0][0]));
}

EVERYFACE_AVX2 void dot_tile(const float* const* a, const float* const* b, std::size_t dimensions,
                             float* out) {
  for (std::size_t row = 0; row < kDotTile; ++row) {
    __m128 four[1][kDotTile];
    sum_pairs<1, kDotTile>(a + row, b, dimensions, four);
    _mm_storeu_ps(out + row * kDotTile, fold_each(four[0][0], four[0][1], four[0][2], four[0][3]));
  }
}

/// The sums of kVectors × 8 rows from vector `first` on, for each query. The instruction multiplies
/// unsigned bytes by signed ones and saturates pairs at 16 bits: |row| · (query with the row's
/// sign) is the same product and stays below 2 · 127².
template <std::size_t kQueries, std::size_t kVectors>
EVERYFACE_AVX2 EVERYFACE_INLINE void sum_rows(const Block& block, const std::int8_t* codes,
                                              std::size_t first,
                                              __m256i (&sums)[kQueries][kVectors]) {
  for (auto& row : sums) {
    for (__m256i& sum : row) {
      sum = _mm256_setzero_si256();
    }
  }
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i flip = _mm256_set1_epi8(-128);
  const std::uint8_t* rows = block.codes + first * 32;
  for (std::size_t g = 0; g < block.groups; ++g) {
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m256i row = _mm256_xor_si256(
          _mm256_load_si256(reinterpret_cast<const __m256i*>(rows + v * 32)), flip);
      const __m256i size = _mm256_abs_epi8(row);
      for (std::size_t q = 0; q < kQueries; ++q) {
        int four = 0;
        std::memcpy(&four, codes + q * 4, 4);
        const __m256i query = _mm256_sign_epi8(_mm256_set1_epi32(four), row);
        const __m256i products = _mm256_madd_epi16(_mm256_maddubs_epi16(size, query), ones);
        sums[q][v] = _mm256_add_epi32(sums[q][v], products);
      }
    }
    rows += kBlockRows * 4;
    codes += kQueries * 4;
  }
}

/// kVectors: how many of the block's vectors of rows go with kQueries into sixteen registers.
template <std::size_t kQueries, std::size_t kVectors>
EVERYFACE_AVX2 void scan_tile(const Block& block, const QueryTile& queries, const float* limits,
                              TileBounds& bounds) {
  bounds.reach = {};
  for (std::size_t first = 0; first < kRowVectors; first += kVectors) {
    __m256i sums[kQueries][kVectors];
    sum_rows<kQueries, kVectors>(block, queries.codes, first, sums);
    for (std::size_t q = 0; q < kQueries; ++q) {
      const QueryTerms& terms = queries.terms[q];
      for (std::size_t v = 0; v < kVectors; ++v) {
        const std::size_t row = (first + v) * kLanes;
        const __m256 middle = _mm256_mul_ps(
            _mm256_mul_ps(_mm256_cvtepi32_ps(sums[q][v]), _mm256_loadu_ps(block.scales + row)),
            _mm256_set1_ps(terms.scale));
        const __m256 radius = _mm256_add_ps(
            _mm256_mul_ps(_mm256_loadu_ps(block.errors + row), _mm256_set1_ps(terms.error_weight)),
            _mm256_set1_ps(terms.offset));
        const __m256 upper = _mm256_add_ps(middle, radius);
        _mm256_store_ps(bounds.upper[q].data() + row, upper);
        const int lanes =
            _mm256_movemask_ps(_mm256_cmp_ps(upper, _mm256_set1_ps(limits[q]), _CMP_GE_OQ));
        bounds.reach[q] |= static_cast<std::uint64_t>(lanes) << row;
      }
    }
  }
}

void scan(const Block& block, const QueryTile& queries, const float* limits, TileBounds& bounds) {
  switch (queries.count) {
    case 1:
      return scan_tile<1, 8>(block, queries, limits, bounds);
    case 2:
      return scan_tile<2, 4>(block, queries, limits, bounds);
    case 3:
      return scan_tile<3, 2>(block, queries, limits, bounds);
    default:
      return scan_tile<4, 2>(block, queries, limits, bounds);
  }
}

}  // namespace

Kernels avx2_kernels() { return {.name = "avx2", .dot = dot, .dot_tile = dot_tile, .scan = scan}; }

}  // namespace everyface::search
#endif
