#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "everyface/score/detection.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/study_view.h"

namespace everyface {
namespace {

constexpr std::size_t kPointsOfPage = 60000;
constexpr std::size_t kPointsOfCurve = 200;
/// More charts than this and a section starts with those of one detector.
constexpr std::size_t kChartsAtFirst = 6;

const std::vector<double> kShareTicks = {0, 0.2, 0.4, 0.6, 0.8, 1};

std::string legend_of(const StudyView& view, const std::string& target) {
  if (view.enhancers.size() < 2) {
    return "";
  }
  std::vector<LegendEntry> entries;
  for (std::size_t i = 0; i < view.enhancers.size(); ++i) {
    entries.push_back({view.enhancers[i], is_baseline(view.enhancers[i]), view.lead_enhancers[i]});
  }
  return legend(target, entries);
}

/// The share of labelled faces found, or boxes counted where there are no labels.
ChartPoint exposure_point(const CellSummary& cell, bool labelled) {
  ChartPoint point;
  point.x = cell.exposure_ev;
  if (labelled) {
    const Estimate rate = cell.recall.value_or(Estimate{NAN, NAN, NAN});
    point.y = rate.value;
    point.low = rate.low;
    point.high = rate.high;
    point.note = percent_range(rate.low, rate.high);
  } else {
    point.y = static_cast<double>(cell.predictions);
  }
  return point;
}

std::string exposure_figure(const StudyView& view, std::size_t detector, const Axis& x,
                            const Axis& y) {
  const bool labelled = view.summary->has_labels;
  LineChart chart;
  chart.id = fmt::format("exposure-{}", detector);
  chart.title = fmt::format("{} against exposure, {}", y.label, view.models[detector]);
  chart.description = fmt::format("One line for each of {}; the table below has the values.",
                                  count_of(view.enhancers.size(), "enhancement"));
  chart.x = x;
  chart.y = y;
  chart.note_label = labelled ? "95% interval" : "";
  std::string table =
      fmt::format("<table><caption>{}</caption><thead><tr><th scope=\"col\">Enhancement</th>",
                  escape_html(chart.title));
  for (const std::string& exposure : view.exposure_texts()) {
    table += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", exposure);
  }
  table += "</tr></thead><tbody>\n";
  for (std::size_t enhancer = 0; enhancer < view.enhancers.size(); ++enhancer) {
    Series series;
    series.style = enhancer;
    series.baseline = is_baseline(view.enhancers[enhancer]);
    series.name = view.enhancers[enhancer];
    series.band = labelled;
    series.markers = true;
    table += fmt::format("<tr><th scope=\"row\">{}</th>", breakable_name(view.enhancers[enhancer]));
    for (std::size_t exposure = 0; exposure < view.exposures.size(); ++exposure) {
      const CellSummary* cell = view.find(exposure, detector, enhancer);
      if (cell == nullptr) {
        table += "<td></td>";
        continue;
      }
      series.points.push_back(exposure_point(*cell, labelled));
      const ChartPoint& point = series.points.back();
      table += labelled
                   ? fmt::format("<td class=\"number\">{} <small>{}</small></td>", percent(point.y),
                                 point.note)
                   : fmt::format("<td class=\"number\">{}</td>", count_text(cell->predictions));
    }
    table += "</tr>\n";
    chart.series.push_back(std::move(series));
  }
  // The exposure filter does not apply here: its place holds the only number there is.
  return chart_figure(fmt::format("0 {}", detector), view.models[detector], line_chart_svg(chart),
                      table + "</tbody></table>");
}

std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& curve, std::size_t max_points) {
  std::vector<PrecisionRecall> points;
  for (const CurvePoint& point : curve) {
    if (std::isfinite(point.recall) && std::isfinite(point.precision)) {
      points.push_back({point.recall, point.precision, point.score});
    }
  }
  std::vector<CurvePoint> out;
  for (const PrecisionRecall& point : thin_curve(points, max_points)) {
    out.push_back({point.recall, point.precision, point.score});
  }
  return out;
}

/// The highest precision at this recall or more; none where the curve ends before.
double precision_from(const std::vector<CurvePoint>& curve, double recall) {
  double best = NAN;
  for (const CurvePoint& point : curve) {
    if (point.recall >= recall && !(best >= point.precision)) {
      best = point.precision;
    }
  }
  return best;
}

std::string curve_row(const CellSummary& cell) {
  std::string row =
      fmt::format("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td>",
                  breakable_name(cell.enhance), percent(cell.ap ? cell.ap->voc_all_point : NAN));
  for (int tenth = 1; tenth <= 9; ++tenth) {
    row += fmt::format("<td class=\"number\">{}</td>",
                       percent(precision_from(cell.curve, tenth / 10.0)));
  }
  return row + "</tr>\n";
}

std::string curves_figure(const StudyView& view, std::size_t exposure, std::size_t detector,
                          std::size_t max_points) {
  LineChart chart;
  chart.id = fmt::format("curve-{}-{}", exposure, detector);
  const std::string name = view.models[detector] + ", " + ev_text(view.exposures[exposure]);
  chart.title = "Precision against recall, " + name;
  chart.x = {"recall", 0, 1, kShareTicks, AxisFormat::kPercent};
  chart.y = {"precision", 0, 1, kShareTicks, AxisFormat::kPercent};
  chart.note_label = "score from";
  std::string rows;
  const CellSummary* best = nullptr;
  for (const StudyCell& placed : view.cells) {
    if (placed.exposure != exposure || placed.model != detector || placed.cell->curve.empty()) {
      continue;
    }
    Series series;
    series.style = placed.enhancer;
    series.baseline = is_baseline(placed.cell->enhance);
    series.name = placed.cell->enhance;
    for (const CurvePoint& point : thinned(placed.cell->curve, max_points)) {
      series.points.push_back({point.recall, point.precision, 0, 0, decimal(point.score, 2)});
    }
    chart.series.push_back(std::move(series));
    rows += curve_row(*placed.cell);
    if (best == nullptr || score(*placed.cell) > score(*best)) {
      best = placed.cell;
    }
  }
  if (best == nullptr) {
    return "";
  }
  chart.description =
      fmt::format("{}. Highest average precision (VOC all-point): {}, {}.",
                  count_of(chart.series.size(), "curve"), percent(score(*best)), best->enhance);
  std::string table = fmt::format(
      "<table><caption>The highest precision at a recall of at least …</caption><thead><tr>"
      "<th scope=\"col\">Enhancement</th><th scope=\"col\" class=\"number\">AP <small>VOC "
      "all-point</small></th>");
  for (int tenth = 1; tenth <= 9; ++tenth) {
    table += fmt::format("<th scope=\"col\" class=\"number\">{}0%</th>", tenth);
  }
  return chart_figure(fmt::format("{} {}", exposure, detector), name, line_chart_svg(chart),
                      table + "</tr></thead><tbody>\n" + rows + "</tbody></table>");
}

}  // namespace

std::string exposure_charts_html(const StudyView& view) {
  if (view.exposures.size() < 2) {
    return "";
  }
  const bool labelled = view.summary->has_labels;
  // The brightest at the left: from left to right the evening falls.
  const auto [darkest, brightest] =
      std::minmax_element(view.exposures.begin(), view.exposures.end());
  Axis x{"exposure, EV", *brightest, *darkest, view.exposures, AxisFormat::kEv};
  Axis y{"recall", 0, 1, kShareTicks, AxisFormat::kPercent};
  if (labelled && !view.summary->has_boxes) {
    y.label = "detection rate";
  }
  if (!labelled) {
    double most = 0;
    for (const StudyCell& placed : view.cells) {
      most = std::max(most, static_cast<double>(placed.cell->predictions));
    }
    const std::vector<double> ticks = count_ticks(most);
    y = {"boxes found", 0, ticks.back(), ticks, AxisFormat::kCount};
  }
  const bool many = view.models.size() > kChartsAtFirst;
  const std::string where = "exposure-charts";
  std::string out = filter_bar(
      where, "charts",
      {{"", {}, -1}, {"Detector", view.models, many ? static_cast<int>(view.lead_detector) : -1}});
  out += legend_of(view, where);
  out += fmt::format("<div id=\"{}\" class=\"charts\">\n", where);
  for (std::size_t detector = 0; detector < view.models.size(); ++detector) {
    out += exposure_figure(view, detector, x, y);
  }
  out += "</div>\n";
  if (labelled) {
    out += "<p class=\"muted\">Bands are 95% intervals (Wilson). Darker to the right.</p>\n";
  }
  return out;
}

std::string curves_html(const StudyView& view) {
  std::size_t curves = 0;
  for (const StudyCell& placed : view.cells) {
    curves += placed.cell->curve.empty() ? 0U : 1U;
  }
  if (curves == 0) {
    return "";
  }
  const std::size_t max_points =
      std::clamp<std::size_t>(kPointsOfPage / curves, 20, kPointsOfCurve);
  const bool many = view.models.size() * view.exposures.size() > kChartsAtFirst;
  const std::string where = "curve-charts";
  std::string out =
      "<p>Lowering the score that a box needs finds more faces (to the right) and lets "
      "in more false boxes (down). The further up and right a curve, the better.</p>\n";
  out += filter_bar(where, "charts",
                    view.filters(-1, many ? static_cast<int>(view.lead_detector) : -1));
  out += legend_of(view, where);
  out += fmt::format("<div id=\"{}\" class=\"charts\">\n", where);
  for (std::size_t exposure = 0; exposure < view.exposures.size(); ++exposure) {
    for (std::size_t detector = 0; detector < view.models.size(); ++detector) {
      out += curves_figure(view, exposure, detector, max_points);
    }
  }
  out += "</div>\n";
  if (max_points < kPointsOfCurve) {
    out +=
        "<p class=\"muted\">Curves are thinned for drawing; tables/curves.csv has more points."
        "</p>\n";
  }
  return out;
}

}  // namespace everyface
