#include "detect/passes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace everyface {
namespace {

/// From `begin` to `end` in the photo, and how many pixels the pass makes of it.
struct Piece {
  int begin = 0;
  int end = 0;
  int size = 0;
};

int scaled(int length, double scale) {
  return std::max(1, static_cast<int>(std::lround(length * scale)));
}

/// One side of the photo in pieces of at most `tile` pixels after scaling by `scale`, evenly spread
/// and overlapping by at least a quarter.
std::vector<Piece> pieces(int length, double scale, int tile) {
  const int whole = static_cast<int>(std::min<double>(length, std::round(tile / scale)));
  const int size = std::min(tile, scaled(whole, scale));
  if (whole == length) {
    return {{0, length, size}};
  }
  const int step = whole - (whole + 3) / 4;
  const int count = 1 + (length - whole + step - 1) / step;
  std::vector<Piece> all;
  for (int i = 0; i < count; ++i) {
    const auto begin =
        static_cast<int>(static_cast<std::int64_t>(length - whole) * i / (count - 1));
    all.push_back({begin, begin + whole, size});
  }
  return all;
}

}  // namespace

bool Pass::cuts(const Box& box) const {
  constexpr double kMargin = 1.0 / 32;
  const double margin_x = kMargin * size.width;
  const double margin_y = kMargin * size.height;
  return (open_left && box.x1 < margin_x) || (open_top && box.y1 < margin_y) ||
         (open_right && box.x2 > size.width - margin_x) ||
         (open_bottom && box.y2 > size.height - margin_y);
}

std::vector<Pass> plan_passes(cv::Size photo, double scale, int tile_px, int largest_face_px) {
  constexpr double kReduction = 4;  // from one level to the next
  // A face is seldom higher than two fifths of a photo's longer side.
  const double all_found = 2.5 * largest_face_px;
  const int longest = std::max(photo.width, photo.height);
  const int tile = tile_px != 0                     ? tile_px
                   : longest * scale > kLongestSide ? kDefaultTile
                                                    : kLongestSide;
  std::vector<Pass> passes;
  for (;;) {
    const std::vector<Piece> columns = pieces(photo.width, scale, tile);
    const std::vector<Piece> rows = pieces(photo.height, scale, tile);
    for (const Piece& row : rows) {
      for (const Piece& column : columns) {
        passes.push_back({{column.begin, row.begin, column.end - column.begin, row.end - row.begin},
                          {column.size, row.size},
                          column.begin > 0,
                          row.begin > 0,
                          column.end < photo.width,
                          row.end < photo.height});
      }
    }
    const bool whole = rows.size() == 1 && columns.size() == 1;
    if (whole && longest * scale <= all_found) {
      return passes;
    }
    scale = whole ? scale / kReduction
                  : std::max(scale / kReduction, static_cast<double>(tile) / longest);
  }
}

}  // namespace everyface
