// A summary as the page's parts need it: its axes in order, and which of them to show first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "everyface/study/summary.h"
#include "report/html.h"

namespace everyface {

/// A cell and where it stands on the three axes.
struct PlacedCell {
  const CellSummary* cell = nullptr;
  std::size_t exposure = 0;
  std::size_t detector = 0;
  std::size_t enhancer = 0;
};

struct StudyView {
  const StudySummary* summary = nullptr;
  std::vector<double> exposures;  ///< in the order of the cells, as are the next two
  std::vector<std::string> detectors;
  std::vector<std::string> enhancers;
  std::vector<PlacedCell> cells;  ///< by exposure, then detector, then enhancer

  /// What to show where all would be too much: the detector and the enhancers with the highest
  /// mean score() over their cells.
  std::size_t lead_detector = 0;
  std::vector<bool> lead_enhancers;

  [[nodiscard]] const CellSummary* find(std::size_t exposure, std::size_t detector,
                                        std::size_t enhancer) const;
  /// The cell with the same exposure and detector and no enhancement; none for that cell itself,
  /// and where it was not asked for.
  [[nodiscard]] const CellSummary* baseline_of(const PlacedCell& placed) const;
  [[nodiscard]] std::vector<std::string> exposure_texts() const;
  /// The filters of exposure and detector, in this order (the first two numbers of data-f).
  [[nodiscard]] std::vector<Filter> filters(int chosen_exposure, int chosen_detector) const;
};

/// The view holds pointers into the summary.
StudyView view_of(const StudySummary& summary);

/// The enhancement that changes nothing, with which others are compared.
bool is_baseline(const std::string& enhancer);

/// What cells are ranked by: average precision where there are boxes, else the share of faces
/// found, else how many boxes there are.
double score(const CellSummary& cell);

/// The parts of the page, in HTML; empty where the study has nothing for them.
std::string pictures_html(const StudySummary& summary, const std::vector<std::string>& data_uris);
std::string cells_html(const StudyView& view);
std::string exposure_charts_html(const StudyView& view);
std::string curves_html(const StudyView& view);
std::string groups_html(const StudyView& view);
std::string comparisons_html(const StudyView& view);
std::string failures_html(const StudySummary& summary);
std::string reproduce_html(const StudySummary& summary);
std::string definitions_html(const StudyView& view);

}  // namespace everyface
