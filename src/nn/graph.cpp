#include "nn/graph.h"

#include <algorithm>
#include <utility>

#include "everyface/base/text.h"
#include "nn/graph_builder.h"

namespace everyface {

using Op = Node::Op;

namespace {

/// A name out of the file as a message may hold it.
std::string shown(const std::string& name) {
  std::string line = to_valid_utf8(name);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
  return line;
}

}  // namespace

Result<Graph> GraphBuilder::build() {
  if (onnx_.input_dims.size() != 4 || onnx_.input_dims[1] < 1 ||
      onnx_.input_dims[1] > kMostChannels) {
    return Error{"its input is no photo with a fixed number of channels"};
  }
  count_uses();
  Node input;
  input.channels = static_cast<int>(onnx_.input_dims[1]);
  values_[onnx_.input].node = add(std::move(input));
  for (const OnnxNode& node : onnx_.nodes) {
    if (!lower(node)) {
      return Error{"operator " + shown(node.op) + " (as used in it) is not one of the engine's"};
    }
  }
  return finish();
}

void GraphBuilder::count_uses() {
  for (const OnnxNode& node : onnx_.nodes) {
    for (const std::string& input : node.inputs) {
      uses_[input] += node.op == "Shape" ? 0 : 1;  // a shape is read here, not as it runs
    }
  }
  for (const std::string& output : onnx_.outputs) {
    ++uses_[output];
  }
}

int GraphBuilder::add(Node node) {
  graph_.nodes.push_back(std::move(node));
  return static_cast<int>(graph_.nodes.size()) - 1;
}

Node& GraphBuilder::node_of(const Value& value) {
  return graph_.nodes[static_cast<std::size_t>(value.node)];
}

/// The map that is the node's input; null where it is none.
const GraphBuilder::Value* GraphBuilder::map(const OnnxNode& node, std::size_t input) {
  if (input >= node.inputs.size()) {
    return nullptr;
  }
  const auto found = values_.find(node.inputs[input]);
  return found == values_.end() || found->second.node < 0 || !node_of(found->second).gives_map()
             ? nullptr
             : &found->second;
}

/// The constant of floats that is the node's input; null where it is none.
const OnnxTensor* GraphBuilder::constant(const OnnxNode& node, std::size_t input) const {
  if (input >= node.inputs.size()) {
    return nullptr;
  }
  const auto found = onnx_.constants.find(node.inputs[input]);
  return found == onnx_.constants.end() || !found->second.is_float ? nullptr : &found->second;
}

/// Whole numbers that are the node's input, from a constant or computed from shapes.
std::optional<std::vector<std::int64_t>> GraphBuilder::integers(const OnnxNode& node,
                                                                std::size_t input) const {
  const auto shape = shape_of(node, input);
  std::vector<std::int64_t> numbers;
  for (const auto& number : shape) {
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(*number);
  }
  return numbers.empty() ? std::nullopt : std::optional(numbers);
}

std::vector<std::optional<std::int64_t>> GraphBuilder::shape_of(const OnnxNode& node,
                                                                std::size_t input) const {
  if (input >= node.inputs.size()) {
    return {};
  }
  const auto found = onnx_.constants.find(node.inputs[input]);
  if (found != onnx_.constants.end()) {
    return {found->second.integers.begin(), found->second.integers.end()};
  }
  const auto value = values_.find(node.inputs[input]);
  return value == values_.end() ? std::vector<std::optional<std::int64_t>>() : value->second.shape;
}

/// Nothing else takes this input, so that its node may be changed.
bool GraphBuilder::only_use(const OnnxNode& node, std::size_t input) const {
  return uses_.at(node.inputs[input]) == 1;
}

bool GraphBuilder::give(const OnnxNode& node, int result, bool vector) {
  values_[node.outputs[0]] = {result, vector, {}};
  return true;
}

bool GraphBuilder::lower(const OnnxNode& node) {
  using Method = bool (GraphBuilder::*)(const OnnxNode&);
  static const std::map<std::string, Method> methods = {
      {"Conv", &GraphBuilder::convolution},
      {"BatchNormalization", &GraphBuilder::batch_normalization},
      {"Add", &GraphBuilder::arithmetic},
      {"Sub", &GraphBuilder::arithmetic},
      {"Mul", &GraphBuilder::arithmetic},
      {"Div", &GraphBuilder::arithmetic},
      {"Pow", &GraphBuilder::power},
      {"Relu", &GraphBuilder::activation},
      {"LeakyRelu", &GraphBuilder::activation},
      {"PRelu", &GraphBuilder::activation},
      {"Clip", &GraphBuilder::activation},
      {"Sigmoid", &GraphBuilder::activation},
      {"Tanh", &GraphBuilder::activation},
      {"MaxPool", &GraphBuilder::pool},
      {"AveragePool", &GraphBuilder::pool},
      {"GlobalAveragePool", &GraphBuilder::pool},
      {"Resize", &GraphBuilder::resize},
      {"Pad", &GraphBuilder::pad},
      {"Concat", &GraphBuilder::concat},
      {"Split", &GraphBuilder::split},
      {"Transpose", &GraphBuilder::transpose},
      {"Reshape", &GraphBuilder::reshape},
      {"MatMul", &GraphBuilder::matrix_product},
      {"Softmax", &GraphBuilder::softmax},
      {"Shape", &GraphBuilder::shape},
      {"Gather", &GraphBuilder::gather},
      {"Unsqueeze", &GraphBuilder::unsqueeze},
  };
  const auto method = methods.find(node.op);
  return method != methods.end() && !node.inputs.empty() && !node.outputs.empty() &&
         (node.outputs.size() == 1 || node.op == "Split") && (this->*method->second)(node);
}

Result<Graph> GraphBuilder::finish() {
  for (const std::string& name : onnx_.outputs) {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.node < 0) {
      return Error{"an output is a constant or a shape"};
    }
    int node = found->second.node;
    if (node_of(found->second).gives_map()) {
      Node to = flattened(node);
      if (found->second.vector) {
        to.dims = {1, -1};
      }
      node = add(std::move(to));
    }
    graph_.outputs.push_back({name, node});
  }
  remove_unused();
  for (Node& node : graph_.nodes) {
    pack(node);
  }
  return std::move(graph_);
}

void GraphBuilder::remove_unused() {
  std::vector<bool> used(graph_.nodes.size(), false);
  used[0] = true;
  for (const Graph::Output& output : graph_.outputs) {
    used[static_cast<std::size_t>(output.node)] = true;
  }
  for (std::size_t i = graph_.nodes.size(); i-- > 0;) {
    for (const int input : graph_.nodes[i].inputs) {
      used[static_cast<std::size_t>(input)] = used[static_cast<std::size_t>(input)] || used[i];
    }
  }
  std::vector<int> moved(graph_.nodes.size(), -1);
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (used[i]) {
      moved[i] = static_cast<int>(kept.size());
      kept.push_back(std::move(graph_.nodes[i]));
      for (int& input : kept.back().inputs) {
        input = moved[static_cast<std::size_t>(input)];
      }
    }
  }
  for (Graph::Output& output : graph_.outputs) {
    output.node = moved[static_cast<std::size_t>(output.node)];
  }
  graph_.nodes = std::move(kept);
}

/// Weights in the order in which the kernels take them, see kernels.h.
void GraphBuilder::pack(Node& node) {
  if (node.op != Op::kConvolve && node.op != Op::kDepthwise) {
    return;
  }
  const auto taps =
      static_cast<std::size_t>(node.window.height) * static_cast<std::size_t>(node.window.width);
  const auto channels = static_cast<std::size_t>(node.channels);
  const std::size_t from = node.weights.size() / taps / channels;
  Floats packed(in_blocks(node.channels) * taps * from, 0);
  for (std::size_t to = 0; to < channels; ++to) {
    for (std::size_t channel = 0; channel < from; ++channel) {
      for (std::size_t tap = 0; tap < taps; ++tap) {
        const std::size_t at = (to / kBlock * taps + tap) * from + channel;
        packed[at * kBlock + to % kBlock] = node.weights[(to * from + channel) * taps + tap];
      }
    }
  }
  node.weights = std::move(packed);
}

Result<Graph> build_graph(const OnnxGraph& onnx) { return GraphBuilder(onnx).build(); }

}  // namespace everyface
