#include "report/audit_change.h"

#include <cmath>

#include "report/format.h"

namespace everyface {

const AuditComparison* Change::find(ErrorKind kind, const std::string& by,
                                    const std::string& value) const {
  for (const AuditComparison* row : rows) {
    if (row->rate == error_name(kind).name && row->by == by && row->value == value) {
      return row;
    }
  }
  return nullptr;
}

std::vector<Change> changes_of(const AuditView& view) {
  std::vector<Change> changes;
  for (const AuditPlace& placed : view.cells) {
    Change change{placed.exposure, placed.model, placed.enhancer, {}};
    for (const AuditComparison& row : view.summary->comparisons) {
      if (row.exposure_ev == placed.cell->exposure_ev && row.embedder == placed.cell->embedder &&
          row.after == placed.cell->enhance) {
        change.rows.push_back(&row);
      }
    }
    if (!change.rows.empty()) {
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

double difference_of(const AuditComparison& row) {
  return row.second.value().value_or(NAN) - row.first.value().value_or(NAN);
}

bool beyond_chance(const AuditComparison& row) { return row.p_value && *row.p_value < 0.05; }

std::string interval_of_difference(const AuditComparison& row) {
  return row.difference ? signed_points_range(row.difference->low, row.difference->high)
                        : "no interval";
}

}  // namespace everyface
