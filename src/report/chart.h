// Charts as inline SVG. Colours, dashes and fonts are in page.css, so a chart follows the page's
// light or dark scheme; hovering is in page.js.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/axis.h"

namespace everyface {

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
  bool line = true;  ///< false: markers alone, in rings
  std::vector<ChartPoint> points;
};

struct LineChart {
  std::string id;     ///< unique on the page
  std::string title;  ///< for those who do not see the chart
  std::string description;
  Axis x;
  Axis y;
  std::string note_label;
  bool notes_only = false;  ///< notes say all there is to say on hover, values too
  std::vector<Series> series;
};

/// The chart; points that are not finite are left out.
std::string line_chart_svg(const LineChart& chart);

/// The chart under its title, with its values as a table (HTML) that can be opened. `filter_key` is
/// for data-f, see filter_bar().
std::string chart_figure(const std::string& filter_key, const std::string& title,
                         const std::string& chart, const std::string& table);

struct LegendEntry {
  std::string name;
  bool baseline = false;
  bool shown = true;  ///< at first; page.js makes the entries switches
};

/// Entry i explains the series of style i in all charts below the element with the id `target`.
std::string legend(const std::string& target, const std::vector<LegendEntry>& entries);

}  // namespace everyface
