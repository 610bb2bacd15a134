// Templates to search in, of every awkward kind.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "everyface/base/random.h"
#include "everyface/search/dot.h"
#include "everyface/search/flat_index.h"

namespace everyface::testing {

/// Nearly normal with variance 1.
inline float nearly_normal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) {
    sum += random.uniform();
  }
  return static_cast<float>(sum);
}

inline void normalise(std::span<float> row) {
  double squares = 0;
  for (const float value : row) {
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const double length = std::sqrt(squares);
  for (float& value : row) {
    value = length > 0 ? static_cast<float>(static_cast<double>(value) / length) : 0;
  }
}

/// How rows lie to each other.
enum class Kind {
  kRandom,      ///< anywhere on the sphere
  kClusters,    ///< photos of identities, mated cosine about 0.6
  kNearTies,    ///< one direction, differing in the last bits
  kDuplicates,  ///< three different rows, over and over
  kZeros,       ///< mostly zero rows
  kConstant,    ///< all values of a row the same
  kSpikes,      ///< one large value in a row, the rest up to 1e-30 times smaller
  kSparse,      ///< most values zero
};
inline constexpr Kind kKinds[] = {Kind::kRandom,     Kind::kClusters, Kind::kNearTies,
                                  Kind::kDuplicates, Kind::kZeros,    Kind::kConstant,
                                  Kind::kSpikes,     Kind::kSparse};

inline void fill_row(Kind kind, std::size_t index, std::uint64_t seed, std::span<float> row) {
  Random random(seed * 1'000'003 + index);
  Random of_group(seed * 7 + index / 5);
  Random of_three(seed * 11 + index % 3);
  Random of_all(seed);
  for (std::size_t i = 0; i < row.size(); ++i) {
    switch (kind) {
      case Kind::kRandom:
        row[i] = nearly_normal(random);
        break;
      case Kind::kClusters:
        row[i] = nearly_normal(of_group) + 0.8F * nearly_normal(random);
        break;
      case Kind::kNearTies:
        row[i] = nearly_normal(of_all) * (1 + 1e-7F * nearly_normal(random));
        break;
      case Kind::kDuplicates:
        row[i] = nearly_normal(of_three);
        break;
      case Kind::kZeros:
        row[i] = index % 7 == 3 ? nearly_normal(random) : 0;
        break;
      case Kind::kConstant:
        row[i] = index % 2 == 0 ? 1.0F : -1.0F;
        break;
      case Kind::kSpikes:
        row[i] =
            i == index % row.size()
                ? 1
                : nearly_normal(random) * std::pow(10.0F, -static_cast<float>(random.below(30)));
        break;
      case Kind::kSparse:
        row[i] = random.below(10) == 0 ? nearly_normal(random) : 0;
        break;
    }
  }
  normalise(row);
}

/// `count` rows of a kind; the same seed gives the same rows, another one others of the same kind.
inline std::vector<float> make_rows(Kind kind, std::size_t count, std::size_t dimensions,
                                    std::uint64_t seed = 1) {
  std::vector<float> rows(count * dimensions);
  for (std::size_t i = 0; i < count; ++i) {
    fill_row(kind, i, seed, {rows.data() + i * dimensions, dimensions});
  }
  return rows;
}

/// What a search must give: every row scored by dot(), sorted.
inline std::vector<std::vector<Hit>> brute_force(std::span<const float> rows,
                                                 std::span<const float> queries,
                                                 std::size_t dimensions,
                                                 const SearchOptions& options) {
  std::vector<std::vector<Hit>> all;
  for (std::size_t q = 0; q < queries.size() / dimensions; ++q) {
    std::vector<Hit> hits;
    for (std::size_t r = 0; r < rows.size() / dimensions; ++r) {
      const float score = dot(queries.subspan(q * dimensions, dimensions),
                              rows.subspan(r * dimensions, dimensions));
      if (score >= options.threshold &&
          (options.allowed == nullptr || options.allowed->contains(r))) {
        hits.push_back({r, score});
      }
    }
    std::sort(hits.begin(), hits.end(), ranks_before);
    hits.resize(std::min(hits.size(), options.count));
    all.push_back(hits);
  }
  return all;
}

}  // namespace everyface::testing
