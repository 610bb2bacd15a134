#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"
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

/// One decimal at most: a tenth of a pixel is finer than any screen.
std::string pixel(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) {
    text.resize(text.size() - 2);
  }
  return text == "-0" ? "0" : text;
}

double share(const Axis& axis, double value) {
  return axis.to == axis.from ? 0.5 : (value - axis.from) / (axis.to - axis.from);
}

std::string axis_number(AxisFormat format, double value) {
  switch (format) {
    case AxisFormat::kPercent:
      return decimal(value * 100, 0) + "%";
    case AxisFormat::kEv:
      return decimal(value, value == std::round(value) ? 0 : 1);
    case AxisFormat::kCount:
      return count_text(static_cast<std::size_t>(std::llround(std::max(0.0, value))));
  }
  return "";
}

const char* format_word(AxisFormat format) {
  return format == AxisFormat::kPercent ? "percent" : format == AxisFormat::kEv ? "ev" : "count";
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
  return out + fmt::format("<path class=\"line\" d=\"{}\"/>{}</g>", line, dots);
}

/// As a percentage of the cell's width.
std::string across(Span span, double value) {
  const double at = (value - span.from) / (span.to - span.from);
  return pixel(100 * std::clamp(at, 0.0, 1.0)) + "%";
}

}  // namespace

std::string line_chart_svg(const LineChart& chart) {
  std::string out = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{}-t {}-d\" "
      "data-plot=\"{} {} {} {}\" data-domain=\"{} {} {} {}\" data-formats=\"{} {}\" "
      "data-labels=\"{}|{}|{}\"><title id=\"{}-t\">{}</title><desc id=\"{}-d\">{}</desc>",
      kWidth, kHeight, chart.id, chart.id, kLeft, kTop, kPlotWidth, kPlotHeight, chart.x.from,
      chart.x.to, chart.y.from, chart.y.to, format_word(chart.x.format),
      format_word(chart.y.format), escape_html(chart.x.label), escape_html(chart.y.label),
      escape_html(chart.note_label), chart.id, escape_html(chart.title), chart.id,
      escape_html(chart.description));
  out += axes_svg(chart);
  for (const Series& series : chart.series) {
    out += series_svg(chart, series);
  }
  return out + "<circle class=\"cursor\" r=\"4.5\" visibility=\"hidden\"/></svg>\n";
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

Span nice_span(const std::vector<double>& values, double step) {
  double lowest = INFINITY;
  double highest = -INFINITY;
  for (const double value : values) {
    if (std::isfinite(value)) {
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  if (lowest > highest) {
    return {};
  }
  const double steps = std::round(1 / step);
  // The small allowance keeps 0.3 / 0.1 from being rounded up to four steps.
  double from = std::clamp(std::floor(lowest / step + 1e-9), 0.0, steps - 2);
  double to = std::clamp(std::ceil(highest / step - 1e-9), from + 2, steps);
  return {from / steps, to / steps};
}

std::string interval_svg(Span span, double value, double low, double high,
                         std::optional<double> before) {
  if (!std::isfinite(value)) {
    return "";
  }
  std::string out = "<svg class=\"interval\" aria-hidden=\"true\">";
  if (std::isfinite(low) && std::isfinite(high)) {
    out += fmt::format("<line class=\"whisker\" x1=\"{}\" x2=\"{}\" y1=\"50%\" y2=\"50%\"/>",
                       across(span, low), across(span, high));
  }
  if (before && std::isfinite(*before)) {
    out += fmt::format("<circle class=\"before\" cx=\"{}\" cy=\"50%\" r=\"4\"/>",
                       across(span, *before));
  }
  return out + fmt::format("<circle class=\"dot\" cx=\"{}\" cy=\"50%\" r=\"4\"/></svg>",
                           across(span, value));
}

std::string span_axis_svg(Span span) {
  std::string out = "<svg class=\"interval\" aria-hidden=\"true\">";
  for (int i = 0; i <= 2; ++i) {
    static constexpr const char* kAnchors[] = {"start", "middle", "end"};
    const double value = span.from + (span.to - span.from) * i / 2;
    out += fmt::format("<text x=\"{}%\" y=\"75%\" text-anchor=\"{}\">{}</text>", 50 * i,
                       kAnchors[i], axis_number(AxisFormat::kPercent, value));
  }
  return out + "</svg>";
}

std::vector<double> count_ticks(double highest) {
  if (!(highest > 0) || !std::isfinite(highest)) {
    return {0, 1};
  }
  const double power = std::pow(10, std::floor(std::log10(highest)));
  double step = power;
  for (const double candidate : {0.2, 0.5, 1.0, 2.0, 5.0}) {
    step = std::max(1.0, candidate * power);
    if (highest / step <= 5) {
      break;
    }
  }
  std::vector<double> ticks = {0};
  while (ticks.back() < highest) {
    ticks.push_back(ticks.back() + step);
  }
  return ticks;
}

}  // namespace everyface
