// Non-maximum suppression: one box a face.
#pragma once

#include <cstddef>
#include <vector>

#include "everyface/detect/detector.h"

namespace everyface {

/// The order in which faces are returned: higher score first; equal scores by left, then top, right
/// and bottom edge, so that the order never depends on how the candidates were found.
bool ranks_before(const Face& a, const Face& b);

/// Greedy non-maximum suppression: the faces in the order of ranks_before(), without those that
/// overlap one kept before them by an IoU above `max_iou`, and no more than `max_faces`. An overlap
/// of exactly `max_iou` is kept, so 1 keeps everything, duplicates included. Requires finite boxes
/// and scores.
std::vector<Face> suppress_overlaps(std::vector<Face> faces, double max_iou, std::size_t max_faces);

}  // namespace everyface
