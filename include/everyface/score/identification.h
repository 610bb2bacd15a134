// One-to-many search in an open set: some probes show a person of the gallery (mated), others do
// not (non-mated), and the searcher does not know which (ISO/IEC 19795-1, NISTIR 8271).
//   FPIR(T)    = share of the non-mated probes with a candidate of score >= T
//   FNIR(R, T) = share of the mated probes whose mate scores below T or ranks beyond R
// A mate's rank counts the entries of other people that score as high or higher: a tie counts
// against the mate. If the mate has several entries, the best one stands for it.
//
// Nothing is dropped. As in NISTIR 8271, a mated probe without a template is a miss at every rank
// and threshold, a non-mated one has no false positive, and both stay in the denominators; a mate
// that failed to enrol makes its probes miss. tally() says how many of each there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "everyface/score/identity_bootstrap.h"
#include "everyface/score/score_histogram.h"
#include "everyface/score/verification.h"

namespace everyface {

/// Every rank, and every score.
inline constexpr std::size_t kAnyRank = std::numeric_limits<std::size_t>::max();
inline constexpr double kAnyScore = -std::numeric_limits<double>::infinity();

/// What became of a search.
enum class SearchOutcome {
  kSearched,
  kProbeFailed,      ///< no template came of the probe
  kMateNotEnrolled,  ///< the probe was searched, but its mate's photos gave no template
};

/// The search of a probe whose person should be in the gallery.
struct MatedSearch {
  std::uint32_t identity = 0;  ///< of the probe; for intervals
  std::uint32_t group = 0;     ///< of the probe
  SearchOutcome outcome = SearchOutcome::kSearched;
  double mate_score = 0;      ///< for kSearched
  std::size_t mate_rank = 1;  ///< for kSearched: from 1; kAnyRank if beyond the list that was kept

  /// Whether the mate is found at a threshold within the first ranks.
  [[nodiscard]] bool hit(std::size_t max_rank, double threshold) const;
};

/// The search of a probe whose person is not in the gallery.
struct NonmatedSearch {
  std::uint32_t identity = 0;
  std::uint32_t group = 0;
  SearchOutcome outcome = SearchOutcome::kSearched;  ///< kMateNotEnrolled does not apply
  double highest_score = 0;  ///< for kSearched; -infinity from an empty gallery
};

/// Rank of a mate: 1 + the number of other people's scores at or above its own.
std::size_t rank_of_mate(std::span<const float> nonmate_scores, float mate_score);

struct SearchTally {
  std::size_t mated = 0;
  std::size_t mated_probe_failed = 0;  ///< of mated
  std::size_t mate_not_enrolled = 0;   ///< of mated
  std::size_t nonmated = 0;
  std::size_t nonmated_probe_failed = 0;  ///< of nonmated
};

SearchTally tally(std::span<const MatedSearch> mated, std::span<const NonmatedSearch> nonmated);

/// FPIR at a threshold, 0..1; none without non-mated probes.
std::optional<double> false_positive_identification_rate(std::span<const NonmatedSearch> nonmated,
                                                         double threshold);

/// FNIR at a rank and threshold, 0..1; none without mated probes. kAnyRank with a threshold is the
/// use that lists every candidate above it; a rank with kAnyScore the use where a person reviews
/// the first so many.
std::optional<double> false_negative_identification_rate(std::span<const MatedSearch> mated,
                                                         std::size_t max_rank, double threshold);

/// CMC: element R - 1 is the share of mated probes whose mate is among the first R, which is 1 -
/// FNIR(R, kAnyScore). Empty without mated probes.
std::vector<double> cumulative_match_characteristic(std::span<const MatedSearch> mated,
                                                    std::size_t max_rank);

/// Searches as lists of scores, so that thresholds and curves follow as in verification.h: FPIR is
/// the false_match_rate() of candidates(), FNIR(R, T) the false_non_match_rate() of mates().
/// Searches that cannot succeed (failed, or mate beyond max_rank) are its failed comparisons.
ScoreList candidates(std::span<const NonmatedSearch> nonmated);
ScoreList mates(std::span<const MatedSearch> mated, std::size_t max_rank);

/// The threshold at FPIR f, by the rule of threshold_at_fmr(): the smallest observed score, highest
/// of a non-mated probe or of a mate at any rank, at which FPIR stays at or below f. None without
/// non-mated probes.
std::optional<double> threshold_at_fpir(std::span<const MatedSearch> mated,
                                        std::span<const NonmatedSearch> nonmated, double f);

/// Selectivity: the mean number of candidates at or above a threshold that a non-mated probe
/// returns, i.e. that someone has to look through. `scores` are those of all searched non-mated
/// probes with all entries, `probes` counts the failed ones too. None without probes. With a
/// histogram an upper bound, exact where the count is.
std::optional<double> selectivity(const ScoreList& scores, std::size_t probes, double threshold);
std::optional<double> selectivity(const ScoreDistribution& scores, std::size_t probes,
                                  double threshold);

/// Who erred at a threshold that is the same for all groups: a row a search, for group_counts(),
/// bootstrap_rates() and equal_rates_permutation_p_value() (which wants one row an identity). The
/// gallery stays as it is in resampling, so intervals are about other probes, not other galleries.
std::vector<IdentityEvents> false_positive_events(std::span<const NonmatedSearch> nonmated,
                                                  double threshold);
std::vector<IdentityEvents> false_negative_events(std::span<const MatedSearch> mated,
                                                  std::size_t max_rank, double threshold);

}  // namespace everyface
