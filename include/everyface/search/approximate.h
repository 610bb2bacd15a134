// Approximate one-to-many search by FAISS, and what it misses.
//
// Faster than the exact search of flat_index.h in large galleries, and wrong at times: a mated
// template that the approximation does not look at raises FNIR, however high its score. So it is
// never the default, and who uses it measures the loss beside the exact index. It holds a copy of
// the templates in memory and is built anew for each run.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/search/flat_index.h"

namespace everyface {

/// The two kinds of FAISS that are offered.
enum class ApproximateKind {
  kInvertedLists,  ///< "ivf": √n lists by k-means (spherical, seeded); a search reads the nearest
  kGraph,          ///< "hnsw": a hierarchical graph of 32 links a template (Malkov, Yashunin 2018)
};

struct ApproximateOptions {
  ApproximateKind kind = ApproximateKind::kInvertedLists;
  /// How far to look: lists read ("ivf"), candidates kept on the way ("hnsw"). More is slower and
  /// loses less; more than there is counts as all. 0: 16 lists, or 64 candidates.
  std::size_t effort = 0;
};

/// An approximate index, not built into every program: build() says so where FAISS was missing when
/// the program was made.
class ApproximateIndex {
 public:
  /// Of the rows of an exact index, which must outlive this one; they are copied. On more than one
  /// thread a graph is another one each time. Errors: no FAISS, no rows, what FAISS reports.
  static Result<ApproximateIndex> build(const FlatIndex& exact, const ApproximateOptions& options,
                                        std::size_t jobs);

  ApproximateIndex(ApproximateIndex&& other) noexcept;
  ApproximateIndex& operator=(ApproximateIndex&& other) noexcept;
  ApproximateIndex(const ApproximateIndex&) = delete;
  ApproximateIndex& operator=(const ApproximateIndex&) = delete;
  ~ApproximateIndex();

  /// As FlatIndex::search(), but rows may be missing; those there have the scores of dot(). Errors:
  /// an allowed set or kAllRows, which FAISS's structures do not serve; what FAISS reports.
  [[nodiscard]] Result<SearchResult> search(std::span<const float> queries,
                                            const SearchOptions& options) const;

 private:
  class Impl;
  explicit ApproximateIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What an approximate search missed of an exact one for the same queries.
struct SearchLoss {
  std::size_t queries = 0;       ///< that have an exact hit
  std::size_t first_missed = 0;  ///< of these, whose best hit is not among the approximate ones
  std::size_t hits = 0;          ///< exact ones, over all queries
  std::size_t hits_missed = 0;   ///< of these, not among the approximate ones
};

/// Requires results for the same queries.
SearchLoss measure_loss(const SearchResult& exact, const SearchResult& approximate);

}  // namespace everyface
