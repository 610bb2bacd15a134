#include "nn/onnx_reader.h"

#include <onnx/onnx_pb.h>
#include <opencv2/core/cvdef.h>

#include <cstring>
#include <limits>
#include <set>
#include <utility>

namespace everyface {
namespace {

/// More values than any constant of a network has.
constexpr std::int64_t kMostValues = std::int64_t{1} << 28;

Error not_onnx(const std::string& why) { return Error{"not an ONNX network: " + why}; }

/// The number of values of a shape; -1 where it is not one.
std::int64_t count_of(const std::vector<std::int64_t>& dims) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || dim > kMostValues) {
      return -1;
    }
    count *= dim;
    if (count > kMostValues) {
      return -1;
    }
  }
  return count;
}

/// The values of a tensor, which a file holds either as raw bytes (little-endian) or as a list.
template <typename T, typename List>
Result<std::vector<T>> values_of(const onnx::TensorProto& tensor, const List& list,
                                 std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  std::vector<T> values(size);
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != size * sizeof(T)) {
      return not_onnx("a constant's bytes do not fit its shape");
    }
    if (size > 0) {
      std::memcpy(values.data(), tensor.raw_data().data(), size * sizeof(T));
    }
    return values;
  }
  if (list.size() != count) {
    return not_onnx("a constant's values do not fit its shape");
  }
  values.assign(list.begin(), list.end());
  return values;
}

Result<OnnxTensor> read_tensor(const onnx::TensorProto& from) {
  OnnxTensor tensor;
  tensor.dims.assign(from.dims().begin(), from.dims().end());
  const std::int64_t count = count_of(tensor.dims);
  if (count < 0 || from.has_segment() || from.data_location() == onnx::TensorProto::EXTERNAL) {
    return not_onnx("a constant's shape is not one, or its values lie elsewhere");
  }
  if (from.data_type() == onnx::TensorProto::FLOAT) {
    auto values = values_of<float>(from, from.float_data(), count);
    if (!values) {
      return values.error();
    }
    tensor.floats = std::move(*values);
    return tensor;
  }
  if (from.data_type() == onnx::TensorProto::FLOAT16) {
    // A list holds the bits of each half in a number of 32 bits.
    auto halves = values_of<std::uint16_t>(from, from.int32_data(), count);
    if (!halves) {
      return halves.error();
    }
    tensor.floats.reserve(halves->size());
    for (const std::uint16_t half : *halves) {
      tensor.floats.push_back(static_cast<float>(cv::float16_t::fromBits(half)));
    }
    return tensor;
  }
  if (from.data_type() == onnx::TensorProto::INT64) {
    auto values = values_of<std::int64_t>(from, from.int64_data(), count);
    if (!values) {
      return values.error();
    }
    tensor.is_float = false;
    tensor.integers = std::move(*values);
    return tensor;
  }
  return not_onnx("a constant is neither of floats (32 or 16 bits) nor of 64-bit integers");
}

/// The constant of a node of kind Constant.
Result<OnnxTensor> read_constant(const onnx::NodeProto& node) {
  if (node.attribute_size() == 1 && node.attribute(0).name() == "value" &&
      node.attribute(0).has_t()) {
    return read_tensor(node.attribute(0).t());
  }
  return not_onnx("a constant without a tensor");
}

Result<OnnxNode> read_node(const onnx::NodeProto& from) {
  OnnxNode node;
  node.op = from.op_type();
  node.inputs.assign(from.input().begin(), from.input().end());
  node.outputs.assign(from.output().begin(), from.output().end());
  if (!from.domain().empty() && from.domain() != "ai.onnx") {
    node.op = from.domain() + "." + node.op;
  }
  for (const auto& attribute : from.attribute()) {
    if (attribute.has_g() || attribute.graphs_size() > 0) {
      return not_onnx("a node with a graph of its own");
    }
    OnnxAttribute& to = node.attributes[attribute.name()];
    to.number = attribute.f();
    to.integer = attribute.i();
    to.text = attribute.s();
    to.integers.assign(attribute.ints().begin(), attribute.ints().end());
  }
  return node;
}

/// The constant that a node turns into 32-bit floats: how a file stores its weights in halves. They
/// have been widened as they were read.
const OnnxTensor* halves_made_floats(const OnnxGraph& graph, const OnnxNode& node) {
  if (node.op != "Cast" || node.inputs.size() != 1 || node.outputs.size() != 1 ||
      node.integer("to", 0) != onnx::TensorProto::FLOAT) {
    return nullptr;
  }
  const auto found = graph.constants.find(node.inputs.front());
  return found != graph.constants.end() && found->second.is_float ? &found->second : nullptr;
}

}  // namespace

std::int64_t OnnxNode::integer(const std::string& attribute, std::int64_t otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.integer;
}

float OnnxNode::number(const std::string& attribute, float otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.number;
}

std::string OnnxNode::text(const std::string& attribute, const std::string& otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.text;
}

std::vector<std::int64_t> OnnxNode::integers(const std::string& attribute,
                                             const std::vector<std::int64_t>& otherwise) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? otherwise : found->second.integers;
}

Result<OnnxGraph> read_onnx(std::string_view bytes) {
  onnx::ModelProto model;
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
    return not_onnx("its bytes cannot be read as one");
  }
  OnnxGraph graph;
  for (const auto& initializer : model.graph().initializer()) {
    auto tensor = read_tensor(initializer);
    if (!tensor) {
      return tensor.error();
    }
    graph.constants[initializer.name()] = std::move(*tensor);
  }
  std::set<std::string> known = {""};  // an input left out
  for (const auto& [name, tensor] : graph.constants) {
    known.insert(name);
  }
  for (const auto& input : model.graph().input()) {
    if (known.contains(input.name())) {
      continue;  // old files list the constants here too
    }
    if (!graph.input.empty()) {
      return not_onnx("it has several inputs");
    }
    graph.input = input.name();
    known.insert(input.name());
    for (const auto& dim : input.type().tensor_type().shape().dim()) {
      graph.input_dims.push_back(dim.has_dim_value() && dim.dim_value() > 0 ? dim.dim_value() : -1);
    }
  }
  for (const auto& from : model.graph().node()) {
    auto node = read_node(from);
    if (!node) {
      return node.error();
    }
    for (const std::string& input : node->inputs) {
      if (!known.contains(input)) {
        return not_onnx("a node takes what no node before it gives");
      }
    }
    for (const std::string& output : node->outputs) {
      if (!output.empty() && !known.insert(output).second) {
        return not_onnx("a value has two sources");
      }
    }
    if (node->op == "Constant" && node->outputs.size() == 1) {
      auto tensor = read_constant(from);
      if (!tensor) {
        return tensor.error();
      }
      graph.constants[node->outputs.front()] = std::move(*tensor);
    } else if (const auto* weights = halves_made_floats(graph, *node); weights != nullptr) {
      graph.constants[node->outputs.front()] = OnnxTensor(*weights);
    } else {
      graph.nodes.push_back(std::move(*node));
    }
  }
  for (const auto& output : model.graph().output()) {
    if (!known.contains(output.name())) {
      return not_onnx("an output comes from no node");
    }
    graph.outputs.push_back(output.name());
  }
  if (graph.input.empty() || graph.outputs.empty()) {
    return not_onnx("it has no input or no output");
  }
  return graph;
}

}  // namespace everyface
