#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "everyface/base/text.h"
#include "report/audit_change.h"
#include "report/cell_table.h"
#include "report/format.h"

namespace everyface {
namespace {

/// More groups than this are not named one by one.
constexpr std::size_t kGroupsNamed = 3;

CellValue change_value(const AuditComparison* row) {
  if (row == nullptr) {
    return {NAN, percent(NAN)};
  }
  const double difference = difference_of(*row);
  const char* verdict = !beyond_chance(*row) ? ""
                        : difference < 0     ? " <b>lower</b>"
                                             : " <b>higher</b>";
  const std::string html =
      signed_points(difference) + verdict + " <small>" + interval_of_difference(*row) + "</small>";
  return {difference, html};
}

/// Failure to acquire before and after.
CellValue acquire_value(const AuditView& view, const Change& change) {
  const AuditCell* after = view.find(change.exposure, change.embedder, change.enhancer);
  const AuditCell* before =
      after == nullptr
          ? nullptr
          : view.baseline_of({after, change.exposure, change.embedder, change.enhancer});
  if (before == nullptr) {
    return {NAN, percent(NAN)};
  }
  const ErrorRate& first = before->failed_to_acquire;
  const ErrorRate& second = after->failed_to_acquire;
  return {second.value().value_or(NAN) - first.value().value_or(NAN),
          escape_html(rate_words(first) + " → " + rate_words(second))};
}

/// The groups of a column whose rate changed one way beyond chance: "Black / Asian (race)", "every
/// group (race)".
std::string changed_groups(const Change& change, ErrorKind kind, const std::string& by,
                           bool lower) {
  std::vector<std::string> values;
  std::size_t compared = 0;
  for (const AuditComparison* row : change.rows) {
    if (row->rate == error_name(kind).name && row->by == by) {
      ++compared;
      if (beyond_chance(*row) && (difference_of(*row) < 0) == lower) {
        values.push_back(row->value);
      }
    }
  }
  if (values.empty()) {
    return "";
  }
  std::string names = "every group";
  if (values.size() < compared || compared == 1) {
    const std::size_t shown = values.size() <= kGroupsNamed + 1 ? values.size() : kGroupsNamed;
    const std::size_t more = values.size() - shown;
    values.resize(shown);
    names = join(values, " / ") + (more > 0 ? fmt::format(" and {} more", more) : "");
  }
  return names + " (" + by + ")";
}

/// "Lower: Black / Asian (race). Higher: 0-9 (age)."
std::string for_whom(const AuditView& view, const Change& change, ErrorKind kind) {
  std::string out;
  for (const bool lower : {true, false}) {
    std::vector<std::string> columns;
    for (const std::string& by : view.columns) {
      if (std::string names = changed_groups(change, kind, by, lower); !names.empty()) {
        columns.push_back(std::move(names));
      }
    }
    if (!columns.empty()) {
      out += std::string(out.empty() ? "" : " ") + (lower ? "Lower: " : "Higher: ") +
             join(columns, "; ") + ".";
    }
  }
  return out.empty() ? "no group beyond chance" : escape_html(out);
}

/// The rates of the overview: what the question is about, then what it costs.
std::vector<ErrorKind> overview_kinds(const AuditView& view) {
  std::vector<ErrorKind> kinds;
  for (const ErrorKind kind :
       {ErrorKind::kFpir, ErrorKind::kFmr, ErrorKind::kFnir, ErrorKind::kFnmr}) {
    if (view.has(kind)) {
      kinds.push_back(kind);
    }
  }
  return kinds;
}

std::string overview(const AuditView& view, const std::vector<Change>& changes) {
  const std::vector<ErrorKind> kinds = overview_kinds(view);
  const bool groups = !view.columns.empty() && !kinds.empty();
  CellTable table{
      "answer-table",
      "Change of each rate by the enhancement, in percentage points with its 95% "
      "interval, over the same people. Below zero: fewer errors. Lower, higher: beyond chance, "
      "Holm-corrected over all comparisons of this report.",
      "Embedder",
      {},
      {}};
  for (const ErrorKind kind : kinds) {
    table.columns.push_back({error_name(kind).name, "change, 95% interval", 0, "def-difference"});
  }
  table.columns.push_back({"Failed to acquire", "before → after", 0, "def-fta"});
  if (groups) {
    table.columns.push_back(
        {std::string(error_name(kinds.front()).name) + ", for whom?", "", 0, "", true});
  }
  for (const Change& change : changes) {
    CellRow row{change.exposure,
                change.embedder,
                change.enhancer,
                view.exposures[change.exposure],
                view.models[change.embedder],
                view.enhancers[change.enhancer],
                {},
                {}};
    for (const ErrorKind kind : kinds) {
      row.values.push_back(change_value(change.find(kind, "", "")));
    }
    row.values.push_back(acquire_value(view, change));
    if (groups) {
      row.values.push_back({NAN, for_whom(view, change, kinds.front())});
    }
    table.rows.push_back(std::move(row));
  }
  table.css += " lines";
  const int embedder = changes.size() > kRowsAtFirst / 2 ? 0 : -1;
  return filter_bar(table.id, "rows", view.filters(-1, embedder, -1)) +
         scroll_region("Table of changes by enhancement", cell_table_html(table));
}

}  // namespace

std::string answer_html(const AuditView& view) {
  const std::vector<Change> changes = changes_of(view);
  if (changes.empty()) {
    return "";
  }
  return "<p>Every threshold is the one of the <a href=\"#def-reference\">reference condition</a>, "
         "as an operator would have set it in daylight. Read every fall of false positives beside "
         "what it costs: a search that recognises nobody raises no false alarm either.</p>\n" +
         overview(view, changes) + changes_by_group_html(view, changes);
}

}  // namespace everyface
