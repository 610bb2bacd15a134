// Label files of one photo, as text.
#pragma once

#include <string>
#include <string_view>

#include "dataset/common.h"

namespace everyface::dataset {

/// Dark Face: the number of faces on the first line, then "x1 y1 x2 y2" in pixels, a line a face.
/// Blank lines are skipped. Errors name file and line: no count, a count that disagrees with the
/// lines, not four numbers, beyond kMaxPixel, no positive width and height.
Result<Faces> parse_darkface_label(std::string_view text, const std::string& file);

/// YOLO: "class cx cy w h" a line, centre and size as fractions of the photo's; what follows on
/// the line is ignored. The class is a whole number >= 0, whichever. An empty file says that there
/// is no face. Errors name file and line: too few values, not numbers, a fraction outside 0..1 by
/// more than 0.01 (some tools round outwards), no positive width and height. Boxes are fractions.
Result<Faces> parse_yolo_label(std::string_view text, const std::string& file);

}  // namespace everyface::dataset
