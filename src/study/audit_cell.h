// One cell of an audit: a condition's templates compared, searched and counted.
#pragma once

#include <optional>
#include <vector>

#include "study/audit_labels.h"
#include "study/audit_rates.h"
#include "study/audit_scores.h"

namespace everyface {

/// A threshold that the reference condition fixed.
struct FixedThreshold {
  double target = 0;  ///< FMR or FPIR
  double threshold = 0;
  bool exact = true;
};

/// The thresholds of one embedder, by falling target.
struct FixedThresholds {
  std::vector<FixedThreshold> fmr;
  std::vector<FixedThreshold> fpir;
  std::size_t operating_fmr = 0;  ///< index
  std::size_t operating_fpir = 0;
};

/// What all cells of an embedder share.
struct CellContext {
  const AuditRequest& request;
  const AuditLabels& labels;
  /// Everyone in one group, then the columns of the labels.
  const std::vector<GroupColumn>& columns;
  const std::vector<bool>& decoded;
  const std::optional<SearchPlan>& plan;
  std::size_t jobs = 1;
};

/// A cell's summary, with what comparisons and differentials are made from.
struct CellResult {
  AuditCell cell;
  std::vector<ColumnRates> rates;  ///< by column of CellContext::columns
  /// Non-mated pairs from the lowest fixed threshold on (from a higher one where they are too
  /// many), and how many non-mated pairs there were.
  std::vector<ScoredPair> accepted;
};

/// Finds an embedder's thresholds in its reference condition. Error: no comparison could be made.
Result<FixedThresholds> fix_thresholds(const CellContext& context, const TemplateSet& reference);

/// Scores one cell. `probes` are of the cell's condition, `references` too (one set) or of the
/// reference condition.
CellResult score_cell(const CellContext& context, const FixedThresholds& thresholds,
                      const TemplateSet& probes, const TemplateSet& references, bool one_set);

}  // namespace everyface
