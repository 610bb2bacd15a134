// A table with a row for each cell of a run, which readers filter and sort.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "report/cell_axes.h"

namespace everyface {

struct CellColumn {
  std::string header;
  std::string unit = {};        ///< small line below the header
  int better = 0;               ///< 1: the highest is marked as best; -1: the lowest; 0: none
  std::string definition = {};  ///< id of the definition to link to; empty: none
  bool words = false;           ///< sentences: text that may be broken
};

struct CellValue {
  double value = NAN;  ///< to sort and rank by; not finite: none
  std::string html;
};

struct CellRow {
  std::size_t exposure = 0;  ///< places on the axes
  std::size_t model = 0;
  std::size_t enhancer = 0;
  double exposure_ev = 0;
  std::string model_name;
  std::string enhancer_name;
  std::string remark = {};  ///< smaller, after the enhancer's name
  std::vector<CellValue> values;
};

template <typename Cell>
CellRow cell_row(const CellAxes<Cell>& axes, const PlacedCell<Cell>& placed) {
  return {placed.exposure,
          placed.model,
          placed.enhancer,
          axes.exposures[placed.exposure],
          axes.models[placed.model],
          axes.enhancers[placed.enhancer],
          {},
          {}};
}

struct CellTable {
  std::string id;
  std::string caption;
  std::string model_title;  ///< "Detector"
  std::vector<CellColumn> columns;
  std::vector<CellRow> rows;  ///< those of one exposure and model together
  std::string css = "sortable stack";
};

/// The table. The first three numbers of data-f are exposure, model and enhancer.
std::string cell_table_html(const CellTable& table);

}  // namespace everyface
