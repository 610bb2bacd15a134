#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "report/audit_view.h"
#include "report/cell_table.h"
#include "report/format.h"

namespace everyface {
namespace {

struct Column {
  CellColumn head;
  std::function<CellValue(const AuditCell&)> value;
};

CellValue rate_value(const ErrorRate* rate) {
  return rate == nullptr ? CellValue{NAN, percent(NAN)}
                         : CellValue{rate->value().value_or(NAN), rate_html(*rate)};
}

CellValue share_value(std::optional<double> share) {
  return {share.value_or(NAN), percent(share.value_or(NAN))};
}

CellValue count_value(std::uint64_t count) {
  return {static_cast<double>(count), count_text(count)};
}

/// A column where a cell has something for it.
void add_share(const AuditView& view, std::vector<Column>& columns, CellColumn head,
               const std::function<std::optional<double>(const AuditCell&)>& share) {
  if (std::any_of(view.cells.begin(), view.cells.end(),
                  [&](const AuditPlace& placed) { return share(*placed.cell).has_value(); })) {
    columns.push_back(
        {std::move(head), [share](const AuditCell& cell) { return share_value(share(cell)); }});
  }
}

std::vector<Column> columns_of(const AuditView& view) {
  std::vector<Column> columns;
  for (const ErrorKind kind : {ErrorKind::kFailedToAcquire, ErrorKind::kFmr, ErrorKind::kFnmr,
                               ErrorKind::kFpir, ErrorKind::kFnir}) {
    if (view.has(kind)) {
      const ErrorName& name = error_name(kind);
      columns.push_back({{kind == ErrorKind::kFailedToAcquire ? "Failed to acquire" : name.name,
                          "95% interval", 0, name.definition},
                         [summary = view.summary, kind](const AuditCell& cell) {
                           return rate_value(rate_of(*summary, cell, kind));
                         }});
    }
  }
  add_share(view, columns, {"Rank 1", "", 0, "def-cmc"}, [](const AuditCell& cell) {
    return cell.identification ? cell.identification->rank1 : std::nullopt;
  });
  add_share(view, columns, {"EER", "", 0, "def-eer"},
            [](const AuditCell& cell) { return cell.verification.eer; });
  if (view.has(ErrorKind::kFnmr)) {
    columns.push_back({{"AUC", "", 0, "def-auc"}, [](const AuditCell& cell) {
                         const double auc = cell.verification.auc.value_or(NAN);
                         return CellValue{auc, decimal(auc, 4)};
                       }});
  }
  if (std::any_of(view.cells.begin(), view.cells.end(), [](const AuditPlace& placed) {
        return placed.cell->verification.folds.has_value();
      })) {
    columns.push_back(
        {{"Accuracy", "folds, ± standard error", 0, "def-accuracy"}, [](const AuditCell& cell) {
           const auto& folds = cell.verification.folds;
           return folds ? CellValue{folds->mean,
                                    fmt::format("{} <small>± {}</small>", percent(folds->mean),
                                                percent(folds->standard_error))}
                        : CellValue{NAN, percent(NAN)};
         }});
  }
  return columns;
}

/// How many trials the rates rest on.
std::vector<Column> trial_columns(const AuditView& view) {
  std::vector<Column> columns = {
      {{"Photos"}, [](const AuditCell& cell) { return count_value(cell.images); }},
      {{"Failed", "to acquire", 0, "def-fta"},
       [](const AuditCell& cell) { return count_value(cell.failed_to_acquire.count.events); }}};
  if (view.has(ErrorKind::kFmr)) {
    columns.push_back({{"Pairs", "non-mated", 0, "def-fmr"}, [](const AuditCell& cell) {
                         return count_value(cell.verification.nonmated);
                       }});
  }
  if (view.has(ErrorKind::kFnmr)) {
    columns.push_back({{"Pairs", "mated", 0, "def-fnmr"},
                       [](const AuditCell& cell) { return count_value(cell.verification.mated); }});
  }
  const auto of_search = [&](CellColumn head, std::size_t Identification::*field) {
    if (view.has(ErrorKind::kFpir) || view.has(ErrorKind::kFnir)) {
      columns.push_back({std::move(head), [field](const AuditCell& cell) {
                           return cell.identification ? count_value((*cell.identification).*field)
                                                      : CellValue{NAN, percent(NAN)};
                         }});
    }
  };
  of_search({"Gallery", "enrolled", 0, "def-gallery"}, &Identification::gallery);
  of_search({"Gallery", "failed to enrol", 0, "def-gallery"}, &Identification::failed_to_enrol);
  of_search({"Searches", "non-mated", 0, "def-fpir"}, &Identification::nonmated_probes);
  if (view.has(ErrorKind::kFnir)) {
    of_search({"Searches", "mated", 0, "def-fnir"}, &Identification::mated_probes);
  }
  return columns;
}

std::string table_html(const AuditView& view, const std::string& id, const std::string& label,
                       const std::string& caption, const std::vector<Column>& columns) {
  CellTable table{id, caption, "Embedder", {}, {}};
  for (const Column& column : columns) {
    table.columns.push_back(column.head);
  }
  for (const AuditPlace& placed : view.cells) {
    CellRow row = cell_row(view, placed);
    row.remark = placed.cell->reference ? "reference" : "";
    for (const Column& column : columns) {
      row.values.push_back(column.value(*placed.cell));
    }
    table.rows.push_back(std::move(row));
  }
  table.css += " lines";
  const int embedder = view.cells.size() > kRowsAtFirst / 2 ? 0 : -1;
  return filter_bar(id, "rows", view.filters(-1, embedder, -1)) +
         scroll_region(label, cell_table_html(table));
}

/// A rate with its interval and what it rests on.
CellValue counted_value(const ErrorRate& rate) {
  CellValue value = rate_value(&rate);
  value.html += " <small>" + count_words(rate) + "</small>";
  return value;
}

CellValue target_value(double target) { return {target, rate_text(target)}; }

CellValue threshold_value(double threshold, bool exact) {
  return {threshold, (exact ? "" : "≈ ") + decimal(threshold, 4)};
}

/// Several rows a cell: at first those of one exposure where there are many.
std::string points_html(const AuditView& view, CellTable table) {
  if (table.rows.empty()) {
    return "";
  }
  table.css += " lines";
  const bool many = table.rows.size() > kRowsAtFirst;
  const int exposure = many ? static_cast<int>(view.reference(0).exposure) : -1;
  return filter_bar(table.id, "rows", view.filters(exposure, -1, -1)) +
         scroll_region(table.caption, cell_table_html(table));
}

std::string verification_points(const AuditView& view) {
  CellTable table{"points-table", "Operating points of pairs", "Embedder", {}, {}};
  const bool mated = view.has(ErrorKind::kFnmr);
  table.columns = {{"Target", "FMR", 0, "def-threshold"},
                   {"Threshold", "", 0, "def-threshold"},
                   {"FMR", "95% interval", 0, "def-fmr"}};
  if (mated) {
    table.columns.push_back({"FNMR", "95% interval", 0, "def-fnmr"});
    table.columns.push_back({"FNMR", "own threshold", 0, "def-own"});
  }
  for (const AuditPlace& placed : view.cells) {
    for (const VerificationPoint& point : placed.cell->verification.points) {
      CellRow row = cell_row(view, placed);
      row.values = {target_value(point.target_fmr), threshold_value(point.threshold, point.exact),
                    counted_value(point.fmr)};
      if (mated) {
        const double own = point.fnmr_at_own_threshold.value_or(NAN);
        row.values.push_back(counted_value(point.fnmr));
        row.values.push_back({own, rate_text(own)});
      }
      table.rows.push_back(std::move(row));
    }
  }
  return points_html(view, std::move(table));
}

std::string identification_points(const AuditView& view) {
  CellTable table{"search-points-table", "Operating points of searches", "Embedder", {}, {}};
  const bool mated = view.has(ErrorKind::kFnir);
  table.columns = {{"Target", "FPIR", 0, "def-threshold"},
                   {"Threshold", "", 0, "def-threshold"},
                   {"FPIR", "95% interval", 0, "def-fpir"}};
  if (mated) {
    table.columns.push_back({"FNIR", "95% interval", 0, "def-fnir"});
  }
  table.columns.push_back({"Selectivity", "candidates a search", 0, "def-selectivity"});
  for (const AuditPlace& placed : view.cells) {
    if (!placed.cell->identification) {
      continue;
    }
    for (const IdentificationPoint& point : placed.cell->identification->points) {
      CellRow row = cell_row(view, placed);
      row.values = {target_value(point.target_fpir), threshold_value(point.threshold, true),
                    counted_value(point.fpir)};
      if (mated) {
        row.values.push_back(counted_value(point.fnir));
      }
      const double selectivity = point.selectivity.value_or(NAN);
      row.values.push_back({selectivity, decimal(selectivity, 3)});
      table.rows.push_back(std::move(row));
    }
  }
  return points_html(view, std::move(table));
}

}  // namespace

std::string cells_html(const AuditView& view) {
  if (view.cells.empty()) {
    return "";
  }
  const AuditSummary& summary = *view.summary;
  std::string caption = fmt::format(
      "At the threshold with which the reference condition keeps to an FMR of {}{}.",
      rate_text(summary.operating_fmr),
      view.has(ErrorKind::kFpir) ? " (FPIR: of " + rate_text(summary.operating_fpir) + ")" : "");
  return table_html(view, "cells-table", "Table of results", caption, columns_of(view)) +
         "<details><summary>How many trials</summary>\n" +
         table_html(view, "trials-table", "Table of trials", "What the rates above rest on.",
                    trial_columns(view)) +
         "</details>\n<details><summary>More operating points</summary>\n" +
         verification_points(view) + identification_points(view) + "</details>\n";
}

}  // namespace everyface
