// Line charts of rates, a line for each enhancement, with the values as a table.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/audit_view.h"

namespace everyface {

struct RatePoint {
  double x = 0;
  ErrorRate rate;
};

struct RateChart {
  std::string id;
  std::string filter_key;  ///< for data-f
  std::string title;
  Axis x;
  Axis y;
  std::vector<double> xs;  ///< columns of the table
  std::vector<std::string> x_texts;
  std::vector<std::vector<RatePoint>> points;  ///< by enhancer of the view; empty: no line
};

/// Logarithmic for false positives, from 0 for the rest; holds all values.
Axis rate_axis(ErrorKind kind, const std::vector<double>& values);

/// Empty without any point.
std::string rate_chart_html(const AuditView& view, ErrorKind kind, const RateChart& chart);

}  // namespace everyface
