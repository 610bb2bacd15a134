// Intervals drawn along the width of table cells, one below the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/axis.h"

namespace everyface {

/// A range of values drawn along the width of a table cell.
struct Span {
  double from = 0;
  double to = 1;
  AxisFormat format = AxisFormat::kPercent;
  bool log = false;  ///< needs `from` and `to` above 0
};

/// The smallest span between multiples of `step` that holds all values, within 0..1 and at least
/// two steps wide. 0..1 for no finite values.
Span nice_span(const std::vector<double>& values, double step);

/// Decades that hold all positive values, down to `floor`; an even number of them, so that the
/// middle is a power of ten too.
Span log_span(const std::vector<double>& values, double floor, AxisFormat format);

/// Between round numbers, holding zero and all values: for differences of shares.
Span difference_span(const std::vector<double>& values);

/// A dot with its interval, and a ring where another value (before) is given, in percent of the
/// width. What is not a number is none; beyond the span is at its edge, but the infinite has no
/// dot.
struct IntervalMark {
  std::optional<double> value;
  std::optional<double> low;
  std::optional<double> high;
  std::optional<double> before;
};

IntervalMark place_interval(const Span& span, double value, double low, double high,
                            std::optional<double> before = std::nullopt);

/// Where in the span a value is, in percent of the width, to a tenth.
double place_value(const Span& span, double value);

/// The mark, and a line at `zero` where one is given. Not read aloud: the numbers stand beside it.
std::string interval_svg(const IntervalMark& mark, std::optional<double> zero = std::nullopt);

/// The numbers at the left end, the middle and the right end.
std::vector<std::string> span_ticks(const Span& span);

/// The axis above a column of interval_svg().
std::string span_axis_svg(const std::vector<std::string>& ticks);

}  // namespace everyface
