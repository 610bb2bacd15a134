#include "search/codes.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <numeric>

namespace everyface::search {
namespace {

constexpr double kRounding = 0x1.0p-24;  // of one float32 operation, relative
constexpr std::size_t kLanes = 8;

/// Calls visit(i, i % 8) for i = 0..count-1. Sums over eight lanes become vector instructions,
/// which a single sum may not, as its order counts.
template <typename Visit>
inline void for_lanes(std::size_t count, const Visit& visit) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      visit(i + lane, lane);
    }
  }
  for (; i < count; ++i) {
    visit(i, i % kLanes);
  }
}

template <typename T>
using Lanes = std::array<T, kLanes>;

double sum_of(const Lanes<double>& lanes) {
  return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

double length_of(std::span<const float> x) {
  Lanes<double> squares{};
  for_lanes(x.size(), [&](std::size_t i, std::size_t lane) {
    const auto value = static_cast<double>(x[i]);
    squares[lane] += value * value;
  });
  return std::sqrt(sum_of(squares));
}

/// To the nearest whole number, for |value| < 2^22: beyond 1.5 · 2^23 a float has no fraction. (A
/// call of std::nearbyint for each value takes most of the time of building an index.)
float rounded(float value) {
  constexpr float kNoFraction = 0x1.8p23F;
  return (value + kNoFraction) - kNoFraction;
}

float rounded_up(double value) {
  const auto nearest = static_cast<float>(value);
  return static_cast<double>(nearest) >= value
             ? nearest
             : std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

/// The bound of flat_index.h for one query: what all rows share is in `offset`, the rest in
/// `error_weight` for each row's error.
QueryTerms query_terms(const Coded& query, std::size_t dimensions, double longest) {
  // Relative to |q| |x|, in units of kRounding: dot() itself, at most one for every sixteen
  // dimensions and four for the fold; ten more for the bound's own arithmetic, a conversion, two
  // products and two sums on numbers of at most twice that size. Sums of doubles are exact beside
  // it.
  const double roundings = std::ceil(static_cast<double>(dimensions) / 16) + 4 + 10;
  const double lengths = std::max(query.length, query.coded_length) * longest;
  // Far above what underflow can take away, far below any score of interest.
  constexpr double kUnderflow = 1e-30;
  // The radius' own roundings, relative to itself.
  constexpr double kSlack = 1 + 0x1.0p-20;
  return {.scale = query.scale,
          .error_weight = rounded_up(query.length * kSlack),
          .offset = rounded_up((query.error * longest + roundings * kRounding * lengths) * kSlack +
                               kUnderflow),
          .code_sum = query.code_sum};
}

}  // namespace

bool can_encode(std::span<const float> x) {
  return length_of(x) <= 1e6;  // false for NaN
}

Coded encode(std::span<const float> x, std::span<std::int8_t> codes) {
  Coded coded;
  coded.length = length_of(x);
  Lanes<float> largest{};
  for_lanes(x.size(), [&](std::size_t i, std::size_t lane) {
    largest[lane] = std::max(largest[lane], std::abs(x[i]));
  });
  coded.scale = *std::max_element(largest.begin(), largest.end()) / 127;
  if (coded.scale < std::numeric_limits<float>::min()) {
    coded.scale = 0;
  }
  const float inverse = coded.scale > 0 ? 1 / coded.scale : 0;
  Lanes<double> left_out{};
  Lanes<std::int32_t> squared_codes{};
  Lanes<std::int32_t> code_sums{};
  for_lanes(x.size(), [&](std::size_t i, std::size_t lane) {
    const float code = std::clamp(rounded(x[i] * inverse), -127.0F, 127.0F);
    const auto whole = static_cast<std::int32_t>(code);
    codes[i] = static_cast<std::int8_t>(whole);
    const double difference =
        static_cast<double>(x[i]) - static_cast<double>(coded.scale) * static_cast<double>(code);
    left_out[lane] += difference * difference;
    squared_codes[lane] += whole * whole;
    code_sums[lane] += whole;
  });
  coded.error = std::sqrt(sum_of(left_out));
  coded.coded_length = static_cast<double>(coded.scale) *
                       std::sqrt(std::accumulate(squared_codes.begin(), squared_codes.end(), 0.0));
  coded.code_sum = std::accumulate(code_sums.begin(), code_sums.end(), 0);
  return coded;
}

CodedRows::CodedRows(std::size_t rows, std::size_t dimensions)
    : rows_(rows), dimensions_(dimensions), groups_((dimensions + 3) / 4) {
  // Large pages: a scan of small ones spends its time in the page tables.
  constexpr std::size_t kLargePage = std::size_t{2} << 20U;
  const std::size_t alignment = bytes() >= kLargePage ? kLargePage : 64;
  const std::size_t size = (bytes() + alignment - 1) / alignment * alignment;
  memory_.reset(
      static_cast<std::uint8_t*>(std::aligned_alloc(alignment, std::max(size, alignment))));
  if (!memory_) {
    throw std::bad_alloc();
  }
  if (alignment == kLargePage) {
    ::madvise(memory_.get(), size, MADV_HUGEPAGE);  // a wish: small pages serve as well
  }
}

void CodedRows::Free::operator()(std::uint8_t* memory) const { std::free(memory); }

Block CodedRows::block(std::size_t index) const {
  const std::uint8_t* begin = memory_.get() + index * block_bytes();
  const auto* floats = reinterpret_cast<const float*>(begin + code_bytes());
  return {.codes = begin, .groups = groups_, .scales = floats, .errors = floats + kBlockRows};
}

void CodedRows::store(std::size_t index, std::size_t row, std::span<const std::int8_t> codes,
                      const Coded& coded) {
  std::uint8_t* begin = memory_.get() + index * block_bytes();
  for (std::size_t i = 0; i < codes.size(); ++i) {
    begin[(i / 4 * kBlockRows + row) * 4 + i % 4] = static_cast<std::uint8_t>(codes[i] + 128);
  }
  auto* floats = reinterpret_cast<float*>(begin + code_bytes());
  floats[row] = coded.scale;
  floats[kBlockRows + row] = rounded_up(coded.error);
}

CodedQueries::CodedQueries(std::span<const float> queries, std::size_t dimensions, double longest)
    : groups_((dimensions + 3) / 4) {
  const std::size_t count = queries.size() / dimensions;
  codes_.resize(count * groups_ * 4, 0);
  std::vector<std::int8_t> codes(groups_ * 4, 0);
  for (std::size_t query = 0; query < count; ++query) {
    const Coded coded = encode(queries.subspan(query * dimensions, dimensions), codes);
    terms_.push_back(query_terms(coded, dimensions, longest));
    const std::size_t first = query / kTileQueries * kTileQueries;
    const std::size_t in_tile = std::min(kTileQueries, count - first);
    std::int8_t* tile = codes_.data() + first * groups_ * 4;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      tile[(i / 4 * in_tile + query - first) * 4 + i % 4] = codes[i];
    }
  }
}

QueryTile CodedQueries::tile(std::size_t index) const {
  const std::size_t first = index * kTileQueries;
  return {.codes = codes_.data() + first * groups_ * 4,
          .count = std::min(kTileQueries, terms_.size() - first),
          .terms = terms_.data() + first};
}

}  // namespace everyface::search
