// Rates of one cell of an audit, by group, with resamples for their intervals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "everyface/score/identification.h"
#include "everyface/score/identity_bootstrap.h"
#include "everyface/study/audit_summary.h"
#include "study/audit_scores.h"

namespace everyface {

/// Resamples behind every interval. The same number, and the same seed, in all cells: that is what
/// makes them paired.
inline constexpr std::size_t kReplicates = 500;

/// Counts of some cells, and resamples of their rates; without resamples no intervals.
struct RateTable {
  std::vector<EventCount> counts;
  std::optional<RateReplicates> replicates;

  [[nodiscard]] ErrorRate rate(std::size_t cell) const;
};

/// False match rates of groups with groups. Where pairs were listed, there is none by probe.
struct MatchTable {
  RateTable table;
  std::size_t groups = 0;
  bool by_probe_known = false;
  std::size_t all = 0;  ///< cell of everything together

  [[nodiscard]] std::size_t between(std::size_t a, std::size_t b) const { return a * groups + b; }
  [[nodiscard]] std::size_t by_probe(std::size_t a) const { return groups * groups + a; }
  /// Within a group; with a single group of everyone, all.
  [[nodiscard]] std::size_t within(std::size_t a) const { return between(a, a); }
};

/// Rates of the groups of one column at the operating points. Cells of the last four are groups.
struct ColumnRates {
  MatchTable fmr;
  RateTable fnmr;
  RateTable fpir;
  RateTable fnir;
  RateTable failed_to_acquire;
  std::vector<std::size_t> compared;  ///< by group: identities in pairs that FMR counts
};

/// A comparison of two records: what a list of pairs says, or all pairs do.
struct ComparedPair {
  std::uint32_t probe = 0;
  std::uint32_t reference = 0;
  bool error = false;  ///< of a mated pair: below the threshold; of a non-mated one: not
};

/// Makes tables: knows labels and how to resample.
class RateMaker {
 public:
  RateMaker(const AuditLabels& labels, std::uint64_t seed)
      : labels_(labels), options_{labels.identities, seed, kReplicates} {}

  /// FMR from all pairs: `accepted` are the non-mated ones at or above the threshold.
  [[nodiscard]] MatchTable all_pairs(const TemplateSet& probes, const TemplateSet& references,
                                     bool one_set, const std::vector<ScoredPair>& accepted,
                                     const GroupColumn& column) const;

  /// FMR from a list of non-mated pairs. Intervals resample the reference's identity.
  [[nodiscard]] MatchTable listed_pairs(const std::vector<ComparedPair>& pairs,
                                        const GroupColumn& column) const;

  /// FNMR by the probe's group. `either_way`: each pair stands for both ways round, so it counts in
  /// the reference's group too, where that is another.
  [[nodiscard]] RateTable mated_pairs(const std::vector<ComparedPair>& pairs,
                                      const GroupColumn& column, bool either_way) const;

  /// By group, how many identities have a template.
  [[nodiscard]] std::vector<std::size_t> with_templates(const TemplateSet& probes,
                                                        const GroupColumn& column) const;

  /// FPIR and FNIR: rows whose group is a record.
  [[nodiscard]] RateTable searches(std::vector<IdentityEvents> rows,
                                   const GroupColumn& column) const;

  /// Of the decoded photos.
  [[nodiscard]] RateTable failed_to_acquire(const std::vector<bool>& decoded,
                                            const TemplateSet& probes,
                                            const GroupColumn& column) const;

 private:
  [[nodiscard]] RateTable table_of(const std::vector<IdentityEvents>& rows,
                                   std::size_t groups) const;

  const AuditLabels& labels_;
  BootstrapOptions options_;
};

/// P-value of a difference by the normal approximation of its resamples: they are too few to show
/// the small p-values that a correction for many tests needs.
std::optional<double> normal_p_value(const RateTable& first, std::size_t first_cell,
                                     const RateTable& second, std::size_t second_cell);

}  // namespace everyface
