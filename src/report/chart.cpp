#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.h"

namespace everyface {
namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 270;
constexpr double kLeft = 44;
constexpr double kTop = 22;
constexpr double kPlotWidth = 304;
constexpr double kPlotHeight = 210;
constexpr std::size_t kColours = 8;
constexpr std::size_t kDashes = 3;

double share(const Axis& axis, double value) {
  const double at = axis_share(axis.from, axis.to, axis.log, value);
  return axis.log ? std::max(0.0, at) : at;
}

/// As page.js names it; empty for those that it does not write.
const char* format_word(AxisFormat format) {
  switch (format) {
    case AxisFormat::kPercent:
      return "percent";
    case AxisFormat::kEv:
      return "ev";
    case AxisFormat::kCount:
      return "count";
    default:
      return "";
  }
}

std::string style_classes(std::size_t style, bool baseline) {
  return baseline ? "base" : fmt::format("c{} d{}", style % kColours, style / kColours % kDashes);
}

double plot_x(const LineChart& chart, double value) {
  return kLeft + kPlotWidth * share(chart.x, value);
}

double plot_y(const LineChart& chart, double value) {
  return kTop + kPlotHeight * (1 - share(chart.y, value));
}

std::string axes_svg(const LineChart& chart) {
  std::string out = "<g class=\"axes\">";
  for (const double tick : chart.y.ticks) {
    const double y = plot_y(chart, tick);
    out += fmt::format("<path class=\"grid\" d=\"M{} {}h{}\"/>", pixel(kLeft), pixel(y),
                       pixel(kPlotWidth));
    out += fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                       pixel(kLeft - 6), pixel(y + 3.5), axis_number(chart.y.format, tick));
  }
  for (const double tick : chart.x.ticks) {
    const double x = plot_x(chart, tick);
    out += fmt::format("<path class=\"grid\" d=\"M{} {}v{}\"/>", pixel(x), pixel(kTop),
                       pixel(kPlotHeight));
    out += fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                       pixel(x), pixel(kTop + kPlotHeight + 15), axis_number(chart.x.format, tick));
  }
  out += fmt::format("<text class=\"label\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                     pixel(kLeft + kPlotWidth / 2), pixel(kHeight - 8), escape_html(chart.x.label));
  out += fmt::format("<text class=\"label\" x=\"2\" y=\"10\">{}</text></g>",
                     escape_html(chart.y.label));
  return out;
}

std::string series_svg(const LineChart& chart, const Series& series) {
  std::string line;
  std::string upper;
  std::string lower;
  std::string dots;
  std::string notes;
  for (const ChartPoint& point : series.points) {
    if (!std::isfinite(point.x) || !std::isfinite(point.y)) {
      continue;
    }
    const std::string x = pixel(plot_x(chart, point.x));
    const std::string y = pixel(plot_y(chart, point.y));
    line += fmt::format("{}{} {}", line.empty() ? "M" : "L", x, y);
    notes += (notes.empty() ? "" : "|") + point.note;
    if (series.band && std::isfinite(point.low) && std::isfinite(point.high)) {
      upper += (upper.empty() ? "M" : "L") + x + " " + pixel(plot_y(chart, point.high));
      lower.insert(0, "L" + x + " " + pixel(plot_y(chart, point.low)));
    }
    if (series.markers) {
      dots += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"3\"/>", x, y);
    }
  }
  if (line.empty()) {
    return "";
  }
  std::string out =
      fmt::format("<g class=\"series {}\" data-series=\"{}\" data-name=\"{}\" data-notes=\"{}\">",
                  style_classes(series.style, series.baseline), series.style,
                  escape_html(series.name), escape_html(notes));
  if (!upper.empty()) {
    out += fmt::format("<path class=\"band\" d=\"{}{}Z\"/>", upper, lower);
  }
  return out + fmt::format("<path class=\"line{}\" d=\"{}\"/>{}</g>", series.line ? "" : " unseen",
                           line, dots);
}

}  // namespace

std::string line_chart_svg(const LineChart& chart) {
  std::string out = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{}-t {}-d\" "
      "data-plot=\"{} {} {} {}\" data-domain=\"{} {} {} {}\" data-formats=\"{} {}\" "
      "data-labels=\"{}|{}|{}\"{}><title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>",
      kWidth, kHeight, chart.id, chart.id, kLeft, kTop, kPlotWidth, kPlotHeight, chart.x.from,
      chart.x.to, chart.y.from, chart.y.to, format_word(chart.x.format),
      format_word(chart.y.format), escape_html(chart.x.label), escape_html(chart.y.label),
      escape_html(chart.note_label), chart.notes_only ? " data-notes-only=\"\"" : "", chart.id,
      escape_html(chart.title), chart.id, escape_html(chart.description));
  out += axes_svg(chart);
  for (const Series& series : chart.series) {
    out += series_svg(chart, series);
  }
  return out + "<circle class=\"cursor\" r=\"4.5\" visibility=\"hidden\"/></svg>\n";
}

std::string chart_figure(const std::string& filter_key, const std::string& title,
                         const std::string& chart, const std::string& table) {
  return fmt::format(
      "<figure class=\"chart-figure\" data-f=\"{}\"><figcaption>{}</figcaption>{}"
      "<details class=\"values\"><summary>Values as a table</summary>{}</details></figure>\n",
      filter_key, escape_html(title), chart, scroll_region("Values: " + title, table));
}

std::string legend(const std::string& target, const std::vector<LegendEntry>& entries) {
  std::string out = fmt::format("<ul class=\"legend\" data-legend=\"{}\">", target);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    out += fmt::format(
        "<li data-series=\"{}\" data-shown=\"{}\"><svg class=\"swatch\" viewBox=\"0 0 30 10\" "
        "aria-hidden=\"true\"><g class=\"series {}\"><path class=\"line\" d=\"M1 "
        "5H29\"/></g></svg> <span>{}</span></li>",
        i, entries[i].shown ? 1 : 0, style_classes(i, entries[i].baseline),
        escape_html(entries[i].name));
  }
  return out + "</ul>\n";
}

}  // namespace everyface
