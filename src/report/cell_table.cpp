#include "report/cell_table.h"

#include <fmt/format.h>

#include "report/html.h"

namespace everyface {
namespace {

bool same_block(const CellRow& a, const CellRow& b) {
  return a.exposure == b.exposure && a.model == b.model;
}

/// The best value of a column among the cells of one model at one exposure; NaN where there is
/// nothing to choose from.
double best_of(const std::vector<CellRow>& rows, std::size_t begin, std::size_t end,
               std::size_t column, int better) {
  double best = NAN;
  for (std::size_t i = begin; i < end && better != 0 && end - begin > 1; ++i) {
    const double value = rows[i].values[column].value;
    if (std::isfinite(value) && (std::isnan(best) || (better > 0 ? value > best : value < best))) {
      best = value;
    }
  }
  return best;
}

std::string header_row(const CellTable& table) {
  std::string out = fmt::format(
      "<thead><tr><th scope=\"col\">Enhancement</th><th scope=\"col\">{}</th>"
      "<th scope=\"col\">Exposure</th>",
      table.model_title);
  for (const CellColumn& column : table.columns) {
    out += fmt::format("<th scope=\"col\"{}>{}{}{}</th>", column.words ? "" : " class=\"number\"",
                       column.header, definition_link(column.definition, column.header),
                       column.unit.empty() ? "" : " <small>" + column.unit + "</small>");
  }
  return out + "</tr></thead>\n";
}

/// What stands beside a number where the rows are stacked: the header, and the unit where it tells
/// columns apart rather than explains.
std::string label_of(const CellColumn& column) {
  const bool explains = column.unit.empty() || column.unit.find("interval") != std::string::npos;
  return escape_html(explains ? column.header : column.header + ", " + column.unit);
}

std::string row_html(const CellTable& table, const CellRow& row, bool first,
                     const std::vector<double>& best) {
  std::string out = fmt::format(
      "<tr data-f=\"{} {} {}\"{}><th scope=\"row\">{}{}</th><td class=\"name\" "
      "data-label=\"{}\">{}</td><td data-label=\"Exposure\" data-v=\"{}\">{}</td>",
      row.exposure, row.model, row.enhancer, first ? " class=\"first\"" : "",
      breakable_name(row.enhancer_name),
      row.remark.empty() ? "" : " <small>" + escape_html(row.remark) + "</small>",
      table.model_title, breakable_name(row.model_name), row.exposure, ev_text(row.exposure_ev));
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    const auto& [value, html] = row.values[k];
    if (table.columns[k].words) {
      out += fmt::format("<td class=\"wrap\" data-label=\"{}\">{}</td>", label_of(table.columns[k]),
                         html);
      continue;
    }
    const bool is_best = std::isfinite(value) && value == best[k];
    out += fmt::format("<td class=\"number{}\" data-label=\"{}\" data-v=\"{}\">{}{}</td>",
                       is_best ? " best" : "", label_of(table.columns[k]),
                       std::isfinite(value) ? fmt::format("{:.6g}", value) : "", html,
                       is_best ? "<span class=\"hidden\"> best</span>" : "");
  }
  return out + "</tr>\n";
}

}  // namespace

std::string cell_table_html(const CellTable& table) {
  std::string out = fmt::format("<table id=\"{}\" class=\"{}\"><caption>{}</caption>", table.id,
                                table.css, escape_html(table.caption));
  out += header_row(table) + "<tbody>\n";
  const std::vector<CellRow>& rows = table.rows;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    while (end < rows.size() && same_block(rows[begin], rows[end])) {
      ++end;
    }
    std::vector<double> best;
    for (std::size_t k = 0; k < table.columns.size(); ++k) {
      best.push_back(best_of(rows, begin, end, k, table.columns[k].better));
    }
    for (std::size_t i = begin; i < end; ++i) {
      out += row_html(table, rows[i], i == begin, best);
    }
    begin = end;
  }
  return out + "</tbody></table>";
}

}  // namespace everyface
