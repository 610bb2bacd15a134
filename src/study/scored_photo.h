// A photo's results beside its labels.
#pragma once

#include <vector>

#include "everyface/dataset/dataset.h"
#include "study/results.h"

namespace everyface {

struct ScoredPhoto {
  const Record* record = nullptr;
  bool labelled = false;
  std::vector<LabelledFace> faces;  ///< boxes in pixels of the upright photo
  PhotoResult result;

  [[nodiscard]] bool all_faces_have_boxes() const;
  /// Those that are not ignored, in order.
  [[nodiscard]] std::vector<const LabelledFace*> counting_faces() const;
};

/// Which of the photo's counting faces a cell finds, in order.
std::vector<bool> found_in(const ScoredPhoto& photo, std::size_t cell, const StudyRequest& request);

}  // namespace everyface
