// From an ONNX file to a Graph, one method for each kind of operator.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/graph.h"
#include "nn/kernels.h"
#include "nn/onnx_reader.h"

namespace everyface {

class GraphBuilder {
 public:
  explicit GraphBuilder(const OnnxGraph& onnx) : onnx_(onnx) {}

  Result<Graph> build();

 private:
  /// A value of a file: a map or array, or the shape of one.
  struct Value {
    int node = -1;
    bool vector = false;  ///< a map of one pixel that stands for an array
    std::vector<std::optional<std::int64_t>> shape;  ///< of a shape: its numbers where known
  };

  /// More channels, and larger windows, than any network comes near to.
  static constexpr std::int64_t kMostChannels = 1 << 16;
  static constexpr std::int64_t kLargestWindow = 1 << 12;

  static std::size_t in_blocks(int channels) {
    return static_cast<std::size_t>(whole_blocks(channels));
  }

  void count_uses();

  int add(Node node);

  Node& node_of(const Value& value);

  /// The map that is the node's input; null where it is none.
  const Value* map(const OnnxNode& node, std::size_t input);

  /// The constant of floats that is the node's input; null where it is none.
  [[nodiscard]] const OnnxTensor* constant(const OnnxNode& node, std::size_t input) const;

  /// Whole numbers that are the node's input, from a constant or computed from shapes.
  [[nodiscard]] std::optional<std::vector<std::int64_t>> integers(const OnnxNode& node,
                                                                  std::size_t input) const;

  [[nodiscard]] std::vector<std::optional<std::int64_t>> shape_of(const OnnxNode& node,
                                                                  std::size_t input) const;

  /// Nothing else takes this input, so that its node may be changed.
  [[nodiscard]] bool only_use(const OnnxNode& node, std::size_t input) const;

  bool give(const OnnxNode& node, int result, bool vector = false);

  /// Adds what the operator does to the graph; false where that cannot be.
  bool lower(const OnnxNode& node);

  // Sums and products (graph_arithmetic.cpp).
  static bool window_of(const OnnxNode& node, Window& window);
  bool convolution(const OnnxNode& node);
  /// A fully connected layer: a vector, which the channels of a map of one pixel are, times a
  /// matrix.
  bool matrix_product(const OnnxNode& node);
  /// A constant as one value a channel of this map, in whole blocks; nothing where it is none.
  std::optional<Floats> per_channel(const OnnxTensor& tensor, const Value& value,
                                    bool plain_list = false);
  /// x * scale + shift, in the node that gives x where that is possible.
  bool affine(const OnnxNode& node, std::size_t input, const Floats& scale, const Floats& shift);
  bool batch_normalization(const OnnxNode& node);
  bool arithmetic(const OnnxNode& node);
  bool arithmetic_of_maps(const OnnxNode& node);
  /// Squares only.
  bool power(const OnnxNode& node);
  std::optional<Activation> activation_of(const OnnxNode& node, const Value& input);
  bool activation(const OnnxNode& node);

  // What moves values (graph_layout.cpp).
  bool pool(const OnnxNode& node);
  bool resize(const OnnxNode& node);
  /// Padding by nothing only.
  bool pad(const OnnxNode& node);
  bool concat(const OnnxNode& node);
  bool split(const OnnxNode& node);
  [[nodiscard]] Node flattened(int node) const;
  /// Channels last, as the heads of detectors are written.
  bool transpose(const OnnxNode& node);
  bool reshape(const OnnxNode& node);
  bool softmax(const OnnxNode& node);
  bool shape(const OnnxNode& node);
  bool gather(const OnnxNode& node);
  /// Of one number, which becomes a list of one.
  bool unsqueeze(const OnnxNode& node);

  Result<Graph> finish();
  void remove_unused();
  /// Weights in the order in which the kernels take them, see kernels.h.
  static void pack(Node& node);

  const OnnxGraph& onnx_;
  Graph graph_;
  std::map<std::string, Value> values_;
  std::map<std::string, int> uses_;  // of the file's values
};

}  // namespace everyface
