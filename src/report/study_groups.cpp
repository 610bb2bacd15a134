#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"
#include "report/grid.h"
#include "report/largest_groups.h"
#include "report/study_view.h"

namespace everyface {
namespace {

/// One group column of one cell, as the forest plot shows it.
struct Forest {
  std::string by;
  Span span;
  std::string gap;   ///< the largest gap, in words
  std::string note;  ///< what is not shown
  std::vector<GroupRate> rows;
  std::vector<double> before;  ///< rates without enhancement; NaN where there are none
};

std::vector<std::string> columns_of(const StudyView& view) {
  std::vector<std::string> columns;
  for (const StudyCell& placed : view.cells) {
    for (const GroupRate& group : placed.cell->groups) {
      if (std::find(columns.begin(), columns.end(), group.by) == columns.end()) {
        columns.push_back(group.by);
      }
    }
  }
  return columns;
}

/// All groups have the same rate: no group is best or worst.
bool is_none(const GroupGap& gap) { return gap.best == gap.worst || gap.difference == 0; }

std::string gap_words(const GroupGap& gap) {
  if (is_none(gap)) {
    return "Largest gap: none.";
  }
  return fmt::format("Largest gap: {} between {} and {} (95% interval {} to {}), {}.",
                     points(gap.difference), gap.best, gap.worst, decimal(gap.low * 100, 1),
                     decimal(gap.high * 100, 1),
                     gap.beyond_chance ? "beyond chance" : "which could be chance");
}

/// Which groups the gap does not speak of; empty where it speaks of all.
std::string left_out_words(const CellSummary& cell, const std::string& by) {
  const auto small = std::count_if(cell.groups.begin(), cell.groups.end(), [&](const auto& group) {
    return group.by == by && group.n < kSmallestGroup;
  });
  return small > 0 ? " Groups of fewer than ten faces are left out." : "";
}

Forest forest_of(const StudyView& view, const StudyCell& placed, const std::string& by) {
  Forest forest;
  forest.by = by;
  std::size_t left_out = 0;
  forest.rows = largest_groups(placed.cell->groups, by, &GroupRate::n, kGroupsShown, left_out);
  if (left_out > 0) {
    forest.note = fmt::format("{} smaller {} in tables/groups.csv.", count_text(left_out),
                              left_out == 1 ? "group is" : "groups are");
  }
  const CellSummary* baseline = view.baseline_of(placed);
  std::vector<double> values;
  for (const GroupRate& row : forest.rows) {
    double before = NAN;
    if (baseline != nullptr) {
      for (const GroupRate& other : baseline->groups) {
        if (other.by == by && other.value == row.value) {
          before = other.rate.value;
        }
      }
    }
    forest.before.push_back(before);
    values.insert(values.end(), {row.rate.low, row.rate.high, before});
  }
  forest.span = nice_span(values, 0.1);
  for (const GroupGap& gap : placed.cell->gaps) {
    if (gap.by == by) {
      forest.gap = gap_words(gap) + left_out_words(*placed.cell, by);
    }
  }
  return forest;
}

Grid forest_grid(const Forest& forest) {
  using Kind = GridColumn::Kind;
  Grid grid;
  grid.label = "Rates by " + forest.by;
  grid.caption = "By " + forest.by;
  grid.css = "forest";
  grid.columns = {{"Group"},
                  {"Found of faces", "", Kind::kNumber},
                  {"Rate", "95% interval", Kind::kNumber},
                  {"Chart", "", Kind::kPlot, "", span_ticks(forest.span)}};
  for (std::size_t i = 0; i < forest.rows.size(); ++i) {
    const GroupRate& row = forest.rows[i];
    const Estimate& rate = row.rate;
    grid.rows.push_back(
        {{row.value},
         {count_text(row.detected) + " of " + count_text(row.n)},
         {percent(rate.value), percent_range(rate.low, rate.high)},
         {"", "", place_interval(forest.span, rate.value, rate.low, rate.high, forest.before[i])}});
  }
  grid.words = forest.gap;
  grid.note = forest.note;
  return grid;
}

struct Telling {
  std::size_t cell = 0;    ///< index into StudyView::cells
  std::size_t column = 0;  ///< index into the group columns
};

/// Where the largest gap is that is beyond chance, else the largest gap.
Telling most_telling(const StudyView& view, const std::vector<std::string>& columns) {
  Telling best;
  double best_rank = -1;
  for (std::size_t i = 0; i < view.cells.size(); ++i) {
    for (const GroupGap& gap : view.cells[i].cell->gaps) {
      const double rank = gap.difference + (gap.beyond_chance ? 2 : 0);
      const auto column = std::find(columns.begin(), columns.end(), gap.by);
      if (rank > best_rank && column != columns.end()) {
        best_rank = rank;
        best = {i, static_cast<std::size_t>(column - columns.begin())};
      }
    }
  }
  return best;
}

std::string cell_name(const CellSummary& cell) {
  return cell.detector + ", " + cell.enhance + ", " + ev_text(cell.exposure_ev);
}

std::string gaps_table(const StudyView& view, const std::vector<std::string>& columns,
                       const Telling& telling) {
  std::vector<double> ends;
  std::size_t count = 0;
  for (const StudyCell& placed : view.cells) {
    for (const GroupGap& gap : placed.cell->gaps) {
      ends.insert(ends.end(), {gap.low, gap.high});
      ++count;
    }
  }
  if (count == 0) {
    return "";
  }
  const Span span{0, nice_span(ends, 0.1).to};
  std::string out =
      view.cells.size() > 1 ? "<h3>Does the gap grow or shrink?</h3>\n" : "<h3>Gaps</h3>\n";
  const bool many = count > 40;
  const auto at_first = [&](std::size_t choice) { return many ? static_cast<int>(choice) : -1; };
  std::vector<Filter> filters = view.filters(at_first(view.cells[telling.cell].exposure),
                                             at_first(view.cells[telling.cell].model));
  filters.push_back({"Enhancement", view.enhancers, -1});
  filters.push_back({"Group", columns, at_first(telling.column)});
  out += filter_bar("gaps-table", "rows", filters);
  std::string table = fmt::format(
      "<table id=\"gaps-table\" class=\"sortable stack\"><caption>Detection rate of the best group "
      "minus "
      "that of the worst, in percentage points. Beyond chance: chi-square test, Holm-corrected "
      "over this table.</caption><thead><tr><th scope=\"col\">Enhancement</th>"
      "<th scope=\"col\">Detector</th><th scope=\"col\">Exposure</th><th scope=\"col\">Group</th>"
      "<th scope=\"col\" class=\"number\">Gap <small>95% interval</small></th>"
      "<th scope=\"col\" class=\"plot\">{}<span class=\"hidden\">Chart of the gap</span></th>"
      "<th scope=\"col\">Chance?</th><th scope=\"col\">Best → worst</th></tr></thead><tbody>\n",
      span_axis_svg(span_ticks(span)));
  for (const StudyCell& placed : view.cells) {
    for (const GroupGap& gap : placed.cell->gaps) {
      const auto column = std::find(columns.begin(), columns.end(), gap.by) - columns.begin();
      table += fmt::format(
          "<tr data-f=\"{} {} {} {}\"><th scope=\"row\">{}</th>"
          "<td class=\"name\" data-label=\"Detector\">{}</td>"
          "<td data-label=\"Exposure\" data-v=\"{}\">{}</td><td data-label=\"Group\">{}</td>"
          "<td class=\"number\" data-label=\"Gap, points\" data-v=\"{:.6g}\">{} "
          "<small>{} to {}</small></td>"
          "<td class=\"plot\">{}</td><td data-label=\"Chance?\">{}</td>"
          "<td class=\"name pair\" data-label=\"Best → worst\">{}</td></tr>\n",
          placed.exposure, placed.model, placed.enhancer, column,
          breakable_name(placed.cell->enhance), breakable_name(placed.cell->detector),
          placed.exposure, ev_text(placed.cell->exposure_ev), escape_html(gap.by), gap.difference,
          decimal(gap.difference * 100, 1), decimal(gap.low * 100, 1), decimal(gap.high * 100, 1),
          interval_svg(place_interval(span, gap.difference, gap.low, gap.high)),
          gap.beyond_chance ? "<b>beyond chance</b>" : "could be chance",
          is_none(gap) ? "none" : escape_html(gap.best) + " → " + escape_html(gap.worst));
    }
  }
  return out + scroll_region("Table of gaps", table + "</tbody></table>");
}

}  // namespace

std::string groups_html(const StudyView& view) {
  const std::vector<std::string> columns = columns_of(view);
  if (columns.empty()) {
    return "";
  }
  const Telling telling = most_telling(view, columns);
  const StudyCell& placed = view.cells[telling.cell];
  const bool rings = view.enhancers.size() > 1 &&
                     std::any_of(view.enhancers.begin(), view.enhancers.end(), is_baseline);
  GridChooser forests{"forest", "forests", "Rates of ", "."};
  if (rings) {
    forests.after += " A ring marks the rate without enhancement, where there is one.";
  }
  forests.selects = view.filters(static_cast<int>(placed.exposure), static_cast<int>(placed.model));
  forests.selects.push_back({"Enhancement", view.enhancers, static_cast<int>(placed.enhancer)});
  for (const StudyCell& other : view.cells) {
    GridChoice choice{{other.exposure, other.model, other.enhancer}, cell_name(*other.cell), {}};
    for (const std::string& column : columns) {
      choice.grids.push_back(forest_grid(forest_of(view, other, column)));
    }
    forests.choices.push_back(std::move(choice));
  }
  return grid_chooser_html(forests) + gaps_table(view, columns, telling);
}

}  // namespace everyface
