#include "everyface/detect/nms.h"

#include <algorithm>
#include <tuple>

namespace everyface {

bool ranks_before(const Face& a, const Face& b) {
  return std::tie(b.score, a.box.x1, a.box.y1, a.box.x2, a.box.y2) <
         std::tie(a.score, b.box.x1, b.box.y1, b.box.x2, b.box.y2);
}

std::vector<Face> suppress_overlaps(std::vector<Face> faces, double max_iou,
                                    std::size_t max_faces) {
  std::sort(faces.begin(), faces.end(), ranks_before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < faces.size() && kept < max_faces; ++i) {
    const Box& box = faces[i].box;
    const auto end = faces.begin() + static_cast<std::ptrdiff_t>(kept);
    const bool covered = max_iou < 1 && std::any_of(faces.begin(), end, [&](const Face& better) {
                           return iou(better.box, box) > max_iou;
                         });
    if (!covered) {
      if (kept != i) {
        faces[kept] = faces[i];
      }
      ++kept;
    }
  }
  faces.resize(kept);
  return faces;
}

}  // namespace everyface
