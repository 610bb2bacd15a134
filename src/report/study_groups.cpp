#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "everyface/base/text.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/study_view.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kGroupsShown = 40;

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
  for (const PlacedCell& placed : view.cells) {
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

/// The largest groups, in natural order.
std::vector<GroupRate> largest_groups(const CellSummary& cell, const std::string& by,
                                      std::size_t& left_out) {
  std::vector<GroupRate> all;
  std::copy_if(cell.groups.begin(), cell.groups.end(), std::back_inserter(all),
               [&](const GroupRate& group) { return group.by == by; });
  std::stable_sort(all.begin(), all.end(), [](const GroupRate& a, const GroupRate& b) {
    return natural_less(a.value, b.value);
  });
  left_out = all.size() > kGroupsShown ? all.size() - kGroupsShown : 0;
  if (left_out == 0) {
    return all;
  }
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return all[a].n > all[b].n; });
  order.resize(kGroupsShown);
  std::sort(order.begin(), order.end());
  std::vector<GroupRate> largest;
  largest.reserve(order.size());
  for (const std::size_t i : order) {
    largest.push_back(all[i]);
  }
  return largest;
}

Forest forest_of(const StudyView& view, const PlacedCell& placed, const std::string& by) {
  Forest forest;
  forest.by = by;
  std::size_t left_out = 0;
  forest.rows = largest_groups(*placed.cell, by, left_out);
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

/// page.js fills this markup with another cell's numbers: keep the two in step.
std::string forest_html(const Forest& forest, std::size_t column) {
  std::string table = fmt::format(
      "<table class=\"forest\"><caption>By {}</caption><thead><tr><th scope=\"col\">Group</th>"
      "<th scope=\"col\" class=\"number\">Found of faces</th>"
      "<th scope=\"col\" class=\"number\">Rate <small>95% interval</small></th>"
      "<th scope=\"col\" class=\"plot\">{}<span class=\"hidden\">Chart</span></th></tr></thead>"
      "<tbody>",
      escape_html(forest.by), span_axis_svg(forest.span));
  for (std::size_t i = 0; i < forest.rows.size(); ++i) {
    const GroupRate& row = forest.rows[i];
    const double before = forest.before[i];
    table += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{} of {}</td>"
        "<td class=\"number\">{} <small>{}</small></td><td class=\"plot\">{}</td></tr>",
        escape_html(row.value), count_text(row.detected), count_text(row.n),
        percent(row.rate.value), percent_range(row.rate.low, row.rate.high),
        interval_svg(forest.span, row.rate.value, row.rate.low, row.rate.high,
                     std::isfinite(before) ? std::optional(before) : std::nullopt));
  }
  return fmt::format(
      "<div class=\"forest-block\" data-column=\"{}\">{}<p class=\"gap\">{}</p>"
      "<p class=\"muted note\">{}</p></div>\n",
      column, scroll_region("Rates by " + forest.by, table + "</tbody></table>"),
      escape_html(forest.gap), escape_html(forest.note));
}

Json number(double value) {
  return std::isfinite(value) ? Json(std::round(value * 1e5) / 1e5) : Json(nullptr);
}

Json forest_json(const Forest& forest) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < forest.rows.size(); ++i) {
    const GroupRate& row = forest.rows[i];
    rows.push_back(
        Json::array({to_valid_utf8(row.value), row.n, row.detected, number(row.rate.value),
                     number(row.rate.low), number(row.rate.high), number(forest.before[i])}));
  }
  return {{"span", {number(forest.span.from), number(forest.span.to)}},
          {"gap", forest.gap},
          {"note", forest.note},
          {"rows", rows}};
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

/// The cell to show. page.js reads the three axes in this order.
std::string axis_selects(const StudyView& view, const PlacedCell& chosen) {
  std::string out = "<div class=\"controls\" data-forest=\"forest\">";
  const auto select = [&](const char* label, const std::vector<std::string>& options,
                          std::size_t choice) {
    if (options.size() < 2) {
      out += "<input type=\"hidden\" data-axis=\"\" value=\"0\" />";
      return;
    }
    out += fmt::format("<label>{} <select data-axis=\"\">", label);
    for (std::size_t i = 0; i < options.size(); ++i) {
      out += fmt::format("<option value=\"{}\"{}>{}</option>", i,
                         i == choice ? " selected=\"selected\"" : "", escape_html(options[i]));
    }
    out += "</select></label> ";
  };
  select("Exposure", view.exposure_texts(), chosen.exposure);
  select("Detector", view.detectors, chosen.detector);
  select("Enhancement", view.enhancers, chosen.enhancer);
  return out + "</div>\n";
}

std::string gaps_table(const StudyView& view, const std::vector<std::string>& columns,
                       const Telling& telling) {
  std::vector<double> ends;
  std::size_t count = 0;
  for (const PlacedCell& placed : view.cells) {
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
                                             at_first(view.cells[telling.cell].detector));
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
      span_axis_svg(span));
  for (const PlacedCell& placed : view.cells) {
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
          placed.exposure, placed.detector, placed.enhancer, column,
          breakable_name(placed.cell->enhance), breakable_name(placed.cell->detector),
          placed.exposure, ev_text(placed.cell->exposure_ev), escape_html(gap.by), gap.difference,
          decimal(gap.difference * 100, 1), decimal(gap.low * 100, 1), decimal(gap.high * 100, 1),
          interval_svg(span, gap.difference, gap.low, gap.high),
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
  const PlacedCell& placed = view.cells[telling.cell];
  const bool rings = view.enhancers.size() > 1 &&
                     std::any_of(view.enhancers.begin(), view.enhancers.end(), is_baseline);
  std::string out = fmt::format(
      "<p id=\"forest-cell\">Rates of <b>{}</b>.{}</p>\n", escape_html(cell_name(*placed.cell)),
      rings ? " A ring marks the rate without enhancement, where there is one." : "");
  out += axis_selects(view, placed);
  out += "<div id=\"forest\" class=\"forests\">\n";
  Json cells = Json::object();
  for (std::size_t column = 0; column < columns.size(); ++column) {
    out += forest_html(forest_of(view, placed, columns[column]), column);
  }
  for (const PlacedCell& other : view.cells) {
    Json forests = Json::array();
    for (const std::string& column : columns) {
      forests.push_back(forest_json(forest_of(view, other, column)));
    }
    cells[fmt::format("{} {} {}", other.exposure, other.detector, other.enhancer)] = {
        {"name", cell_name(*other.cell)}, {"forests", forests}};
  }
  out += "</div>\n" + json_block("forest-data", cells);
  return out + gaps_table(view, columns, telling);
}

}  // namespace everyface
