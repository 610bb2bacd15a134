#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "everyface/base/text.h"
#include "everyface/score/intervals.h"
#include "report/cell_table.h"
#include "report/format.h"
#include "report/study_view.h"

namespace everyface {
namespace {

/// More rows than this and the table starts with one detector.
constexpr std::size_t kRowsAtFirst = 40;

/// A column of the table of cells.
struct Column {
  std::string header;
  std::string unit;  ///< small line below the header
  std::function<double(const CellSummary&)> value;
  std::function<std::string(const CellSummary&)> text;  ///< HTML
  int better = 0;  ///< 1: the highest is marked as best; -1: the lowest; 0: none
};

double or_nan(const std::optional<double>& value) { return value.value_or(NAN); }

/// "87.3%" with the interval small beside it.
std::string with_interval(double value, double low, double high) {
  return fmt::format("{} <small>{}</small>", percent(value), percent_range(low, high));
}

Column count_column(const std::string& header, const std::string& unit,
                    std::size_t CellSummary::*field) {
  return {header, unit, [field](const CellSummary& c) { return static_cast<double>(c.*field); },
          [field](const CellSummary& c) { return count_text(c.*field); }, 0};
}

Column share_column(const std::string& header, const std::string& unit,
                    const std::function<double(const CellSummary&)>& value, int better) {
  Column column{header, unit, value, {}, better};
  column.text = [value](const CellSummary& c) { return percent(value(c)); };
  return column;
}

std::vector<Column> columns_of(const StudySummary& summary) {
  std::vector<Column> columns;
  if (!summary.has_labels) {
    columns.push_back(count_column("Photos", "", &CellSummary::images));
    columns.push_back(count_column("Boxes found", "not checked", &CellSummary::predictions));
    const auto per_photo = [](const CellSummary& c) {
      return c.images > 0 ? static_cast<double>(c.predictions) / static_cast<double>(c.images)
                          : NAN;
    };
    columns.push_back({"Boxes per photo", "", per_photo,
                       [per_photo](const CellSummary& c) { return decimal(per_photo(c), 2); }, 0});
    return columns;
  }
  columns.push_back(count_column("Faces", "labelled", &CellSummary::faces));
  columns.push_back(count_column("Found", "faces", &CellSummary::true_positives));
  if (summary.has_boxes) {
    columns.push_back(count_column("False", "boxes", &CellSummary::false_positives));
  } else {
    columns.push_back(count_column("Boxes", "all", &CellSummary::predictions));
  }
  Column recall{summary.has_boxes ? "Recall" : "Detection rate", "95% interval", {}, {}, 1};
  recall.value = [](const CellSummary& c) { return c.recall ? c.recall->value : NAN; };
  recall.text = [](const CellSummary& c) {
    return c.recall ? with_interval(c.recall->value, c.recall->low, c.recall->high) : percent(NAN);
  };
  columns.push_back(recall);
  if (summary.has_boxes) {
    columns.push_back(share_column(
        "Precision", "", [](const CellSummary& c) { return or_nan(c.precision); }, 1));
    Column ap{"AP", "VOC all-point,\n95% interval", {}, {}, 1};
    ap.value = [](const CellSummary& c) { return c.ap ? c.ap->voc_all_point : NAN; };
    ap.text = [](const CellSummary& c) {
      return c.ap ? with_interval(c.ap->voc_all_point, c.ap->interval.low, c.ap->interval.high)
                  : percent(NAN);
    };
    columns.push_back(ap);
  }
  return columns;
}

std::vector<Column> more_columns(const StudyView& view) {
  const auto ap = [](const std::string& header, const std::string& unit,
                     double AveragePrecision::*field) {
    return share_column(
        header, unit, [field](const CellSummary& c) { return c.ap ? (*c.ap).*field : NAN; }, 1);
  };
  std::vector<Column> columns = {
      ap("AP", "VOC 11-point", &AveragePrecision::voc_11_point),
      ap("AP", "COCO .50:.95", &AveragePrecision::coco),
      ap("AP", "COCO .50", &AveragePrecision::coco_50),
      ap("AP", "WIDER FACE", &AveragePrecision::wider),
  };
  const auto subset = [&](const std::string& unit, std::optional<double> AveragePrecision::*field) {
    if (std::any_of(view.cells.begin(), view.cells.end(), [&](const StudyCell& placed) {
          return placed.cell->ap && ((*placed.cell->ap).*field).has_value();
        })) {
      columns.push_back(share_column(
          "AP", unit, [field](const CellSummary& c) { return c.ap ? or_nan((*c.ap).*field) : NAN; },
          1));
    }
  };
  subset("WIDER easy", &AveragePrecision::wider_easy);
  subset("WIDER medium", &AveragePrecision::wider_medium);
  subset("WIDER hard", &AveragePrecision::wider_hard);
  columns.push_back(share_column(
      "F1", "", [](const CellSummary& c) { return or_nan(c.f1); }, 1));
  Column per_photo{"False boxes", "per photo", {}, {}, -1};
  per_photo.value = [](const CellSummary& c) { return or_nan(c.false_positives_per_image); };
  per_photo.text = [](const CellSummary& c) {
    return decimal(or_nan(c.false_positives_per_image), 2);
  };
  columns.push_back(per_photo);
  columns.push_back(share_column(
      "Miss rate", "log-average",
      [](const CellSummary& c) { return or_nan(c.log_average_miss_rate); }, -1));
  return columns;
}

std::string cells_table(const StudyView& view, const std::string& id, const std::string& caption,
                        const std::vector<Column>& columns) {
  CellTable table{id, caption, "Detector", {}, {}};
  for (const Column& column : columns) {
    table.columns.push_back({column.header, column.unit, column.better});
  }
  for (const StudyCell& placed : view.cells) {
    CellRow row = cell_row(view, placed);
    for (const Column& column : columns) {
      row.values.push_back({column.value(*placed.cell), column.text(*placed.cell)});
    }
    table.rows.push_back(std::move(row));
  }
  return cell_table_html(table);
}

/// What the change amounts to, in words.
std::string in_words(const Comparison& comparison) {
  if (comparison.only_after == 0 && comparison.only_before == 0) {
    return "the same faces found";
  }
  const std::string change =
      fmt::format("+{} gained, {} lost", count_of(comparison.only_after, "face"),
                  count_text(comparison.only_before));
  if (comparison.p_corrected < 0.05) {
    return change + (comparison.only_after > comparison.only_before ? ": better, beyond chance"
                                                                    : ": worse, beyond chance");
  }
  return change + ": could be chance";
}

}  // namespace

std::string cells_html(const StudyView& view) {
  const StudySummary& summary = *view.summary;
  const int detector = view.cells.size() > kRowsAtFirst ? static_cast<int>(view.lead_detector) : -1;
  std::vector<Filter> filters = view.filters(-1, detector);
  filters.push_back({"Enhancement", view.enhancers, -1});
  std::string out;
  if (!summary.has_labels) {
    out +=
        "<p>These photos have no labels, so nobody knows how many of these boxes are faces.</p>\n";
  }
  out += filter_bar("cells-table", "rows", filters);
  const std::string caption = fmt::format("Boxes with a score of at least {} count as found.",
                                          shortest_number(summary.score_threshold)) +
                              (summary.has_labels && view.enhancers.size() > 1
                                   ? " Marked: the best enhancement for its detector and exposure."
                                   : "");
  out += scroll_region("Table of results",
                       cells_table(view, "cells-table", caption, columns_of(summary)));
  if (summary.has_boxes) {
    out += "<details><summary>More measures</summary>\n";
    out += filter_bar("measures-table", "rows", filters);
    out += scroll_region("Table of more measures",
                         cells_table(view, "measures-table",
                                     "The same boxes by other protocols. Their numbers differ by "
                                     "definition; compare within a column only.",
                                     more_columns(view)));
    out += "</details>\n";
  }
  return out;
}

std::string comparisons_html(const StudyView& view) {
  const StudySummary& summary = *view.summary;
  if (summary.comparisons.empty()) {
    return "";
  }
  const auto place = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) - list.begin();
  };
  const int detector =
      summary.comparisons.size() > kRowsAtFirst ? static_cast<int>(view.lead_detector) : -1;
  std::string out = filter_bar("comparisons-table", "rows", view.filters(-1, detector));
  std::string table =
      "<table id=\"comparisons-table\" class=\"sortable stack\"><caption>The same faces with and "
      "without "
      "the enhancement. Beyond chance: exact McNemar test, Holm-corrected over this "
      "table.</caption>"
      "<thead><tr><th scope=\"col\">Enhancement</th><th scope=\"col\">Detector</th>"
      "<th scope=\"col\">Exposure</th><th scope=\"col\">In words</th>"
      "<th scope=\"col\" class=\"number\">Net gain</th>"
      "<th scope=\"col\" class=\"number\">Both <small>found by</small></th>"
      "<th scope=\"col\" class=\"number\">Neither <small>found by</small></th>"
      "<th scope=\"col\" class=\"number\">p <small>corrected</small></th></tr></thead><tbody>\n";
  for (const Comparison& comparison : summary.comparisons) {
    const double net =
        static_cast<double>(comparison.only_after) - static_cast<double>(comparison.only_before);
    const auto exposure = place(view.exposures, comparison.exposure_ev);
    table += fmt::format(
        "<tr data-f=\"{} {}\"><th scope=\"row\"><small>{} → </small>{}</th>"
        "<td class=\"name\" data-label=\"Detector\">{}</td>"
        "<td data-label=\"Exposure\" data-v=\"{}\">{}</td>"
        "<td class=\"wrap\" data-label=\"In words\">{}</td>"
        "<td class=\"number\" data-label=\"Net gain\" data-v=\"{}\">{}{}</td>"
        "<td class=\"number\" data-label=\"Found by both\" data-v=\"{}\">{}</td>"
        "<td class=\"number\" data-label=\"By neither\" data-v=\"{}\">{}</td>"
        "<td class=\"number\" data-label=\"p, corrected\" data-v=\"{}\">{}</td></tr>\n",
        exposure, place(view.models, comparison.detector), escape_html(comparison.before),
        breakable_name(comparison.after), breakable_name(comparison.detector), exposure,
        ev_text(comparison.exposure_ev), in_words(comparison), net, net > 0 ? "+" : "",
        decimal(net, 0), comparison.both, count_text(comparison.both), comparison.neither,
        count_text(comparison.neither), comparison.p_corrected,
        escape_html(p_text(comparison.p_corrected)));
  }
  return out + scroll_region("Table of comparisons", table + "</tbody></table>");
}

}  // namespace everyface
