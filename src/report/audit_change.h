// What an enhancement did to the rates of an embedder at an exposure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/audit_view.h"

namespace everyface {

struct Change {
  std::size_t exposure = 0;  ///< places on the view's axes
  std::size_t embedder = 0;
  std::size_t enhancer = 0;
  std::vector<const AuditComparison*> rows;

  /// Of a rate of everyone (empty `by` and `value`) or a group; null where nobody compared it.
  [[nodiscard]] const AuditComparison* find(ErrorKind kind, const std::string& by,
                                            const std::string& value) const;
};

/// By exposure, embedder, enhancer.
std::vector<Change> changes_of(const AuditView& view);

/// The rate after minus the rate before; NaN where either is missing.
double difference_of(const AuditComparison& row);

bool beyond_chance(const AuditComparison& row);

/// "−0.031 to +0.004", in percentage points.
std::string interval_of_difference(const AuditComparison& row);

/// Before and after by group, for a change that the reader chooses. Empty without groups.
std::string changes_by_group_html(const AuditView& view, const std::vector<Change>& changes);

}  // namespace everyface
