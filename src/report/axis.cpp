#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "everyface/base/text.h"
#include "report/format.h"

namespace everyface {
namespace {

/// "0.1" for "0.10".
std::string without_zeros(std::string number) {
  if (number.find('.') != std::string::npos) {
    number.resize(number.find_last_not_of('0') + 1);
    if (number.back() == '.') {
      number.pop_back();
    }
  }
  return number;
}

}  // namespace

double axis_share(double from, double to, bool log, double value) {
  if (log) {
    return axis_share(std::log(from), std::log(to), false, std::log(std::max(value, 1e-300)));
  }
  return to == from ? 0.5 : (value - from) / (to - from);
}

std::string axis_number(AxisFormat format, double value) {
  switch (format) {
    case AxisFormat::kPercent:
      return decimal(value * 100, 0) + "%";
    case AxisFormat::kEv:
      return decimal(value, value == std::round(value) ? 0 : 1);
    case AxisFormat::kCount:
      return count_text(static_cast<std::size_t>(std::llround(std::max(0.0, value))));
    case AxisFormat::kRate: {
      const std::string text = rate_text(value);
      return without_zeros(text.substr(0, text.size() - 1)) + "%";
    }
    case AxisFormat::kPoints:
      return without_zeros(signed_points(value));
    case AxisFormat::kRatio:
      return value >= 1000 ? ratio_text(value) : shortest_number(ten_digits(value));
  }
  return "";
}

std::string pixel(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) {
    text.resize(text.size() - 2);
  }
  return text == "-0" ? "0" : text;
}

Axis share_axis(const std::string& label, double from, double to) {
  const int first = static_cast<int>(std::lround(from * 20));
  const int last = static_cast<int>(std::lround(to * 20));
  const int step = last - first <= 4 ? 1 : last - first <= 10 ? 2 : 4;
  Axis axis{label, from, to, {}, AxisFormat::kPercent, false};
  for (int twentieths = first; twentieths <= last; twentieths += step) {
    axis.ticks.push_back(twentieths / 20.0);
  }
  return axis;
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

std::vector<double> decade_ticks(const std::vector<double>& values, double floor) {
  double lowest = INFINITY;
  double highest = 0;
  for (const double value : values) {
    if (value > 0 && std::isfinite(value)) {
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  if (highest == 0) {
    lowest = highest = floor;
  }
  // The small allowances keep 1e-3 from being taken for a little more or less.
  int exponent = static_cast<int>(std::floor(std::log10(std::max(lowest, floor)) + 1e-9));
  const int last = std::max(
      exponent + 1, static_cast<int>(std::ceil(std::log10(std::max(highest, floor)) - 1e-9)));
  std::vector<double> ticks;
  for (; exponent <= last; ++exponent) {
    ticks.push_back(std::pow(10, exponent));
  }
  return ticks;
}

}  // namespace everyface
