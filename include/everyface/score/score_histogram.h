// Scores by the billion in bounded memory: fine bins for all of them and the highest ones exactly.
//
// All pairs of 24,000 faces are 288 million scores. Error rates of interest lie far out in the
// upper tail of the non-mated ones, so the highest `tail` scores are kept as they are, and every
// score is counted in one of 65,536 bins. What follows from the tail or from the edge of a bin is
// exact; what does not says so. Requires scores that are not NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "everyface/score/verification.h"

namespace everyface {

/// A count known within bounds, both included.
struct CountBounds {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  [[nodiscard]] bool exact() const { return low == high; }
};

/// A threshold, and whether it is the very one that the scores themselves would give.
struct BinnedThreshold {
  double threshold = 0;
  bool exact = false;
};

/// What a ScoreHistogram has gathered. Takes the place of the non-mated ScoreList.
class ScoreDistribution {
 public:
  [[nodiscard]] std::uint64_t size() const { return at_or_above_edge_.front(); }
  /// The highest scores, highest first: as many as were to be kept, or all there are.
  [[nodiscard]] std::span<const float> highest() const { return highest_; }

  /// Scores >= threshold. Exact above the lowest score of highest(), at the edges of bins
  /// (multiples of 2^-15 above -1 and below 1), and everywhere if highest() holds all; elsewhere
  /// within the content of one bin.
  [[nodiscard]] CountBounds at_or_above(double threshold) const;

  /// Lower edge of a bin: -infinity for the first, which also holds all scores below -1.
  [[nodiscard]] static double edge(std::size_t bin);
  /// Scores >= edge(bin), exact. Requires bin < ScoreHistogram::kBins.
  [[nodiscard]] std::uint64_t at_or_above_edge(std::size_t bin) const {
    return at_or_above_edge_[bin];
  }

 private:
  friend class ScoreHistogram;
  ScoreDistribution() = default;

  std::vector<float> highest_;
  std::vector<std::uint64_t> at_or_above_edge_;  ///< a bin each, and 0 at the end
};

/// Gathers scores. Each thread fills its own and they are merged at the end; what comes out depends
/// neither on the order of the scores nor on how they were split. Not safe for use by several
/// threads at once.
class ScoreHistogram {
 public:
  /// Bins of width 2^-15 from -1 to 1, lower edge included. Scores outside count in the first and
  /// the last bin.
  static constexpr std::size_t kBins = 65536;

  /// Keeps the highest `tail` scores exactly, in up to 8 bytes each: with N scores to come,
  /// thresholds at an FMR below tail / N will be exact. A tail of 0 is taken as 1.
  explicit ScoreHistogram(std::size_t tail);

  void add(std::span<const float> scores);
  /// Adds all scores of another one. Requires the same `tail` (throws std::invalid_argument).
  void merge(const ScoreHistogram& other);

  [[nodiscard]] ScoreDistribution finish() &&;

 private:
  void keep(std::span<const float> scores);
  void trim();

  std::size_t tail_;
  float cutoff_;  ///< only scores above can still be among the highest
  std::vector<float> highest_;
  std::vector<std::uint64_t> bins_;
};

/// As threshold_at_fmr() of lists. Exact where f × size is below the number of scores kept. Else
/// the lowest edge of a bin with FMR <= f: FMR still never exceeds f, and between -1 and 1 the
/// threshold is at most 2^-15 higher than need be. None of an empty distribution.
std::optional<BinnedThreshold> threshold_at_fmr(const ScoreList& mated,
                                                const ScoreDistribution& nonmated, double f);

/// As error_curve() of lists, at fewer thresholds, all with exact rates: above all scores, above
/// all non-mated ones, scores of highest() wherever FMR has grown by a per cent, and the edges of
/// bins.
std::vector<ErrorPoint> error_curve(const ScoreList& mated, const ScoreDistribution& nonmated);

/// As area_under_roc() of lists, a mated score tied with all non-mated ones of its bin: off by at
/// most half the share of non-mated scores in the fullest bin.
std::optional<double> area_under_roc(const ScoreList& mated, const ScoreDistribution& nonmated);

}  // namespace everyface
