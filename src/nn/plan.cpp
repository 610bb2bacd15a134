#include "nn/plan.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>

namespace everyface {
namespace {

using Op = Node::Op;

/// Maps of fewer bytes are kept whole: they fit into the cache, and a convolution with many
/// weights had better run through them once for all rows.
constexpr std::size_t kSmallMap = 128 * 1024;

constexpr std::size_t kMostFloats = std::size_t{1} << 30U;

/// Longer than any side of a photo.
constexpr int kLongestSide = 1 << 20;

void require(bool holds, const char* why) {
  if (!holds) {
    CV_Error(cv::Error::StsUnmatchedSizes, why);
  }
}

int windows(int length, int before, int after, int kernel, const Window& window) {
  const int room = length + before + after - window.dilation * (kernel - 1) - 1;
  require(room >= 0, "the input is too small for the network");
  int count = room / window.stride + 1;
  if (window.round_up && room % window.stride != 0 && count * window.stride < length + before) {
    ++count;
  }
  return count;
}

class Planner {
 public:
  Planner(const Graph& graph, int height, int width) : graph_(graph) {
    plan_.height = height;
    plan_.width = width;
    plan_.maps.resize(graph.nodes.size());
    plan_.dims.resize(graph.nodes.size());
    consumers_.resize(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const int input : graph.nodes[i].inputs) {
        consumers_[size_of(input)].push_back(i);
      }
    }
  }

  Plan make() {
    require(plan_.height > 0 && plan_.width > 0 && plan_.height <= kLongestSide &&
                plan_.width <= kLongestSide,
            "the input is empty or too large");
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].gives_map()) {
        size_map(i);
      } else {
        size_array(i);
      }
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const int input : graph_.nodes[i].inputs) {
        widen(graph_.nodes[i], plan_.maps[size_of(input)], plan_.maps[i]);
      }
    }
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
      choose_rows(i);
    }
    place();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] const MapPlan& input_map(const Node& node, std::size_t input) const {
    return plan_.maps[size_of(node.inputs[input])];
  }

  void size_map(std::size_t i) {
    const Node& node = graph_.nodes[i];
    MapPlan& map = plan_.maps[i];
    if (node.op == Op::kInput) {
      map.height = plan_.height;
      map.width = plan_.width;
      map.planes =
          node.channels <= 4 &&
          std::all_of(consumers_[i].begin(), consumers_[i].end(), [&](std::size_t c) {
            return graph_.nodes[c].op == Op::kConvolve && graph_.nodes[c].inputs.size() == 1;
          });
      map.blocks = map.planes ? node.channels : whole_blocks(node.channels) / kBlock;
      return;
    }
    const MapPlan& from = input_map(node, 0);
    map.height = from.height;
    map.width = from.width;
    map.blocks = whole_blocks(node.channels) / kBlock;
    if (node.op == Op::kEnlarge) {
      map.height *= node.factor;
      map.width *= node.factor;
    } else if (node.op == Op::kConvolve || node.op == Op::kDepthwise || node.op == Op::kMaxPool ||
               node.op == Op::kAveragePool) {
      const Window& window = node.window;
      const bool all = window.height == 0;
      map.height = all ? 1 : windows(from.height, window.top, window.bottom, window.height, window);
      map.width = all ? 1 : windows(from.width, window.left, window.right, window.width, window);
    }
    require(map.height <= kLongestSide && map.width <= kLongestSide, "the input is too large");
    // Maps that go together have the same size; a second factor or summand may be one pixel.
    const bool one_pixel =
        node.op == Op::kAdd || node.op == Op::kSubtract || node.op == Op::kMultiply;
    for (std::size_t input = 1; input < node.inputs.size(); ++input) {
      const MapPlan& other = input_map(node, input);
      require((other.height == map.height && other.width == map.width) ||
                  (one_pixel && other.height == 1 && other.width == 1),
              "the input's size gives maps that do not fit together");
    }
  }

  void size_array(std::size_t i) {
    const Node& node = graph_.nodes[i];
    std::vector<int>& dims = plan_.dims[i];
    if (node.op == Op::kFlatten) {
      const MapPlan& from = input_map(node, 0);
      flatten_dims(node, from, dims);
      return;
    }
    dims = plan_.dims[size_of(node.inputs[0])];
    const auto axis = size_of(node.axis);
    require(node.op == Op::kSoftmax ? dims.size() == axis + 1 : dims.size() > axis && dims[0] == 1,
            "an array has the wrong number of dimensions");
    for (std::size_t input = 1; input < node.inputs.size(); ++input) {
      std::vector<int> other = plan_.dims[size_of(node.inputs[input])];
      require(other.size() == dims.size(), "arrays do not fit together");
      const int length = std::exchange(other[axis], dims[axis]);
      require(other == dims, "arrays do not fit together");
      dims[axis] += length;
    }
  }

  static void flatten_dims(const Node& node, const MapPlan& from, std::vector<int>& dims) {
    if (node.dims.empty()) {
      dims = {1, node.channels, from.height, from.width};
      return;
    }
    if (node.dims.size() == 4 && node.dims[1] == 0) {
      dims = {1, from.height, from.width, node.channels};
      return;
    }
    const auto total = static_cast<std::int64_t>(node.channels) * from.height * from.width;
    std::int64_t known = 1;
    for (const std::int64_t dim : node.dims) {
      known *= dim > 0 ? dim : 1;
      require(known <= total, "an array's shape does not fit its map");
    }
    require(total % known == 0, "an array's shape does not fit its map");
    for (const std::int64_t dim : node.dims) {
      dims.push_back(static_cast<int>(dim > 0 ? dim : total / known));
    }
    const bool open = std::find(node.dims.begin(), node.dims.end(), -1) != node.dims.end();
    require(open || known == total, "an array's shape does not fit its map");
  }

  /// Columns of zeros for a node that pads.
  static void widen(const Node& node, MapPlan& from, const MapPlan& to) {
    if (node.op != Op::kConvolve && node.op != Op::kDepthwise) {
      return;
    }
    const Window& window = node.window;
    const int last = (to.width - 1) * window.stride + (window.width - 1) * window.dilation;
    from.left = std::max(from.left, window.left);
    from.right = std::max(from.right, last - window.left - (from.width - 1));
  }

  void choose_rows(std::size_t i) {
    MapPlan& map = plan_.maps[i];
    map.driver = static_cast<int>(i);
    if (!graph_.nodes[i].gives_map()) {
      return;
    }
    map.kept = map.height;
    if (consumers_[i].size() != 1 || map.size() * sizeof(float) < kSmallMap) {
      return;
    }
    const std::size_t consumer = consumers_[i].front();
    const Node& next = graph_.nodes[consumer];
    const std::size_t input = next.inputs[0] == static_cast<int>(i) ? 0 : 1;
    const RowRange rows = rows_needed(next, input, map, 0);
    map.driver = plan_.maps[consumer].driver;
    map.kept = std::min(map.height, rows.last - rows.first + 1);
  }

  /// Gives each map its place in the buffer: the first that no map still needed takes.
  void place() {
    struct Placed {
      std::size_t at;
      std::size_t end;
      int last;
    };
    std::vector<Placed> placed;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      // In the order of turns: first the rows kept for this node, then its own map.
      for (std::size_t member = 0; member <= i; ++member) {
        MapPlan& map = plan_.maps[member];
        if (map.driver != static_cast<int>(i) || !graph_.nodes[member].gives_map()) {
          continue;
        }
        int last = map.driver;
        for (const std::size_t consumer : consumers_[member]) {
          last = std::max(last, plan_.maps[consumer].driver);
        }
        const std::size_t size = map.size();
        longest = std::max(longest, map.row_stride());
        map.at = 0;
        for (const Placed& other : placed) {  // sorted by place
          if (other.last >= map.driver && other.at < map.at + size && other.end > map.at) {
            map.at = other.end;
          }
        }
        const Placed mine = {map.at, map.at + size, last};
        placed.insert(
            std::upper_bound(placed.begin(), placed.end(), mine,
                             [](const Placed& a, const Placed& b) { return a.at < b.at; }),
            mine);
        plan_.zeros = std::max(plan_.zeros, mine.end);
      }
    }
    plan_.floats = plan_.zeros + longest;
    require(plan_.floats < kMostFloats, "the input is too large");
  }

  const Graph& graph_;
  Plan plan_;
  std::vector<std::vector<std::size_t>> consumers_;
};

}  // namespace

RowRange rows_needed(const Node& node, std::size_t input, const MapPlan& map, int y) {
  if (input > 0) {
    return {y, y};
  }
  switch (node.op) {
    case Op::kConvolve:
    case Op::kDepthwise:
    case Op::kMaxPool:
    case Op::kAveragePool: {
      if (node.window.height == 0) {
        return {0, map.height - 1};
      }
      const int first = y * node.window.stride - node.window.top;
      return {first, first + (node.window.height - 1) * node.window.dilation};
    }
    case Op::kEnlarge:
      return {y / node.factor, y / node.factor};
    default:
      return {y, y};
  }
}

Plan make_plan(const Graph& graph, int height, int width) {
  return Planner(graph, height, width).make();
}

}  // namespace everyface
