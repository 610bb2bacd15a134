#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/audit_change.h"
#include "report/format.h"
#include "report/grid.h"

namespace everyface {
namespace {

std::size_t place_in(const std::vector<std::string>& list, const std::string& value) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), value) - list.begin());
}

/// False positives and what goes with them.
struct Errors {
  std::string name;
  ErrorKind positive;
  ErrorKind negative;
};

std::vector<Errors> errors_of(const AuditView& view) {
  std::vector<Errors> errors;
  if (view.has(ErrorKind::kFpir)) {
    errors.push_back({view.has(ErrorKind::kFnir) ? "searches: FPIR, FNIR" : "searches: FPIR",
                      ErrorKind::kFpir, ErrorKind::kFnir});
  }
  if (view.has(ErrorKind::kFmr)) {
    errors.push_back({view.has(ErrorKind::kFnmr) ? "pairs: FMR, FNMR" : "pairs: FMR",
                      ErrorKind::kFmr, ErrorKind::kFnmr});
  }
  return errors;
}

std::string counts_before_after(const AuditComparison& row) {
  if (row.first.count.trials == row.second.count.trials) {
    return count_text(row.first.count.events) + " → " + count_words(row.second);
  }
  return count_words(row.first) + " → " + count_words(row.second);
}

/// The four cells of a rate: before and after, change, drawing, chance.
void add_cells(const AuditComparison* row, const Span& span, std::vector<GridCell>& cells) {
  if (row == nullptr) {
    cells.insert(cells.end(), {{"–"}, {"–"}, {}, {"too few"}});
    return;
  }
  const double difference = difference_of(*row);
  const Interval interval = row->difference.value_or(Interval{NAN, NAN});
  cells.push_back(
      {rate_words(row->first) + " → " + rate_words(row->second), counts_before_after(*row)});
  cells.push_back({signed_points(difference), interval_of_difference(*row)});
  cells.push_back({"", "", place_interval(span, difference, interval.low, interval.high)});
  cells.push_back({!row->p_value          ? "–"
                   : !beyond_chance(*row) ? "no"
                   : difference < 0       ? "lower"
                                          : "higher"});
}

/// Over everyone and the groups of one column.
Span span_of(const Change& change, ErrorKind kind, const std::string& by) {
  std::vector<double> values;
  for (const AuditComparison* row : change.rows) {
    if (row->rate == error_name(kind).name && (row->by.empty() || row->by == by)) {
      values.push_back(difference_of(*row));
      if (row->difference) {
        values.insert(values.end(), {row->difference->low, row->difference->high});
      }
    }
  }
  return difference_span(values);
}

void add_columns(ErrorKind kind, const Span& span, Grid& grid) {
  using Kind = GridColumn::Kind;
  const ErrorName& name = error_name(kind);
  grid.columns.insert(grid.columns.end(),
                      {{name.name, "before → after", Kind::kNumber, name.definition},
                       {std::string("Change of ") + name.name, "points, 95% interval",
                        Kind::kNumber, "def-difference"},
                       {std::string("Chart of the change of ") + name.name, "", Kind::kPlot, "",
                        span_ticks(span), place_value(span, 0)},
                       {"Beyond chance?", "", Kind::kText, "def-chance"}});
}

/// One group column: everyone, then its groups in natural order.
Grid change_grid(const AuditView& view, const Change& change, const Errors& errors,
                 const std::string& by) {
  Grid grid{"Changes by " + by, "By " + by, "forest stack wide", {{"Group"}}, {}};
  std::vector<ErrorKind> kinds;
  for (const ErrorKind kind : {errors.positive, errors.negative}) {
    if (view.has(kind)) {
      kinds.push_back(kind);
      add_columns(kind, span_of(change, kind, by), grid);
    }
  }
  std::vector<std::string> values;
  for (const AuditComparison* row : change.rows) {
    if (row->by == by) {
      place_of(values, row->value);
    }
  }
  std::sort(values.begin(), values.end(), natural_less);
  const auto add_row = [&](const std::string& title, const std::string& column,
                           const std::string& value) {
    std::vector<GridCell> cells = {{title}};
    for (const ErrorKind kind : kinds) {
      add_cells(change.find(kind, column, value), span_of(change, kind, by), cells);
    }
    grid.rows.push_back(std::move(cells));
  };
  add_row("everyone", "", "");
  for (const std::string& value : values) {
    add_row(value, by, value);
  }
  return grid;
}

/// Where a group's false positives changed the most beyond chance; else the first.
std::size_t most_telling(const std::vector<Change>& changes, const Errors& errors) {
  std::size_t best = 0;
  double largest = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (const AuditComparison* row : changes[i].rows) {
      if (row->rate == error_name(errors.positive).name && !row->by.empty() &&
          beyond_chance(*row) && std::fabs(difference_of(*row)) > largest) {
        largest = std::fabs(difference_of(*row));
        best = i;
      }
    }
  }
  return best;
}

}  // namespace

std::string changes_by_group_html(const AuditView& view, const std::vector<Change>& changes) {
  const std::vector<Errors> errors = errors_of(view);
  if (view.columns.empty() || errors.empty()) {
    return "";
  }
  const Change& chosen = changes[most_telling(changes, errors.front())];
  std::vector<std::string> enhancers;
  std::vector<std::string> error_names;
  for (const Change& change : changes) {
    place_of(enhancers, view.enhancers[change.enhancer]);
  }
  error_names.reserve(errors.size());
  for (const Errors& one : errors) {
    error_names.push_back(one.name);
  }
  GridChooser chooser{"answer-groups", "wide-blocks lines", "Changes by ", "."};
  chooser.selects =
      view.filters(static_cast<int>(chosen.exposure), static_cast<int>(chosen.embedder), 0);
  chooser.selects[2] = {"Enhancement", enhancers,
                        static_cast<int>(place_in(enhancers, view.enhancers[chosen.enhancer]))};
  chooser.selects.push_back({"Errors of", error_names, 0});
  for (const Change& change : changes) {
    for (std::size_t e = 0; e < errors.size(); ++e) {
      const std::string& enhancer = view.enhancers[change.enhancer];
      GridChoice choice{{change.exposure, change.embedder, place_in(enhancers, enhancer), e},
                        fmt::format("{}, {}, {} ({})", enhancer, view.models[change.embedder],
                                    ev_text(view.exposures[change.exposure]), errors[e].name),
                        {}};
      for (const std::string& by : view.columns) {
        choice.grids.push_back(change_grid(view, change, errors[e], by));
      }
      chooser.choices.push_back(std::move(choice));
    }
  }
  return "<h3>For whom?</h3>\n" + grid_chooser_html(chooser) +
         "<p class=\"muted\">A dot left of the line is an improvement; errors that false positives "
         "were traded for stand at the right of them. Too few: fewer than ten people, so nothing "
         "is "
         "said.</p>\n";
}

}  // namespace everyface
