// What all protocols share: the order by falling score.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "everyface/score/detection.h"

namespace everyface::score {

/// Indices of the detections by falling score, equal scores in the order given.
inline std::vector<std::size_t> falling_order(const std::vector<ScoredBox>& detections) {
  std::vector<std::size_t> order(detections.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return detections[a].score > detections[b].score;
  });
  return order;
}

}  // namespace everyface::score
