#include "report/audit_rate_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"

namespace everyface {
namespace {

ChartPoint chart_point(ErrorKind kind, const RatePoint& point) {
  const Interval interval = point.rate.interval.value_or(Interval{NAN, NAN});
  return {point.x, point.rate.value().value_or(NAN), interval.low, interval.high,
          fmt::format("{} {}, {}, {}", error_name(kind).name, rate_words(point.rate),
                      interval_words(point.rate), count_words(point.rate))};
}

std::string table_html(const AuditView& view, const RateChart& chart) {
  std::string table =
      fmt::format("<table><caption>{}</caption><thead><tr><th scope=\"col\">Enhancement</th>",
                  escape_html(chart.title));
  for (const std::string& text : chart.x_texts) {
    table += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", text);
  }
  table += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < chart.points.size(); ++i) {
    if (chart.points[i].empty()) {
      continue;
    }
    table += fmt::format("<tr><th scope=\"row\">{}</th>", breakable_name(view.enhancers[i]));
    for (const double x : chart.xs) {
      const auto found = std::find_if(chart.points[i].begin(), chart.points[i].end(),
                                      [&](const RatePoint& point) { return point.x == x; });
      table += found == chart.points[i].end()
                   ? "<td></td>"
                   : fmt::format("<td class=\"number\">{}<br /><small>{}</small></td>",
                                 rate_html(found->rate), count_words(found->rate));
    }
    table += "</tr>\n";
  }
  return table + "</tbody></table>";
}

}  // namespace

Axis rate_axis(ErrorKind kind, const std::vector<double>& values) {
  const std::string label = std::string(error_name(kind).name) + ", " + error_name(kind).words;
  if (is_false_positive(kind)) {
    const std::vector<double> ticks = decade_ticks(values, kLowestDrawn);
    return {label, ticks.front(), ticks.back(), ticks, AxisFormat::kRate, true};
  }
  std::vector<double> with_zero = values;
  with_zero.push_back(0);
  return share_axis(label, 0, nice_span(with_zero, 0.1).to);
}

std::string rate_chart_html(const AuditView& view, ErrorKind kind, const RateChart& chart) {
  LineChart lines;
  lines.id = chart.id;
  lines.title = chart.title;
  lines.description = fmt::format("One line for each of {}; the table below has the values.",
                                  count_of(view.enhancers.size(), "enhancement"));
  lines.x = chart.x;
  lines.y = chart.y;
  lines.notes_only = true;
  for (std::size_t i = 0; i < chart.points.size(); ++i) {
    Series series;
    series.style = i;
    series.baseline = is_baseline(view.enhancers[i]);
    series.name = view.enhancers[i];
    series.band = true;
    series.markers = true;
    for (const RatePoint& point : chart.points[i]) {
      if (point.rate.count.trials > 0) {
        series.points.push_back(chart_point(kind, point));
      }
    }
    if (!series.points.empty()) {
      lines.series.push_back(std::move(series));
    }
  }
  return lines.series.empty() ? ""
                              : chart_figure(chart.filter_key, chart.title, line_chart_svg(lines),
                                             table_html(view, chart));
}

}  // namespace everyface
