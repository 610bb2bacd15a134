// ONNX files as plain data.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// A constant: of floats or of whole numbers, in row-major order.
struct OnnxTensor {
  std::vector<std::int64_t> dims;  ///< empty: one value
  bool is_float = true;
  std::vector<float> floats;
  std::vector<std::int64_t> integers;
};

/// What a node's attribute holds; the rest is empty.
struct OnnxAttribute {
  float number = 0;
  std::int64_t integer = 0;
  std::vector<std::int64_t> integers;
  std::string text;
};

struct OnnxNode {
  std::string op;  ///< e.g. "Conv"
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, OnnxAttribute> attributes;

  [[nodiscard]] std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  [[nodiscard]] float number(const std::string& attribute, float otherwise) const;
  [[nodiscard]] std::string text(const std::string& attribute, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::int64_t> integers(
      const std::string& attribute, const std::vector<std::int64_t>& otherwise) const;
};

struct OnnxGraph {
  std::string input;                            ///< the only one that is not a constant
  std::vector<std::int64_t> input_dims;         ///< -1 where any size is taken
  std::vector<std::string> outputs;             ///< in the file's order
  std::vector<OnnxNode> nodes;                  ///< each after those whose outputs it takes
  std::map<std::string, OnnxTensor> constants;  ///< initialisers and nodes of kind Constant
};

/// Reads an ONNX file of the default operator set. Errors: not an ONNX file; more than one input;
/// constants that are not floats or 64-bit integers, whose number of values does not fit their
/// shape, or that lie in another file; attributes that are graphs.
Result<OnnxGraph> read_onnx(std::string_view bytes);

}  // namespace everyface
