// Where a network's values lie in memory for one size of its input.
//
// A map is computed row by row. Where one node alone takes it, and it is large, only as many rows
// are kept as that node's window has: a row is computed when the next node asks for it, and lies
// still in the cache when it is read. Such a chain of maps ends at a node that is computed as a
// whole, the chain's driver.
#pragma once

#include <cstddef>
#include <vector>

#include "nn/graph.h"
#include "nn/kernels.h"

namespace everyface {

struct MapPlan {
  int height = 0;
  int width = 0;
  int left = 0;  ///< columns of zeros beside each row, for those who pad
  int right = 0;
  int kept = 0;         ///< rows in memory; row y lies where y modulo `kept` does
  bool planes = false;  ///< blocks of one channel (see kernels.h)
  int blocks = 0;
  int driver = 0;      ///< the node in whose turn the map is computed: itself if kept whole
  std::size_t at = 0;  ///< of row 0 in the buffer, in floats

  [[nodiscard]] std::size_t lanes() const { return planes ? 1 : kBlock; }
  [[nodiscard]] std::size_t block_stride() const {
    return static_cast<std::size_t>(left + width + right) * lanes();
  }
  /// From row to row; rows of planes begin at whole vectors, too.
  [[nodiscard]] std::size_t row_stride() const {
    return (static_cast<std::size_t>(blocks) * block_stride() + kBlock - 1) / kBlock * kBlock;
  }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(kept) * row_stride(); }
};

struct Plan {
  int height = 0;  ///< of the input
  int width = 0;
  std::vector<MapPlan> maps;           ///< one a node; of nodes that give arrays only `driver`
  std::vector<std::vector<int>> dims;  ///< one a node; of nodes that give maps empty
  std::size_t zeros = 0;               ///< where a row of zeros lies in the buffer
  std::size_t floats = 0;              ///< size of the buffer
};

/// Rows `first` to `last` of its map number `input` that row `y` of a node's output takes, some of
/// them perhaps outside the map.
struct RowRange {
  int first = 0;
  int last = 0;
};
RowRange rows_needed(const Node& node, std::size_t input, const MapPlan& map, int y);

/// Throws cv::Exception where an input of this size does not fit the network.
Plan make_plan(const Graph& graph, int height, int width);

}  // namespace everyface
