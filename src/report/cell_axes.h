// The cells of a run and where they stand on its axes: exposure, model (detector or embedder) and
// enhancement.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

#include "report/format.h"

namespace everyface {

/// The enhancement that changes nothing, with which others are compared.
inline bool is_baseline(const std::string& enhancer) { return enhancer == "none"; }

/// The place of the value in the list, appended if it is new.
template <typename T>
std::size_t place_of(std::vector<T>& list, const T& value) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found != list.end()) {
    return static_cast<std::size_t>(found - list.begin());
  }
  list.push_back(value);
  return list.size() - 1;
}

template <typename Cell>
struct PlacedCell {
  const Cell* cell = nullptr;
  std::size_t exposure = 0;
  std::size_t model = 0;
  std::size_t enhancer = 0;
};

/// Holds pointers to the cells it was made of.
template <typename Cell>
struct CellAxes {
  std::vector<double> exposures;  ///< in the order of the cells, as are the next two
  std::vector<std::string> models;
  std::vector<std::string> enhancers;
  std::vector<PlacedCell<Cell>> cells;  ///< by exposure, then model, then enhancer

  CellAxes() = default;
  /// `model` is the field that names the model.
  CellAxes(const std::vector<Cell>& list, std::string Cell::*model) {
    for (const Cell& cell : list) {
      cells.push_back({&cell, place_of(exposures, cell.exposure_ev), place_of(models, cell.*model),
                       place_of(enhancers, cell.enhance)});
    }
    std::stable_sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) {
      return std::tie(a.exposure, a.model, a.enhancer) < std::tie(b.exposure, b.model, b.enhancer);
    });
  }

  [[nodiscard]] const Cell* find(std::size_t exposure, std::size_t model,
                                 std::size_t enhancer) const {
    for (const PlacedCell<Cell>& placed : cells) {
      if (placed.exposure == exposure && placed.model == model && placed.enhancer == enhancer) {
        return placed.cell;
      }
    }
    return nullptr;
  }

  /// The cell with the same exposure and model and no enhancement; none for that cell itself, and
  /// where it was not asked for.
  [[nodiscard]] const Cell* baseline_of(const PlacedCell<Cell>& placed) const {
    if (is_baseline(placed.cell->enhance)) {
      return nullptr;
    }
    const auto none = std::find_if(enhancers.begin(), enhancers.end(), is_baseline);
    return none == enhancers.end() ? nullptr
                                   : find(placed.exposure, placed.model,
                                          static_cast<std::size_t>(none - enhancers.begin()));
  }

  [[nodiscard]] std::vector<std::string> exposure_texts() const {
    std::vector<std::string> texts;
    for (const double exposure : exposures) {
      texts.push_back(ev_text(exposure));
    }
    return texts;
  }
};

}  // namespace everyface
