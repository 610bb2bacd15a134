// The scores of an audit's comparisons and searches, before anything is counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "everyface/score/identification.h"
#include "everyface/score/pair_rates.h"
#include "everyface/score/score_histogram.h"
#include "study/audit_labels.h"

namespace everyface {

inline constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

/// The templates of one condition.
struct TemplateSet {
  std::span<const float> rows;  ///< row-major
  std::size_t dimensions = 0;
  std::vector<std::uint32_t> records;  ///< of each row
  std::vector<std::uint32_t> row_of;   ///< of each record; kNoRow: failed to acquire

  [[nodiscard]] std::size_t size() const { return records.size(); }
  [[nodiscard]] std::span<const float> row(std::size_t index) const {
    return rows.subspan(index * dimensions, dimensions);
  }
};

/// A comparison of two records' templates.
struct ScoredPair {
  float score = 0;
  std::uint32_t probe = 0;  ///< record
  std::uint32_t reference = 0;
};

struct ComparisonScores {
  ScoreDistribution nonmated = ScoreHistogram(0).finish();
  std::vector<ScoredPair> mated;
  /// Non-mated pairs with at least `accepted_from`, in the order of probes and references. Where
  /// there are too many of them above the lower limit, the higher one was taken; infinity where
  /// even that had too many.
  std::vector<ScoredPair> accepted;
  float accepted_from = std::numeric_limits<float>::infinity();
};

/// Limits of ComparisonScores::accepted.
struct AcceptLimits {
  float lower = std::numeric_limits<float>::infinity();
  float higher = std::numeric_limits<float>::infinity();
};

/// Compares every probe with every reference but that of the same record and those excluded; with
/// `one_set` (both are the same), every pair once.
ComparisonScores compare_all(const TemplateSet& probes, const TemplateSet& references, bool one_set,
                             const AuditLabels& labels, const AcceptLimits& limits,
                             std::size_t jobs);

/// The scores of a list of pairs: the first is the reference, the second the probe. Pairs that lack
/// a template have none. In the order of the list.
std::vector<std::optional<float>> compare_pairs(const TemplateSet& probes,
                                                const TemplateSet& references,
                                                const std::vector<RecordPair>& pairs);

/// Who is enrolled and who is searched, the same in every condition.
struct SearchPlan {
  std::vector<std::uint32_t> gallery;   ///< records, in the order of enrolment
  std::vector<std::uint32_t> mated;     ///< records of probes
  std::vector<std::uint32_t> nonmated;  ///< records of probes
  std::vector<std::size_t> sizes;       ///< of galleries: the first so many entries; rising
};

/// With subjects: half of the people (or as many as asked for), drawn by seed among those with more
/// than one photo and enrolled by their first photo; their other photos are mated probes, all
/// photos of the others non-mated ones. Without: half of the photos (or as many), the rest are
/// non-mated probes. None where that leaves no gallery or no non-mated probes.
std::optional<SearchPlan> plan_searches(const AuditLabels& labels, const std::vector<bool>& decoded,
                                        std::size_t gallery, std::uint64_t seed);

/// Searches in one gallery.
struct SearchScores {
  std::vector<MatedSearch> mated;  ///< whose mate is in this gallery
  std::vector<NonmatedSearch> nonmated;
  std::uint64_t candidates = 0;  ///< of non-mated probes, at the threshold
};

/// Searches every probe in every gallery of the plan. Groups of the searches are the records (their
/// groups depend on the column). `threshold`: where candidates are counted.
std::vector<SearchScores> search_all(const TemplateSet& probes, const TemplateSet& references,
                                     const SearchPlan& plan, const AuditLabels& labels,
                                     double threshold, std::size_t jobs);

}  // namespace everyface
