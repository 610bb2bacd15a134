#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/audit_view.h"
#include "report/format.h"
#include "report/grid.h"
#include "report/largest_groups.h"

namespace everyface {
namespace {

constexpr std::size_t kCellsOfPage = 60000;
constexpr int kLevels = 8;
/// The level that begins at the target FMR.
constexpr int kTargetLevel = 3;
/// More groups than this and their cells hold nothing but the rate at first.
constexpr std::size_t kRoomyGroups = 6;

/// A colour every half decade of the rate over the target.
int level_of(double rate, double target) {
  const double halves = std::floor(2 * std::log10(rate / target) + 1e-9);
  return static_cast<int>(std::clamp(halves + kTargetLevel, 0.0, kLevels - 1.0));
}

double level_begin(int level, double target) {
  return target * std::pow(10, (level - kTargetLevel) / 2.0);
}

std::string key_html(double target) {
  std::string out = "<p class=\"heat-key\">";
  for (int level = 0; level < kLevels; ++level) {
    const std::string from = rate_text(level_begin(level, target));
    out += fmt::format("<span class=\"h{}\">{}</span> ", level,
                       level == 0 ? "&lt; " + rate_text(level_begin(1, target)) : "≥ " + from);
  }
  return out + "<span>no event: &lt; upper bound</span></p>\n";
}

GridCell heat_cell(const ErrorRate& rate, double target) {
  GridCell cell{rate_words(rate)};
  if (rate.count.trials > 0) {
    cell.small = interval_words(rate) + ", " + count_words(rate);
  }
  if (rate.count.events > 0) {
    cell.level = level_of(*rate.value(), target);
  }
  return cell;
}

/// Indices of the values to show, in natural order: the groups with the most photos.
std::vector<std::size_t> values_shown(const AuditCell& cell, const GroupMatrix& matrix,
                                      std::size_t limit) {
  std::size_t left_out = 0;
  std::vector<std::size_t> places;
  for (const GroupErrors& group :
       largest_groups(cell.groups, matrix.by, &GroupErrors::photos, limit, left_out)) {
    const auto found = std::find(matrix.values.begin(), matrix.values.end(), group.value);
    if (found != matrix.values.end()) {
      places.push_back(static_cast<std::size_t>(found - matrix.values.begin()));
    }
  }
  return places;
}

Grid matrix_grid(const AuditCell& cell, const GroupMatrix& matrix, std::size_t limit,
                 double target) {
  Grid grid{"False match rates by " + matrix.by,
            "FMR: probes of the row's group with references of the column's",
            "heat",
            {{"Probe"}},
            {}};
  const std::vector<std::size_t> shown = values_shown(cell, matrix, limit);
  for (const std::size_t reference : shown) {
    grid.columns.push_back({matrix.values[reference], "", GridColumn::Kind::kHeat});
  }
  for (const std::size_t probe : shown) {
    std::vector<GridCell> row = {{matrix.values[probe]}};
    for (const std::size_t reference : shown) {
      row.push_back(heat_cell(matrix.fmr[probe * matrix.values.size() + reference], target));
    }
    grid.rows.push_back(std::move(row));
  }
  if (shown.size() < matrix.values.size()) {
    grid.note = fmt::format("The {} largest of {} groups; tables/matrix.csv has all.", shown.size(),
                            matrix.values.size());
  }
  return grid;
}

}  // namespace

std::string matrix_html(const AuditView& view) {
  std::vector<std::string> columns;
  std::size_t matrices = 0;
  std::size_t largest = 0;
  for (const AuditPlace& placed : view.cells) {
    for (const GroupMatrix& matrix : placed.cell->matrices) {
      place_of(columns, matrix.by);
      largest = std::max(largest, matrix.values.size());
      ++matrices;
    }
  }
  if (matrices == 0) {
    return "";
  }
  const double room = std::sqrt(static_cast<double>(kCellsOfPage) / static_cast<double>(matrices));
  const std::size_t limit =
      std::clamp<std::size_t>(static_cast<std::size_t>(room), 4, kGroupsShown);
  const double target = view.summary->operating_fmr;
  GridChooser chooser{"matrix", "wide-blocks heats", "", "."};
  chooser.selects = view.choosers(view.reference(0));
  chooser.selects.push_back({"Groups by", columns, 0});
  for (const AuditPlace& placed : view.cells) {
    for (const GroupMatrix& matrix : placed.cell->matrices) {
      chooser.choices.push_back(
          {{placed.exposure, placed.model, placed.enhancer, place_of(columns, matrix.by)},
           cell_name(*placed.cell) + ", by " + matrix.by,
           {matrix_grid(*placed.cell, matrix, limit, target)}});
    }
  }
  return fmt::format(
             "<p>False matches between groups, all at the threshold of the <a "
             "href=\"#def-reference\">"
             "reference condition</a>, where the FMR over everyone is {} at most. Colours are on a "
             "log scale, a step every half decade; warm ones are above that target. <a "
             "href=\"#def-matrix\">Definition</a></p>\n",
             rate_text(target)) +
         key_html(target) +
         fmt::format(
             "<input type=\"checkbox\" id=\"matrix-detail\" class=\"detail\"{} /> <label "
             "for=\"matrix-detail\">Intervals and counts in each cell</label>\n",
             std::min(largest, limit) <= kRoomyGroups ? " checked=\"checked\"" : "") +
         grid_chooser_html(chooser);
}

}  // namespace everyface
