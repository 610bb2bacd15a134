// Which parts of a photo the model sees, at which size.
#pragma once

#include <limits>
#include <opencv2/core/types.hpp>
#include <vector>

#include "everyface/base/box.h"

namespace everyface {

/// The longest side in pixels that a model is given, and the tiles a larger photo is cut in.
constexpr int kLongestSide = 4096;
constexpr int kDefaultTile = 2048;

/// One run of the model: a region of the photo, resized to `size`.
struct Pass {
  cv::Rect region;
  cv::Size size;
  /// Borders of the region where the photo goes on.
  bool open_left = false;
  bool open_top = false;
  bool open_right = false;
  bool open_bottom = false;

  /// Photo pixels for a pixel of the pass.
  [[nodiscard]] double per_x() const { return static_cast<double>(region.width) / size.width; }
  [[nodiscard]] double per_y() const { return static_cast<double>(region.height) / size.height; }

  /// Whether a box, in pixels of the pass, comes so near an open border that the face may be cut.
  [[nodiscard]] bool cuts(const Box& box) const;
};

/// The passes for a photo, as DetectorOptions describes them: finest tiles first, row by row, then
/// the whole photo, as often as it takes for a model that finds faces up to `largest_face_px`.
/// Requires a photo of at least one pixel, and options in their ranges.
std::vector<Pass> plan_passes(cv::Size photo, double scale, int tile_px,
                              int largest_face_px = std::numeric_limits<int>::max());

}  // namespace everyface
