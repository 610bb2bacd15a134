#include "nn/engine.h"

#include <algorithm>
#include <iterator>
#include <opencv2/core.hpp>
#include <utility>

#include "nn/onnx_reader.h"

namespace everyface {
namespace {

using Op = Node::Op;

}  // namespace

Engine::Engine(Graph graph) : graph_(std::move(graph)) {}

Result<Engine> Engine::load(std::string_view onnx) {
  const auto file = read_onnx(onnx);
  if (!file) {
    return file.error();
  }
  auto graph = build_graph(*file);
  if (!graph) {
    return graph.error();
  }
  return Engine(std::move(*graph));
}

float* Engine::row_of(int index, int row) {
  const MapPlan& at = map(index);
  return buffer_.data() + at.at + size_of(row % at.kept) * at.row_stride() +
         size_of(at.left) * at.lanes();
}

std::vector<cv::Mat> Engine::run(const cv::Mat& blob, const std::vector<std::string>& names) {
  CV_Assert(blob.dims == 4 && blob.type() == CV_32F && blob.isContinuous());
  CV_Assert(blob.size[0] == 1 && blob.size[1] == graph_.nodes[0].channels);
  const std::vector<int> wanted = nodes_of(names);
  if (arrays_.empty() || plan_.height != blob.size[2] || plan_.width != blob.size[3]) {
    prepare(blob.size[2], blob.size[3]);
  }
  photo_ = blob.ptr<float>();
  std::fill(done_.begin(), done_.end(), 0);
  for (int index = 0; index < static_cast<int>(graph_.nodes.size()); ++index) {
    if (map(index).driver == index) {
      run_driver(index);
    }
  }
  std::vector<cv::Mat> outputs;
  outputs.reserve(wanted.size());
  for (const int index : wanted) {
    outputs.push_back(arrays_[size_of(index)]);
  }
  return outputs;
}

/// The nodes that give these outputs; no names: all outputs.
std::vector<int> Engine::nodes_of(const std::vector<std::string>& names) const {
  std::vector<int> nodes;
  if (names.empty()) {
    std::transform(graph_.outputs.begin(), graph_.outputs.end(), std::back_inserter(nodes),
                   [](const Graph::Output& output) { return output.node; });
  }
  for (const std::string& name : names) {
    const auto found = std::find_if(graph_.outputs.begin(), graph_.outputs.end(),
                                    [&](const auto& output) { return output.name == name; });
    CV_Assert(found != graph_.outputs.end());
    nodes.push_back(found->node);
  }
  return nodes;
}

void Engine::prepare(int height, int width) {
  arrays_.clear();  // no half-made plan where the next line throws
  plan_ = make_plan(graph_, height, width);
  if (buffer_.size() < plan_.floats) {
    buffer_ = Floats();
    buffer_.resize(plan_.floats);
  }
  std::fill(buffer_.data() + plan_.zeros, buffer_.data() + plan_.floats, 0.0F);
  done_.assign(graph_.nodes.size(), 0);
  std::vector<cv::Mat> arrays(graph_.nodes.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (!graph_.nodes[i].gives_map()) {
      arrays[i].create(plan_.dims[i], CV_32F);
    }
  }
  arrays_ = std::move(arrays);
}

/// Computes a node as a whole, and on the way the rows that it asks for.
void Engine::run_driver(int driver) {
  for (int index = 0; index <= driver; ++index) {
    if (map(index).driver == driver && node(index).gives_map()) {
      clear_borders(index);
    }
  }
  if (node(driver).gives_map()) {
    produce(driver, map(driver).height - 1);
  } else if (node(driver).op == Op::kFlatten) {
    produce(driver, map(node(driver).inputs[0]).height - 1);
  }
  if (!node(driver).gives_map()) {
    finish_array(node(driver), driver);
  }
}

/// Other maps lay here before.
void Engine::clear_borders(int index) {
  const MapPlan& at = map(index);
  const std::size_t lanes = at.lanes();
  for (int row = 0; row < at.kept && at.left + at.right > 0; ++row) {
    for (int block = 0; block < at.blocks; ++block) {
      float* pixels = row_of(index, row) + size_of(block) * at.block_stride();
      std::fill(pixels - size_of(at.left) * lanes, pixels, 0.0F);
      float* end = pixels + size_of(at.width) * lanes;
      std::fill(end, end + size_of(at.right) * lanes, 0.0F);
    }
  }
}

/// Computes the rows of a node up to this one, if they are not there yet.
void Engine::produce(int index, int row) {
  const Node& what = node(index);
  for (int& done = done_[size_of(index)]; done <= row; ++done) {
    for (std::size_t i = 0; i < what.inputs.size(); ++i) {
      const MapPlan& from = map(what.inputs[i]);
      produce(what.inputs[i], std::min(rows_needed(what, i, from, done).last, from.height - 1));
    }
    compute(index, done);
  }
}

}  // namespace everyface
