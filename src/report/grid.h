// Tables that a reader may exchange for those of another choice (cell, column of groups). One
// choice stands in the page and reads without scripts; page.js builds the others, in the same
// markup, from a data block that is not touched before someone asks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "report/html.h"
#include "report/interval_mark.h"

namespace everyface {

struct GridColumn {
  enum class Kind { kText, kNumber, kPlot, kHeat };
  std::string header;
  std::string small = {};  ///< smaller, after the header
  Kind kind = Kind::kText;
  std::string definition = {};                ///< id of the definition to link to; empty: none
  std::vector<std::string> ticks = {};        ///< of a plot's axis
  std::optional<double> zero = std::nullopt;  ///< of a plot: where its line is
};

struct GridCell {
  std::string text = {};
  std::string small = {};  ///< smaller, after the text
  IntervalMark mark = {};  ///< in columns of plots
  int level = -1;          ///< in heat columns: 0..7, or -1 without colour
};

/// The first column holds row headers.
struct Grid {
  std::string label;  ///< of the scrollable region
  std::string caption;
  std::string css;  ///< classes of the table: "forest", "forest stack", "heat"
  std::vector<GridColumn> columns;
  std::vector<std::vector<GridCell>> rows;
  std::string words = {};  ///< below the table
  std::string note = {};   ///< smaller, below that
};

struct GridChoice {
  std::vector<std::size_t> key;  ///< an option of each select
  std::string name;              ///< shown in the heading
  std::vector<Grid> grids;
};

struct GridChooser {
  std::string id;
  std::string css = {};     ///< classes of the element around the tables
  std::string before = {};  ///< HTML of the heading before and after the name
  std::string after = {};
  std::vector<Filter> selects = {};  ///< `chosen` says which choice stands in the page
  std::vector<GridChoice> choices = {};
};

/// Heading, selects, the chosen tables (the first ones where the selects name none), and the data
/// of all. Empty without choices.
std::string grid_chooser_html(const GridChooser& chooser);

}  // namespace everyface
