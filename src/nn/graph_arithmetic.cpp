#include <algorithm>
#include <cmath>
#include <utility>

#include "nn/graph_builder.h"

namespace everyface {

using Op = Node::Op;
using Function = Activation::Function;

bool GraphBuilder::window_of(const OnnxNode& node, Window& window) {
  const auto kernel = node.integers("kernel_shape", {});
  const auto strides = node.integers("strides", {1, 1});
  const auto dilations = node.integers("dilations", {1, 1});
  const auto pads = node.integers("pads", {0, 0, 0, 0});
  const auto fits = [](const std::vector<std::int64_t>& list, std::size_t size, int least) {
    return list.size() == size && std::all_of(list.begin(), list.end(), [&](std::int64_t value) {
             return value >= least && value <= kLargestWindow;
           });
  };
  if (!fits(kernel, 2, 1) || !fits(strides, 2, 1) || !fits(dilations, 2, 1) || !fits(pads, 4, 0) ||
      strides[0] != strides[1] || dilations[0] != dilations[1] ||
      node.text("auto_pad", "NOTSET") != "NOTSET") {
    return false;
  }
  const auto as_int = [](std::int64_t value) { return static_cast<int>(value); };
  window = {as_int(kernel[0]),    as_int(kernel[1]), as_int(strides[0]),
            as_int(dilations[0]), as_int(pads[0]),   as_int(pads[1]),
            as_int(pads[2]),      as_int(pads[3]),   node.integer("ceil_mode", 0) != 0};
  return true;
}

bool GraphBuilder::convolution(const OnnxNode& node) {
  const Value* input = map(node, 0);
  const OnnxTensor* weights = constant(node, 1);
  const OnnxTensor* bias = constant(node, 2);
  if (input == nullptr || weights == nullptr || weights->dims.size() != 4 ||
      (node.inputs.size() > 2 && bias == nullptr)) {
    return false;
  }
  Node to;
  to.inputs = {input->node};
  const std::int64_t channels = weights->dims[0];
  const std::int64_t from = node_of(*input).channels;
  const std::int64_t groups = node.integer("group", 1);
  const bool depthwise = groups == from && channels == from && weights->dims[1] == 1 && from > 1;
  if (!window_of(node, to.window) || weights->dims[2] != to.window.height ||
      weights->dims[3] != to.window.width || channels < 1 || channels > kMostChannels ||
      (!depthwise && (groups != 1 || weights->dims[1] != from)) ||
      (bias != nullptr && bias->floats.size() != static_cast<std::size_t>(channels))) {
    return false;
  }
  to.op = depthwise ? Op::kDepthwise : Op::kConvolve;
  to.channels = static_cast<int>(channels);
  to.weights.assign(weights->floats.begin(), weights->floats.end());
  to.bias.assign(in_blocks(to.channels), 0);
  if (bias != nullptr) {
    std::copy(bias->floats.begin(), bias->floats.end(), to.bias.begin());
  }
  return give(node, add(std::move(to)));
}

/// A fully connected layer: a vector, which the channels of a map of one pixel are, times a
/// matrix.
bool GraphBuilder::matrix_product(const OnnxNode& node) {
  const auto found = values_.find(node.inputs[0]);
  const OnnxTensor* matrix = constant(node, 1);
  if (found == values_.end() || found->second.node < 0 || matrix == nullptr ||
      matrix->dims.size() != 2) {
    return false;
  }
  Value value = found->second;
  const Node& from = node_of(value);
  if (!value.vector) {
    if (from.op != Op::kFlatten || from.dims != std::vector<std::int64_t>{1, -1} ||
        from.channels_last || !from.activation.none()) {
      return false;
    }
    value.node = from.inputs[0];
  }
  const auto rows = static_cast<std::size_t>(matrix->dims[0]);
  const auto columns = static_cast<std::size_t>(matrix->dims[1]);
  if (rows != static_cast<std::size_t>(node_of(value).channels) || columns < 1 ||
      columns > static_cast<std::size_t>(kMostChannels)) {
    return false;
  }
  Node to;
  to.op = Op::kConvolve;
  to.inputs = {value.node};
  to.channels = static_cast<int>(columns);
  to.bias.assign(in_blocks(to.channels), 0);
  to.weights.resize(rows * columns);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      to.weights[column * rows + row] = matrix->floats[row * columns + column];
    }
  }
  return give(node, add(std::move(to)), true);
}

/// A constant as one value a channel of this map, in whole blocks; nothing where it is none.
std::optional<Floats> GraphBuilder::per_channel(const OnnxTensor& tensor, const Value& value,
                                                bool plain_list) {
  const auto channels = static_cast<std::size_t>(node_of(value).channels);
  Floats list(in_blocks(node_of(value).channels), 0);
  if (tensor.floats.size() == 1 && tensor.dims.size() <= 4) {
    std::fill_n(list.begin(), channels, tensor.floats[0]);
    return list;
  }
  // Shapes are aligned at the end: C x 1 x 1 before a map's rows and columns.
  std::vector<std::int64_t> dims = tensor.dims;
  if (!value.vector && !plain_list) {
    if (dims.size() < 3 || dims[dims.size() - 1] != 1 || dims[dims.size() - 2] != 1) {
      return std::nullopt;
    }
    dims.resize(dims.size() - 2);
  }
  const bool fits = !dims.empty() && dims.size() <= 2 && (dims.size() == 1 || dims[0] == 1) &&
                    dims.back() == static_cast<std::int64_t>(channels);
  if (!fits || tensor.floats.size() != channels) {
    return std::nullopt;
  }
  std::copy(tensor.floats.begin(), tensor.floats.end(), list.begin());
  return list;
}

/// x * scale + shift, in the node that gives x where that is possible.
bool GraphBuilder::affine(const OnnxNode& node, std::size_t input, const Floats& scale,
                          const Floats& shift) {
  const Value value = *map(node, input);
  Node& from = node_of(value);
  const bool free = only_use(node, input) && from.activation.none();
  if (free &&
      (from.op == Op::kDepthwise || (from.op == Op::kConvolve && from.inputs.size() == 1))) {
    const std::size_t each = from.weights.size() / static_cast<std::size_t>(from.channels);
    for (std::size_t i = 0; i < from.weights.size(); ++i) {
      from.weights[i] *= scale[i / each];
    }
    for (std::size_t c = 0; c < from.bias.size(); ++c) {
      from.bias[c] = from.bias[c] * scale[c] + shift[c];
    }
    return give(node, value.node, value.vector);
  }
  if (free && (from.op == Op::kAffine || from.op == Op::kInput)) {
    if (from.scale.empty()) {
      from.scale.assign(scale.size(), 1);
      from.shift.assign(scale.size(), 0);
    }
    for (std::size_t c = 0; c < scale.size(); ++c) {
      from.scale[c] *= scale[c];
      from.shift[c] = from.shift[c] * scale[c] + shift[c];
    }
    return give(node, value.node, value.vector);
  }
  Node to;
  to.op = Op::kAffine;
  to.inputs = {value.node};
  to.channels = from.channels;
  to.scale = scale;
  to.shift = shift;
  return give(node, add(std::move(to)), value.vector);
}

bool GraphBuilder::batch_normalization(const OnnxNode& node) {
  const Value* input = map(node, 0);
  if (input == nullptr || node.integer("training_mode", 0) != 0) {
    return false;
  }
  Floats parameters[4];  // gain, offset, mean, variance
  for (std::size_t i = 0; i < 4; ++i) {
    const OnnxTensor* tensor = constant(node, i + 1);
    const auto list = tensor == nullptr ? std::nullopt : per_channel(*tensor, *input, true);
    if (!list || tensor->floats.size() != static_cast<std::size_t>(node_of(*input).channels)) {
      return false;
    }
    parameters[i] = *list;
  }
  const float epsilon = node.number("epsilon", 1e-5F);
  Floats scale(parameters[0].size(), 0);
  Floats shift(parameters[0].size(), 0);
  for (std::size_t c = 0; c < static_cast<std::size_t>(node_of(*input).channels); ++c) {
    scale[c] = parameters[0][c] / std::sqrt(parameters[3][c] + epsilon);
    shift[c] = parameters[1][c] - parameters[2][c] * scale[c];
  }
  return affine(node, 0, scale, shift);
}

bool GraphBuilder::arithmetic(const OnnxNode& node) {
  if (node.inputs.size() != 2) {
    return false;
  }
  if (map(node, 0) != nullptr && map(node, 1) != nullptr) {
    return arithmetic_of_maps(node);
  }
  const std::size_t at = map(node, 0) != nullptr ? 0 : 1;
  const OnnxTensor* other = constant(node, 1 - at);
  const bool commutes = node.op == "Add" || node.op == "Mul";
  if (map(node, at) == nullptr || other == nullptr || (at == 1 && !commutes)) {
    return false;
  }
  auto list = per_channel(*other, *map(node, at));
  if (!list) {
    return false;
  }
  Floats neutral(list->size(), 0);
  if (node.op == "Add" || node.op == "Sub") {
    for (float& value : *list) {
      value = node.op == "Add" ? value : -value;
    }
    return affine(node, at, Floats(list->size(), 1), *list);
  }
  for (float& value : *list) {
    value = node.op == "Mul" || value == 0 ? value : 1 / value;
  }
  return affine(node, at, *list, neutral);
}

bool GraphBuilder::arithmetic_of_maps(const OnnxNode& node) {
  Value first = *map(node, 0);
  Value second = *map(node, 1);
  if (node.op == "Div" || node_of(first).channels != node_of(second).channels ||
      first.vector != second.vector) {
    return false;
  }
  // A sum goes into the convolution that gives one of the two, if the other is there by then.
  for (const bool swapped : {false, true}) {
    const Value& late = swapped ? first : second;
    const Value& early = swapped ? second : first;
    Node& from = node_of(late);
    if (node.op == "Add" && early.node < late.node && from.op == Op::kConvolve &&
        from.inputs.size() == 1 && from.activation.none() && only_use(node, swapped ? 0 : 1)) {
      from.inputs.push_back(early.node);
      return give(node, late.node, late.vector);
    }
  }
  Node to;
  to.op = node.op == "Add" ? Op::kAdd : (node.op == "Sub" ? Op::kSubtract : Op::kMultiply);
  to.inputs = {first.node, second.node};
  to.channels = node_of(first).channels;
  return give(node, add(std::move(to)), first.vector);
}

/// Squares only.
bool GraphBuilder::power(const OnnxNode& node) {
  const Value* input = map(node, 0);
  const OnnxTensor* exponent = constant(node, 1);
  if (input == nullptr || exponent == nullptr || exponent->floats != std::vector<float>{2.0F}) {
    return false;
  }
  Node to;
  to.op = Op::kMultiply;
  to.inputs = {input->node, input->node};
  to.channels = node_of(*input).channels;
  return give(node, add(std::move(to)), input->vector);
}

std::optional<Activation> GraphBuilder::activation_of(const OnnxNode& node, const Value& input) {
  Activation result;
  if (node.op == "Relu") {
    result.low = 0;
  } else if (node.op == "LeakyRelu") {
    result.slopes.assign(in_blocks(node_of(input).channels), node.number("alpha", 0.01F));
  } else if (node.op == "PRelu") {
    const OnnxTensor* slopes = constant(node, 1);
    const auto list = slopes == nullptr ? std::nullopt : per_channel(*slopes, input);
    if (!list) {
      return std::nullopt;
    }
    result.slopes = *list;
  } else if (node.op == "Clip") {
    result.low = node.number("min", result.low);
    result.high = node.number("max", result.high);
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      const OnnxTensor* limit = constant(node, i);
      if (node.inputs[i].empty()) {
        continue;
      }
      if (limit == nullptr || limit->floats.size() != 1) {
        return std::nullopt;
      }
      (i == 1 ? result.low : result.high) = limit->floats[0];
    }
  } else {
    result.function = node.op == "Tanh" ? Function::kTanh : Function::kSigmoid;
  }
  return result;
}

bool GraphBuilder::activation(const OnnxNode& node) {
  const auto found = values_.find(node.inputs[0]);
  if (found == values_.end() || found->second.node < 0) {
    return false;
  }
  const Value value = found->second;
  Node& from = node_of(value);
  const bool free = only_use(node, 0) && from.activation.none() && from.op != Op::kInput;
  if (!from.gives_map() && (node.op != "Sigmoid" || !free)) {
    return false;
  }
  auto result = activation_of(node, value);
  if (!result) {
    return false;
  }
  if (free) {
    from.activation = std::move(*result);
    return give(node, value.node, value.vector);
  }
  Node to;
  to.op = Op::kAffine;
  to.inputs = {value.node};
  to.channels = from.channels;
  to.activation = std::move(*result);
  return give(node, add(std::move(to)), value.vector);
}

}  // namespace everyface
