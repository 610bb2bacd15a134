// The lists of WIDER FACE, as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/common.h"

namespace everyface::dataset {

/// What a list says of one photo.
struct WiderEntry {
  std::size_t line = 0;  ///< of the photo's name
  std::string photo;     ///< "<event>/<file>"
  Faces faces;
  std::string error;  ///< not empty: malformed; names file and line
};

/// wider_face_val_bbx_gt.txt: for each photo its name, the number of faces, and for each face
/// "x y width height blur expression illumination invalid occlusion pose" (the last six may all be
/// missing). The six become groups of the face ("blur": "clear", …), but for invalid, which makes
/// it ignored; so does a box without positive size, of which the official list has some. A count
/// of 0 may be followed by one line of zeros, as it is officially. A malformed entry has an error
/// and reading goes on at the next line that ends like a photo's name.
std::vector<WiderEntry> parse_wider_list(std::string_view text, const std::string& file);

/// The groups of parse_wider_list(), in order.
const std::vector<std::string>& wider_groups();

/// Which faces of a photo belong to one of the subsets easy, medium, hard.
struct WiderSelection {
  std::string photo;               ///< "<event>/<file>", in .mat files without extension
  std::vector<std::size_t> faces;  ///< rows of the photo's list of faces, from 0
  std::size_t listed_faces = 0;    ///< how many faces the photo has; kUnknown where not said
  std::string error;               ///< not empty: malformed; names file and line
  static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);
};

/// A subset as plain text: for each photo its name, a number of faces, and that many lines with a
/// row of the photo's faces in wider_face_val_bbx_gt.txt, from 1 (as gt_list in the .mat files).
std::vector<WiderSelection> parse_wider_subset(std::string_view text, const std::string& file);

}  // namespace everyface::dataset
