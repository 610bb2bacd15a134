// Small ONNX networks with random weights, for tests.
#pragma once

#include <onnx/onnx_pb.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "everyface/base/random.h"

namespace everyface::testing {

class OnnxModel {
 public:
  /// With one input, "input", of 1 × channels × any height × any width.
  explicit OnnxModel(int channels, int opset = 11) {
    model_.set_ir_version(6);
    model_.add_opset_import()->set_version(opset);
    graph().set_name("graph");
    declare(*graph().add_input(), "input", {1, channels, 0, 0});
  }

  onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  /// A node with one output, whose name this returns.
  std::string add(const std::string& op, const std::vector<std::string>& inputs) {
    onnx::NodeProto& node = *graph().add_node();
    node.set_op_type(op);
    for (const std::string& input : inputs) {
      node.add_input(input);
    }
    node.add_output("value" + std::to_string(graph().node_size()));
    node.set_name("node" + std::to_string(graph().node_size()));
    return node.output(0);
  }

  /// Attributes of the node added last.
  OnnxModel& with(const std::string& name, std::vector<std::int64_t> list) {
    onnx::AttributeProto& attribute = attribute_of(name, onnx::AttributeProto::INTS);
    attribute.mutable_ints()->Add(list.begin(), list.end());
    return *this;
  }
  OnnxModel& with(const std::string& name, int value) {
    attribute_of(name, onnx::AttributeProto::INT).set_i(value);
    return *this;
  }
  OnnxModel& with(const std::string& name, float value) {
    attribute_of(name, onnx::AttributeProto::FLOAT).set_f(value);
    return *this;
  }
  OnnxModel& with(const std::string& name, const char* value) {
    attribute_of(name, onnx::AttributeProto::STRING).set_s(value);
    return *this;
  }

  /// A constant of floats, uniform in low..high.
  std::string constant(const std::vector<std::int64_t>& dims, double low = -1, double high = 1) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name("constant" + std::to_string(graph().initializer_size()));
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    std::int64_t count = 1;
    for (const std::int64_t dim : dims) {
      tensor.add_dims(dim);
      count *= dim;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      tensor.add_float_data(static_cast<float>(low + (high - low) * random_.uniform()));
    }
    return tensor.name();
  }

  std::string numbers(const std::vector<std::int64_t>& values) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name("constant" + std::to_string(graph().initializer_size()));
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
    return tensor.name();
  }

  struct Window {
    int kernel = 1;
    int stride = 1;
    int padding = 0;
    int dilation = 1;
  };

  OnnxModel& with(const Window& window) {
    const auto two = [](int value) { return std::vector<std::int64_t>(2, value); };
    with("kernel_shape", two(window.kernel)).with("strides", two(window.stride));
    return with("pads", std::vector<std::int64_t>(4, window.padding));
  }

  std::string convolve(const std::string& from, int in, int out, const Window& window,
                       bool depthwise = false) {
    const double size = depthwise ? 1 : in;
    const double reach = 1.7 / std::sqrt(size * window.kernel * window.kernel);
    const auto weights =
        constant({out, depthwise ? 1 : in, window.kernel, window.kernel}, -reach, reach);
    const auto bias = constant({out});
    const auto to = add("Conv", {from, weights, bias});
    with(window).with("group", depthwise ? in : 1);
    with("dilations", std::vector<std::int64_t>(2, window.dilation));
    return to;
  }

  void output(const std::string& name) { declare(*graph().add_output(), name, {}); }

  [[nodiscard]] std::string bytes() const { return model_.SerializeAsString(); }

 private:
  static void declare(onnx::ValueInfoProto& value, const std::string& name,
                      const std::vector<std::int64_t>& dims) {
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    auto& shape = *tensor.mutable_shape();
    for (const std::int64_t dim : dims) {
      auto& to = *shape.add_dim();
      if (dim > 0) {
        to.set_dim_value(dim);
      } else {
        to.set_dim_param("any");
      }
    }
  }

  onnx::AttributeProto& attribute_of(const std::string& name,
                                     onnx::AttributeProto::AttributeType type) {
    auto& attribute = *graph().mutable_node(graph().node_size() - 1)->add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
  }

  onnx::ModelProto model_;
  Random random_{3};
};

}  // namespace everyface::testing
