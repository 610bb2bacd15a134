// Axis-aligned boxes in pixels.
#pragma once

#include <algorithm>

namespace everyface {

/// A box in pixels of the photo: x to the right, y down, (x1, y1) the upper left corner and
/// (x2, y2) the lower right one, as continuous coordinates (width is x2 - x1).
struct Box {
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;

  [[nodiscard]] double width() const { return x2 - x1; }
  [[nodiscard]] double height() const { return y2 - y1; }
  [[nodiscard]] double area() const { return std::max(0.0, width()) * std::max(0.0, height()); }

  friend bool operator==(const Box&, const Box&) = default;
};

/// Area shared by two boxes, in square pixels.
inline double intersection_area(const Box& a, const Box& b) {
  const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  return width > 0 && height > 0 ? width * height : 0.0;
}

/// Intersection over union of two boxes, 0..1; 0 where the union has no area.
inline double iou(const Box& a, const Box& b) {
  const double shared = intersection_area(a, b);
  const double together = a.area() + b.area() - shared;
  return together > 0 ? shared / together : 0.0;
}

}  // namespace everyface
