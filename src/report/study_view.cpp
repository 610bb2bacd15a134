#include "report/study_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace everyface {
namespace {

constexpr std::size_t kEnhancersAtFirst = 6;

/// Mean score by the member's place; cells without a score count as 0.
std::vector<double> mean_scores(const StudyView& view, std::size_t StudyCell::*axis,
                                std::size_t length) {
  std::vector<double> sums(length, 0);
  std::vector<double> counts(length, 0);
  for (const StudyCell& placed : view.cells) {
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

double score(const CellSummary& cell) {
  if (cell.ap) {
    return cell.ap->voc_all_point;
  }
  return cell.recall ? cell.recall->value : static_cast<double>(cell.predictions);
}

std::vector<Filter> StudyView::filters(int chosen_exposure, int chosen_detector) const {
  return {{"Exposure", exposure_texts(), chosen_exposure}, {"Detector", models, chosen_detector}};
}

StudyView view_of(const StudySummary& summary) {
  StudyView view{{summary.cells, &CellSummary::detector}, &summary, 0, {}};
  const std::vector<double> by_model = mean_scores(view, &StudyCell::model, view.models.size());
  if (!by_model.empty()) {
    view.lead_detector = static_cast<std::size_t>(
        std::max_element(by_model.begin(), by_model.end()) - by_model.begin());
  }
  const std::vector<double> by_enhancer =
      mean_scores(view, &StudyCell::enhancer, view.enhancers.size());
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
