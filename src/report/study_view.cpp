#include "report/study_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "report/format.h"

namespace everyface {
namespace {

constexpr std::size_t kEnhancersAtFirst = 6;

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

/// Mean score by the member's place; cells without a score count as 0.
std::vector<double> mean_scores(const StudyView& view, std::size_t PlacedCell::*axis,
                                std::size_t length) {
  std::vector<double> sums(length, 0);
  std::vector<double> counts(length, 0);
  for (const PlacedCell& placed : view.cells) {
    const double value = score(*placed.cell);
    sums[placed.*axis] += std::isfinite(value) ? value : 0;
    counts[placed.*axis] += 1;
  }
  for (std::size_t i = 0; i < length; ++i) {
    sums[i] /= std::max(1.0, counts[i]);
  }
  return sums;
}

}  // namespace

bool is_baseline(const std::string& enhancer) { return enhancer == "none"; }

double score(const CellSummary& cell) {
  if (cell.ap) {
    return cell.ap->voc_all_point;
  }
  return cell.recall ? cell.recall->value : static_cast<double>(cell.predictions);
}

const CellSummary* StudyView::find(std::size_t exposure, std::size_t detector,
                                   std::size_t enhancer) const {
  for (const PlacedCell& placed : cells) {
    if (placed.exposure == exposure && placed.detector == detector && placed.enhancer == enhancer) {
      return placed.cell;
    }
  }
  return nullptr;
}

const CellSummary* StudyView::baseline_of(const PlacedCell& placed) const {
  if (is_baseline(placed.cell->enhance)) {
    return nullptr;
  }
  for (std::size_t i = 0; i < enhancers.size(); ++i) {
    if (is_baseline(enhancers[i])) {
      return find(placed.exposure, placed.detector, i);
    }
  }
  return nullptr;
}

std::vector<std::string> StudyView::exposure_texts() const {
  std::vector<std::string> texts;
  for (const double exposure : exposures) {
    texts.push_back(ev_text(exposure));
  }
  return texts;
}

std::vector<Filter> StudyView::filters(int chosen_exposure, int chosen_detector) const {
  return {{"Exposure", exposure_texts(), chosen_exposure},
          {"Detector", detectors, chosen_detector}};
}

StudyView view_of(const StudySummary& summary) {
  StudyView view;
  view.summary = &summary;
  for (const CellSummary& cell : summary.cells) {
    PlacedCell placed;
    placed.cell = &cell;
    placed.exposure = place_of(view.exposures, cell.exposure_ev);
    placed.detector = place_of(view.detectors, cell.detector);
    placed.enhancer = place_of(view.enhancers, cell.enhance);
    view.cells.push_back(placed);
  }
  std::stable_sort(view.cells.begin(), view.cells.end(),
                   [](const PlacedCell& a, const PlacedCell& b) {
                     return std::tie(a.exposure, a.detector, a.enhancer) <
                            std::tie(b.exposure, b.detector, b.enhancer);
                   });

  const std::vector<double> by_detector =
      mean_scores(view, &PlacedCell::detector, view.detectors.size());
  if (!by_detector.empty()) {
    view.lead_detector = static_cast<std::size_t>(
        std::max_element(by_detector.begin(), by_detector.end()) - by_detector.begin());
  }
  const std::vector<double> by_enhancer =
      mean_scores(view, &PlacedCell::enhancer, view.enhancers.size());
  std::vector<std::size_t> order(view.enhancers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const bool a_first = is_baseline(view.enhancers[a]);
    const bool b_first = is_baseline(view.enhancers[b]);
    return a_first != b_first ? a_first : by_enhancer[a] > by_enhancer[b];
  });
  view.lead_enhancers.assign(view.enhancers.size(), false);
  for (std::size_t i = 0; i < std::min(order.size(), kEnhancersAtFirst); ++i) {
    view.lead_enhancers[order[i]] = true;
  }
  return view;
}

}  // namespace everyface
