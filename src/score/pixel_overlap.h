// Overlap of boxes as inclusive ranges of pixels, the way of VOC and WIDER FACE.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "everyface/score/detection.h"

namespace everyface::score {

struct BestFace {
  std::size_t face = 0;
  double iou = 0;  ///< 0: overlaps no face
};

/// The face that `box` overlaps most, the first of equals. Sides are one pixel longer than Box
/// says. `touching_only`: boxes with a gap between them do not overlap even where the extra pixel
/// would bridge it, as in the VOC reference; the WIDER FACE reference lets it bridge.
inline BestFace best_face(const Box& box, const std::vector<TruthBox>& truth, bool touching_only) {
  const double smallest_side = touching_only ? 1.0 : 0.0;
  const double box_area = (box.width() + 1) * (box.height() + 1);
  BestFace best;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const Box& face = truth[i].box;
    const double width = std::min(box.x2, face.x2) - std::max(box.x1, face.x1) + 1;
    const double height = std::min(box.y2, face.y2) - std::max(box.y1, face.y1) + 1;
    if (width <= 0 || height <= 0 || width < smallest_side || height < smallest_side) {
      continue;
    }
    const double shared = width * height;
    const double iou = shared / (box_area + (face.width() + 1) * (face.height() + 1) - shared);
    if (iou > best.iou) {
      best = {i, iou};
    }
  }
  return best;
}

}  // namespace everyface::score
