#include "report/interval_mark.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace everyface {
namespace {

std::string across(double percent) { return pixel(percent) + "%"; }

}  // namespace

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
  return {from / steps, to / steps, AxisFormat::kPercent, false};
}

Span log_span(const std::vector<double>& values, double floor, AxisFormat format) {
  const std::vector<double> ticks = decade_ticks(values, floor);
  const double from = ticks.size() % 2 == 0 ? ticks.front() / 10 : ticks.front();
  return {from, ticks.back(), format, true};
}

Span difference_span(const std::vector<double>& values) {
  double lowest = 0;
  double highest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  if (lowest == highest) {
    return {-0.01, 0.01, AxisFormat::kPoints, false};
  }
  const double power = std::pow(10, std::floor(std::log10(highest - lowest)));
  double step = power;
  for (const double candidate : {0.2, 0.5, 1.0, 2.0}) {
    step = candidate * power;
    if ((highest - lowest) / step <= 6) {
      break;
    }
  }
  return {step * std::floor(lowest / step), step * std::ceil(highest / step), AxisFormat::kPoints,
          false};
}

double place_value(const Span& span, double value) {
  return std::round(1000 * std::clamp(axis_share(span.from, span.to, span.log, value), 0.0, 1.0)) /
         10;
}

IntervalMark place_interval(const Span& span, double value, double low, double high,
                            std::optional<double> before) {
  IntervalMark mark;
  if (std::isnan(value)) {
    return mark;
  }
  if (std::isfinite(value)) {
    mark.value = place_value(span, value);
  }
  if (!std::isnan(low) && !std::isnan(high)) {
    mark.low = place_value(span, low);
    mark.high = place_value(span, high);
  }
  if (before && std::isfinite(*before)) {
    mark.before = place_value(span, *before);
  }
  return mark;
}

std::string interval_svg(const IntervalMark& mark, std::optional<double> zero) {
  if (!mark.value && !mark.low) {
    return "";
  }
  std::string out = "<svg class=\"interval\" aria-hidden=\"true\">";
  if (zero) {
    out += fmt::format("<line class=\"zero\" x1=\"{0}\" x2=\"{0}\" y1=\"0\" y2=\"100%\"/>",
                       across(*zero));
  }
  if (mark.low && mark.high) {
    out += fmt::format("<line class=\"whisker\" x1=\"{}\" x2=\"{}\" y1=\"50%\" y2=\"50%\"/>",
                       across(*mark.low), across(*mark.high));
  }
  const auto circle = [&](const char* name, double at) {
    out += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"50%\" r=\"4\"/>", name, across(at));
  };
  if (mark.before) {
    circle("before", *mark.before);
  }
  if (mark.value) {
    circle("dot", *mark.value);
  }
  return out + "</svg>";
}

std::vector<std::string> span_ticks(const Span& span) {
  const double middle = span.log ? std::sqrt(span.from * span.to) : (span.from + span.to) / 2;
  return {axis_number(span.format, span.from), axis_number(span.format, middle),
          axis_number(span.format, span.to)};
}

std::string span_axis_svg(const std::vector<std::string>& ticks) {
  static constexpr const char* kAnchors[] = {"start", "middle", "end"};
  std::string out = "<svg class=\"interval\" aria-hidden=\"true\">";
  for (std::size_t i = 0; i < std::min(ticks.size(), std::size(kAnchors)); ++i) {
    out += fmt::format("<text x=\"{}%\" y=\"75%\" text-anchor=\"{}\">{}</text>", 50 * i,
                       kAnchors[i], ticks[i]);
  }
  return out + "</svg>";
}

}  // namespace everyface
