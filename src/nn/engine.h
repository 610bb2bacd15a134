// The inference engine: runs a Graph on photos of any size, on one thread.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "nn/aligned.h"
#include "nn/graph.h"
#include "nn/plan.h"

namespace everyface {

class Engine {
 public:
  explicit Engine(Graph graph);

  /// From the bytes of an ONNX file. Error: not one, or not the engine's (see build_graph()).
  static Result<Engine> load(std::string_view onnx);

  /// Runs the network on a blob (1 × channels × height × width, CV_32F, contiguous). The named
  /// outputs, in the order asked for; with no names, all. They are valid until the next run. The
  /// result depends on nothing but the blob. Memory: what the last blob's size needs, or a larger
  /// one's before it. Throws cv::Exception where the blob does not fit the network or a name is
  /// none of its outputs.
  std::vector<cv::Mat> run(const cv::Mat& blob, const std::vector<std::string>& names);

 private:
  [[nodiscard]] std::vector<int> nodes_of(const std::vector<std::string>& names) const;
  void prepare(int height, int width);
  void run_driver(int driver);
  void produce(int index, int row);
  void clear_borders(int index);
  // One row of a node, from rows of its inputs that are there.
  void compute(int index, int row);
  void read_photo(const Node& what, int index, int row);
  void convolve(const Node& what, int index, int row);
  void pool(const Node& what, int index, int row);
  void combine_maps(const Node& what, int index, int row);
  void enlarge(const Node& what, int index, int row);
  void scale(const Node& what, int index, int row);
  void copy_channels(const Node& what, int index, int row);
  void flatten(const Node& what, int index, int row);
  void activate(const Node& what, int index, int row);
  void finish_array(const Node& what, int index);

  [[nodiscard]] const Node& node(int index) const {
    return graph_.nodes[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const MapPlan& map(int index) const {
    return plan_.maps[static_cast<std::size_t>(index)];
  }
  /// The first pixel of a map's row.
  float* row_of(int index, int row);

  Graph graph_;
  Plan plan_;
  Floats buffer_;                   // of all maps; never shrinks
  std::vector<cv::Mat> arrays_;     // one a node
  std::vector<int> done_;           // rows computed, one a node
  std::vector<const float*> rows_;  // scratch: a window's rows
  const float* photo_ = nullptr;    // the blob of this run
};

}  // namespace everyface
