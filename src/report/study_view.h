// A summary as the page's parts need it: its axes in order, and which of them to show first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "everyface/study/summary.h"
#include "report/cell_axes.h"
#include "report/html.h"

namespace everyface {

using StudyCell = PlacedCell<CellSummary>;

/// The models are the detectors.
struct StudyView : CellAxes<CellSummary> {
  const StudySummary* summary = nullptr;

  /// What to show where all would be too much: the detector and the enhancers with the highest
  /// mean score() over their cells.
  std::size_t lead_detector = 0;
  std::vector<bool> lead_enhancers;

  /// The filters of exposure and detector, in this order (the first two numbers of data-f).
  [[nodiscard]] std::vector<Filter> filters(int chosen_exposure, int chosen_detector) const;
};

/// The view holds pointers into the summary.
StudyView view_of(const StudySummary& summary);

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
std::string reproduce_html(const StudySummary& summary);
std::string definitions_html(const StudyView& view);

}  // namespace everyface
