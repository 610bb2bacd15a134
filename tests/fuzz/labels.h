// Promises about labelled faces, whatever the format.
#pragma once

#include <cmath>

#include "dataset/common.h"
#include "tests/fuzz/fuzz.h"

namespace everyface::fuzz {

/// Boxes are finite, and have a size unless the face is ignored.
inline void require_faces(const dataset::Faces& faces) {
  for (const LabelledFace& face : faces) {
    if (face.box) {
      const Box& box = *face.box;
      require(std::isfinite(box.x1 + box.y1 + box.x2 + box.y2), "boxes are finite");
      require(face.ignored || (box.width() > 0 && box.height() > 0), "boxes have a size");
    }
    for (const auto& [name, value] : face.groups) {
      require(!name.empty() && !value.empty(), "groups have names and values");
      require(to_valid_utf8(value) == value, "groups are valid UTF-8");
    }
  }
}

/// The result of a label parser that was told the text is of `file`.
inline void require_labels(const Result<dataset::Faces>& faces, std::string_view file) {
  if (faces) {
    require_faces(*faces);
  } else {
    require_message(faces.error().message, file);
  }
}

}  // namespace everyface::fuzz
