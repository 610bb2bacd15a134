#include <algorithm>
#include <cmath>
#include <utility>

#include "nn/graph_builder.h"

namespace everyface {

using Op = Node::Op;

bool GraphBuilder::pool(const OnnxNode& node) {
  const Value* input = map(node, 0);
  Node to;
  to.op = node.op == "MaxPool" ? Op::kMaxPool : Op::kAveragePool;
  if (input == nullptr) {
    return false;
  }
  if (node.op == "GlobalAveragePool") {
    to.window.height = 0;
  } else if (!window_of(node, to.window) || to.window.top != 0 || to.window.left != 0 ||
             to.window.bottom != 0 || to.window.right != 0 || to.window.dilation != 1) {
    return false;
  }
  to.inputs = {input->node};
  to.channels = node_of(*input).channels;
  return give(node, add(std::move(to)));
}

bool GraphBuilder::resize(const OnnxNode& node) {
  const Value* input = map(node, 0);
  const OnnxTensor* scales = constant(node, node.inputs.size() == 2 ? 1 : 2);
  if (input == nullptr || node.inputs.size() > 3 || scales == nullptr ||
      scales->floats.size() != 4 || scales->floats[0] != 1 || scales->floats[1] != 1 ||
      scales->floats[2] != scales->floats[3] || node.text("mode", "nearest") != "nearest" ||
      node.text("coordinate_transformation_mode", "asymmetric") != "asymmetric" ||
      node.text("nearest_mode", "floor") != "floor") {
    return false;
  }
  const float factor = scales->floats[2];
  if (!(factor >= 1 && factor <= 64) || factor != std::floor(factor)) {
    return false;
  }
  Node to;
  to.op = Op::kEnlarge;
  to.inputs = {input->node};
  to.channels = node_of(*input).channels;
  to.factor = static_cast<int>(factor);
  return give(node, add(std::move(to)));
}

/// Padding by nothing only.
bool GraphBuilder::pad(const OnnxNode& node) {
  const Value* input = map(node, 0);
  const auto pads = integers(node, 1);
  if (input == nullptr || !pads ||
      std::any_of(pads->begin(), pads->end(), [](std::int64_t size) { return size != 0; })) {
    return false;
  }
  // Two names for one value: the uses of both count.
  const int uses = uses_[node.inputs[0]] - 1 + uses_[node.outputs[0]];
  uses_[node.inputs[0]] = uses;
  uses_[node.outputs[0]] = uses;
  return give(node, input->node, input->vector);
}

bool GraphBuilder::concat(const OnnxNode& node) {
  std::vector<int> inputs;
  int channels = 0;
  std::size_t maps = 0;
  bool vectors = false;
  std::vector<std::optional<std::int64_t>> numbers;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const auto found = values_.find(node.inputs[i]);
    if (found != values_.end() && found->second.node >= 0) {
      inputs.push_back(found->second.node);
      channels += node_of(found->second).channels;
      maps += node_of(found->second).gives_map() ? 1U : 0U;
      vectors = vectors || found->second.vector;
    } else {
      const auto part = shape_of(node, i);
      numbers.insert(numbers.end(), part.begin(), part.end());
    }
  }
  if (inputs.empty()) {
    values_[node.outputs[0]].shape = numbers;
    return node.integer("axis", -1) == 0 && !numbers.empty();
  }
  if (vectors || inputs.size() != node.inputs.size() || (maps != 0 && maps != inputs.size()) ||
      node.integer("axis", -1) != 1 || channels > kMostChannels) {
    return false;
  }
  Node to;
  to.op = maps == 0 ? Op::kJoin : Op::kConcat;
  to.inputs = std::move(inputs);
  to.channels = channels;
  to.axis = 1;
  return give(node, add(std::move(to)));
}

bool GraphBuilder::split(const OnnxNode& node) {
  const Value* input = map(node, 0);
  const auto sizes = node.integers("split", {});
  if (input == nullptr || input->vector || node.integer("axis", 0) != 1 ||
      sizes.size() != node.outputs.size()) {
    return false;
  }
  const Value value = *input;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1 || begin + sizes[i] > node_of(value).channels) {
      return false;
    }
    Node to;
    to.op = Op::kSlice;
    to.inputs = {value.node};
    to.begin = static_cast<int>(begin);
    to.channels = static_cast<int>(sizes[i]);
    begin += sizes[i];
    values_[node.outputs[i]] = {add(std::move(to)), false, {}};
  }
  return begin == node_of(value).channels;
}

Node GraphBuilder::flattened(int node) const {
  Node to;
  to.op = Op::kFlatten;
  to.inputs = {node};
  to.channels = graph_.nodes[static_cast<std::size_t>(node)].channels;
  return to;
}

/// Channels last, as the heads of detectors are written.
bool GraphBuilder::transpose(const OnnxNode& node) {
  const Value* input = map(node, 0);
  if (input == nullptr || input->vector ||
      node.integers("perm", {}) != std::vector<std::int64_t>{0, 2, 3, 1}) {
    return false;
  }
  Node to = flattened(input->node);
  to.channels_last = true;
  to.dims = {1, 0, 0, to.channels};  // 0: set when the size is known
  return give(node, add(std::move(to)));
}

bool GraphBuilder::reshape(const OnnxNode& node) {
  const auto found = values_.find(node.inputs[0]);
  const auto dims = integers(node, 1);
  if (found == values_.end() || found->second.node < 0 || !dims || dims->size() > 5 ||
      node.integer("allowzero", 0) != 0 || std::count(dims->begin(), dims->end(), -1) > 1 ||
      std::any_of(dims->begin(), dims->end(),
                  [](std::int64_t dim) { return dim == 0 || dim < -1 || dim > kMostChannels; })) {
    return false;
  }
  const Value value = found->second;
  if (node_of(value).gives_map()) {
    Node to = flattened(value.node);
    to.dims = *dims;
    return give(node, add(std::move(to)));
  }
  if (node_of(value).op != Op::kFlatten || !only_use(node, 0)) {
    return false;
  }
  node_of(value).dims = *dims;
  return give(node, value.node);
}

bool GraphBuilder::softmax(const OnnxNode& node) {
  const auto found = values_.find(node.inputs[0]);
  if (found == values_.end() || found->second.node < 0 || node_of(found->second).gives_map() ||
      node.integer("axis", -1) != 2) {
    return false;
  }
  Node to;
  to.op = Op::kSoftmax;
  to.inputs = {found->second.node};
  to.axis = 2;
  return give(node, add(std::move(to)));
}

bool GraphBuilder::shape(const OnnxNode& node) {
  const auto found = values_.find(node.inputs[0]);
  if (found == values_.end() || found->second.node < 0 || found->second.vector) {
    return false;
  }
  const Node& from = node_of(found->second);
  if (from.gives_map()) {
    values_[node.outputs[0]].shape = {1, from.channels, std::nullopt, std::nullopt};
    return true;
  }
  values_[node.outputs[0]].shape = {1, std::nullopt, std::nullopt, from.channels};
  return from.op == Op::kFlatten && from.channels_last && from.dims.size() == 4;
}

bool GraphBuilder::gather(const OnnxNode& node) {
  const auto from = shape_of(node, 0);
  const auto index = integers(node, 1);
  if (node.integer("axis", 0) != 0 || !index || index->size() != 1 || (*index)[0] < 0 ||
      (*index)[0] >= static_cast<std::int64_t>(from.size())) {
    return false;
  }
  values_[node.outputs[0]].shape = {from[static_cast<std::size_t>((*index)[0])]};
  return true;
}

/// Of one number, which becomes a list of one.
bool GraphBuilder::unsqueeze(const OnnxNode& node) {
  const auto from = shape_of(node, 0);
  values_[node.outputs[0]].shape = from;
  return from.size() == 1;
}

}  // namespace everyface
