// Charts as inline SVG. Colours, dashes and fonts are in page.css, so a chart follows the page's
// light or dark scheme; hovering is in page.js.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace everyface {

/// How numbers along an axis are written, also by page.js.
enum class AxisFormat { kPercent, kEv, kCount };

struct Axis {
  std::string label;
  double from = 0;  ///< value at the left or lower end; may exceed `to`
  double to = 1;
  std::vector<double> ticks;
  AxisFormat format = AxisFormat::kPercent;
};

struct ChartPoint {
  double x = 0;
  double y = 0;
  double low = 0;  ///< of y, where the series has a band
  double high = 0;
  std::string note;  ///< shown on hover after the chart's note_label; without "|"
};

struct Series {
  std::size_t style = 0;  ///< which line of the legend this is
  bool baseline = false;  ///< what the others are compared with: drawn in ink
  std::string name;
  bool band = false;
  bool markers = false;
  std::vector<ChartPoint> points;
};

struct LineChart {
  std::string id;     ///< unique on the page
  std::string title;  ///< for those who do not see the chart
  std::string description;
  Axis x;
  Axis y;
  std::string note_label;
  std::vector<Series> series;
};

/// The chart; points that are not finite are left out.
std::string line_chart_svg(const LineChart& chart);

struct LegendEntry {
  std::string name;
  bool baseline = false;
  bool shown = true;  ///< at first; page.js makes the entries switches
};

/// Entry i explains the series of style i in all charts below the element with the id `target`.
std::string legend(const std::string& target, const std::vector<LegendEntry>& entries);

/// A range of values drawn along the width of a table cell.
struct Span {
  double from = 0;
  double to = 1;
};

/// The smallest span between multiples of `step` that holds all values, within 0..1 and at least
/// two steps wide. 0..1 for no finite values.
Span nice_span(const std::vector<double>& values, double step);

/// A dot with its interval, and a ring where another value (before) is given. Not read aloud: the
/// numbers stand beside it.
std::string interval_svg(Span span, double value, double low, double high,
                         std::optional<double> before = std::nullopt);

/// The axis above a column of interval_svg().
std::string span_axis_svg(Span span);

/// 0, then steps of 1, 2 or 5 times a power of ten, up to the first at or above `highest`; about
/// five.
std::vector<double> count_ticks(double highest);

}  // namespace everyface
