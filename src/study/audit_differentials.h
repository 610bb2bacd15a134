// What an audit says about groups and about enhancement, out of its cells' rates.
#pragma once

#include <cstddef>
#include <vector>

#include "study/audit_cell.h"
#include "study/audit_templates.h"

namespace everyface {

/// Adds the differentials of every cell; `beyond_chance` is corrected over all of them.
void add_differentials(const std::vector<GroupColumn>& columns, std::vector<CellResult>& cells);

/// Every cell against the one of its embedder and exposure without enhancement; p-values corrected
/// over all of them. Empty where "none" was not asked for.
std::vector<AuditComparison> compare_enhancements(const AuditCells& places,
                                                  const std::vector<GroupColumn>& columns,
                                                  const std::vector<CellResult>& cells);

/// What leaving out the highest non-mated scores of the reference condition would do.
std::vector<ExclusionEffect> exclusion_effects(const CellContext& context,
                                               const CellResult& reference,
                                               const TemplateSet& templates);

/// The headline.
std::string audit_finding(const AuditSummary& summary);

}  // namespace everyface
