// The rows that may still be among a query's best while a scan goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "everyface/search/flat_index.h"

namespace everyface::search {

/// A row of which only bounds of the score are known.
struct Candidate {
  float upper;
  float lower;
  std::uint32_t row;
};

/// Scores rows: scores[i] = dot(query, rows[i]).
using Rescore = std::function<void(std::span<const std::uint32_t> rows, std::span<float> scores)>;

/// Keeps what the `count` best rows with at least `threshold` can be, in bounded memory: candidates
/// are offered with bounds, and a list that has grown too long drops those that `count` others are
/// certain to beat; where bounds are too close to tell, rows are scored. Of any rows offered, in
/// any order and over any number of lists that are merged, take() gives the same.
class Shortlist {
 public:
  Shortlist(std::size_t count, float threshold);

  /// A row with an upper bound below this need not be offered.
  [[nodiscard]] float limit() const { return limit_; }
  void offer(const Candidate& candidate) { open_.push_back(candidate); }
  /// Shortens a list that has become long. Call after every few offers.
  void settle(const Rescore& rescore) {
    if (open_.size() >= capacity_) {
      shorten(rescore);
    }
  }

  /// Takes the other's rows over.
  void merge(Shortlist&& other);

  /// The best rows in order. Leaves the list empty.
  std::vector<Hit> take(const Rescore& rescore);

 private:
  void shorten(const Rescore& rescore);
  void raise_limit();
  void score(std::span<const Candidate> candidates, const Rescore& rescore);
  void keep_best();

  std::size_t count_;
  float threshold_;
  float limit_;
  std::size_t capacity_;
  std::vector<Candidate> open_;
  std::vector<Hit> scored_;
};

}  // namespace everyface::search
