// From values to places along an axis, and the numbers written there.
#pragma once

#include <string>
#include <vector>

namespace everyface {

/// How numbers along an axis are written, also by page.js.
enum class AxisFormat {
  kPercent,
  kEv,
  kCount,
  kRate,    ///< a share that may be tiny
  kPoints,  ///< a difference of shares, in percentage points
  kRatio,
};

struct Axis {
  std::string label;
  double from = 0;  ///< value at the left or lower end; may exceed `to`
  double to = 1;
  std::vector<double> ticks;
  AxisFormat format = AxisFormat::kPercent;
  /// Needs `from` and `to` above 0. What lies below the lower end is drawn there.
  bool log = false;
};

/// Where the value lies between the ends of an axis: 0 at `from`, 1 at `to`, beyond them less or
/// more. Needs ends above 0 with `log`, where 0 is far below.
double axis_share(double from, double to, bool log, double value);

/// As it is written along an axis.
std::string axis_number(AxisFormat format, double value);

/// A place in a drawing, with one decimal at most: a tenth of a pixel is finer than any screen.
std::string pixel(double value);

/// An axis of shares between tenths, with about five ticks.
Axis share_axis(const std::string& label, double from, double to);

/// 0, then steps of 1, 2 or 5 times a power of ten, up to the first at or above `highest`; about
/// five.
std::vector<double> count_ticks(double highest);

/// The powers of ten from the highest that is not above the smallest positive value, but at least
/// `floor`, to the lowest that is not below the largest; two at least.
std::vector<double> decade_ticks(const std::vector<double>& values, double floor);

}  // namespace everyface
