// Exact one-to-many search: the rows of a gallery with the highest scores beside a query.
//
// Results are those of brute force, comparing every row by dot() of dot.h: the same rows in the
// same order with the same bits, whatever the processor and the number of threads. The work is done
// in two stages.
//
// 1. A scan of 8-bit codes, a quarter of the templates' size, bounds every score. With
//      x = s k + e,   k_i = round(x_i / s) in -127..127,   s = max |x_i| / 127
//    for a row x and likewise q = t m + f for a query,
//      q·x = s t (k·m) + q·e + f·(s k)
//    where k·m is a sum of integers, exact. By Cauchy-Schwarz, with |s k| <= L for all rows,
//      |q·x − s t (k·m)| <= |q| |e| + |f| L
//    |e| is computed for every row when the index is built, in double and rounded up; the roundings
//    of dot() (bounded in dot.h) and of the bound's own arithmetic are added to it.
// 2. Rows whose upper bound reaches the k-th best lower bound and the threshold, typically a few
//    times k, are scored by dot().
//
// The codes and the bound work for any vectors; they are tight for those of an embedder, whose
// values are of one size (|e| is about 0.007 for unit vectors of 512 dimensions). A row with one
// value far larger than the rest is rescored more often, never lost.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/search/row_set.h"

namespace everyface {

/// A row of the gallery that a query found.
struct Hit {
  std::size_t row = 0;
  float score = 0;

  friend bool operator==(const Hit&, const Hit&) = default;
};

/// The order of results: higher scores first, lower rows first among equal scores.
inline bool ranks_before(const Hit& a, const Hit& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

/// Every row that reaches the threshold.
inline constexpr std::size_t kAllRows = std::numeric_limits<std::size_t>::max();

/// What a search returns for each query: the `count` best of the allowed rows that score at least
/// `threshold`.
struct SearchOptions {
  std::size_t count = 10;
  float threshold = -std::numeric_limits<float>::infinity();
  const RowSet* allowed = nullptr;  ///< none: every row
  std::size_t jobs = 1;             ///< threads
};

struct SearchResult {
  std::vector<std::vector<Hit>> hits;  ///< for each query, in the order of ranks_before()
  std::size_t rescored = 0;            ///< rows scored by dot(), over all queries
};

/// The codes of a gallery's rows. Immutable: searches may run on several threads at once. Movable.
class FlatIndex {
 public:
  /// Rows come in parts (say, mapped files), numbered on from part to part; each part is row-major
  /// with `dimensions` values a row. Parts stay where they are and must outlive the index, which
  /// takes dimensions + 8 bytes a row, rounded up to multiples of four dimensions and 64 rows.
  /// Errors: a part that is not whole rows, more than 2^32 − 1 rows, dimensions outside 1..4096, a
  /// row that is not finite or longer than 1e6 (it is named).
  static Result<FlatIndex> build(std::vector<std::span<const float>> parts, std::size_t dimensions,
                                 std::size_t jobs = 1);

  FlatIndex(FlatIndex&& other) noexcept;
  FlatIndex& operator=(FlatIndex&& other) noexcept;
  FlatIndex(const FlatIndex&) = delete;
  FlatIndex& operator=(const FlatIndex&) = delete;
  ~FlatIndex();

  /// Searches a batch: queries is row-major with dimensions() values a query. A batch of 64 and
  /// more is fastest. Errors: not whole queries, a query that is not finite or longer than 1e6 (it
  /// is named), a set of allowed rows of another size, a threshold that is not a number.
  [[nodiscard]] Result<SearchResult> search(std::span<const float> queries,
                                            const SearchOptions& options) const;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t dimensions() const;
  /// A row's values, where build() was shown them. Requires index < size().
  [[nodiscard]] std::span<const float> row(std::size_t index) const;
  /// Memory that a scan reads.
  [[nodiscard]] std::size_t scan_bytes() const;

 private:
  class Impl;
  explicit FlatIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace everyface
