#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/audit_view.h"
#include "report/format.h"

namespace everyface {
namespace {

constexpr std::size_t kPointsOfPage = 12000;
constexpr std::size_t kPointsOfCurve = 150;

/// What log axes can show: neither error is 0, and FMR not below the axis.
std::vector<ErrorPoint> drawable(const std::vector<ErrorPoint>& curve, std::size_t max_points) {
  std::vector<ErrorPoint> points;
  std::copy_if(curve.begin(), curve.end(), std::back_inserter(points), [](const ErrorPoint& point) {
    return point.fmr >= kLowestDrawn && point.fnmr > 0 && std::isfinite(point.fmr) &&
           std::isfinite(point.fnmr);
  });
  return points.empty() ? points : thin_error_curve(points, max_points);
}

ChartPoint chart_point(double fmr, double fnmr, const std::string& remark) {
  return {fmr, fnmr, 0, 0,
          fmt::format("FMR {}, FNMR {}, {}", rate_text(fmr), rate_text(fnmr), remark)};
}

/// Where the reference's thresholds lie on this cell's curve.
Series operating_points(const AuditPlace& placed) {
  Series series;
  series.style = placed.enhancer;
  series.baseline = is_baseline(placed.cell->enhance);
  series.name = placed.cell->enhance + ", operating point";
  series.markers = true;
  series.line = false;
  for (const VerificationPoint& point : placed.cell->verification.points) {
    const double fmr = point.fmr.value().value_or(0);
    const double fnmr = point.fnmr.value().value_or(0);
    if (fmr > 0 && fnmr > 0) {
      series.points.push_back(
          chart_point(fmr, fnmr,
                      fmt::format("threshold {} (FMR {} in the reference condition)",
                                  decimal(point.threshold, 4), rate_text(point.target_fmr))));
    }
  }
  return series;
}

/// The lowest FNMR at this FMR or less; none where the curve does not say.
double fnmr_at(const std::vector<ErrorPoint>& curve, double fmr) {
  double best = NAN;
  for (const ErrorPoint& point : curve) {
    if (point.fmr <= fmr && !(best <= point.fnmr)) {
      best = point.fnmr;
    }
  }
  return best;
}

constexpr double kTableRates[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5};

std::string curve_row(const AuditCell& cell) {
  std::string row = fmt::format("<tr><th scope=\"row\">{}</th>", breakable_name(cell.enhance));
  for (const double fmr : kTableRates) {
    row += fmt::format("<td class=\"number\">{}</td>",
                       rate_text(fnmr_at(cell.verification.curve, fmr)));
  }
  return row + "</tr>\n";
}

std::string curves_figure(const AuditView& view, std::size_t exposure, std::size_t embedder,
                          const Axis& x, const Axis& y, std::size_t max_points) {
  LineChart chart;
  chart.id = fmt::format("det-{}-{}", exposure, embedder);
  const std::string name = view.models[embedder] + ", " + ev_text(view.exposures[exposure]);
  chart.title = "DET curves, " + name;
  chart.x = x;
  chart.y = y;
  chart.notes_only = true;
  std::vector<Series> points;
  std::string rows;
  for (const AuditPlace& placed : view.cells) {
    if (placed.exposure != exposure || placed.model != embedder ||
        placed.cell->verification.curve.empty()) {
      continue;
    }
    Series series;
    series.style = placed.enhancer;
    series.baseline = is_baseline(placed.cell->enhance);
    series.name = placed.cell->enhance;
    for (const ErrorPoint& point : drawable(placed.cell->verification.curve, max_points)) {
      series.points.push_back(
          chart_point(point.fmr, point.fnmr, "threshold " + decimal(point.threshold, 4)));
    }
    chart.series.push_back(std::move(series));
    points.push_back(operating_points(placed));
    rows += curve_row(*placed.cell);
  }
  if (rows.empty()) {
    return "";
  }
  chart.description = fmt::format(
      "{}; both axes are logarithmic. Rings: the thresholds of the reference condition. The table "
      "below has values.",
      count_of(chart.series.size(), "curve"));
  chart.series.insert(chart.series.end(), points.begin(), points.end());
  std::string table =
      "<table><caption>The lowest FNMR at an FMR of at most …, with a threshold of the cell's own"
      "</caption><thead><tr><th scope=\"col\">Enhancement</th>";
  for (const double fmr : kTableRates) {
    table += fmt::format("<th scope=\"col\" class=\"number\">{}</th>",
                         axis_number(AxisFormat::kRate, fmr));
  }
  return chart_figure(fmt::format("{} {}", exposure, embedder), name, line_chart_svg(chart),
                      table + "</tr></thead><tbody>\n" + rows + "</tbody></table>");
}

Axis rate_axis(const std::string& label, const std::vector<double>& values) {
  std::vector<double> with_one = values;
  with_one.push_back(1);
  const std::vector<double> ticks = decade_ticks(with_one, kLowestDrawn);
  return {label, ticks.front(), 1, ticks, AxisFormat::kRate, true};
}

}  // namespace

std::string curves_html(const AuditView& view) {
  std::vector<double> fmr;
  std::vector<double> fnmr;
  std::size_t curves = 0;
  for (const AuditPlace& placed : view.cells) {
    curves += placed.cell->verification.curve.empty() ? 0U : 1U;
    for (const ErrorPoint& point : drawable(placed.cell->verification.curve, kPointsOfCurve)) {
      fmr.push_back(point.fmr);
      fnmr.push_back(point.fnmr);
    }
  }
  if (curves == 0 || fmr.empty()) {
    return "";
  }
  const Axis x = rate_axis("FMR", fmr);
  const Axis y = rate_axis("FNMR", fnmr);
  const std::size_t max_points =
      std::clamp<std::size_t>(kPointsOfPage / curves, 20, kPointsOfCurve);
  const bool many = view.models.size() * view.exposures.size() > kChartsAtFirst;
  const std::string where = "det-charts";
  std::string out =
      "<p>What a threshold costs: raising it refuses more impostors (to the left) and more people "
      "who are who they say (up). The further down and left a curve, the better. Rings mark the "
      "thresholds fixed in the <a href=\"#def-reference\">reference condition</a>: where they move "
      "to in the dark is what an operator would meet. <a href=\"#def-det\">Definition</a></p>\n";
  std::vector<Filter> filters = view.filters(-1, many ? 0 : -1, -1);
  filters.pop_back();
  out += filter_bar(where, "charts", filters);
  out += view.legend_of(where);
  out += fmt::format("<div id=\"{}\" class=\"charts\">\n", where);
  for (std::size_t exposure = 0; exposure < view.exposures.size(); ++exposure) {
    for (std::size_t embedder = 0; embedder < view.models.size(); ++embedder) {
      out += curves_figure(view, exposure, embedder, x, y, max_points);
    }
  }
  return out +
         "</div>\n<p class=\"muted\">Curves are thinned for drawing; tables/curves.csv has more "
         "points.</p>\n";
}

}  // namespace everyface
