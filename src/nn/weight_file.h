// Weight files: the tensors of a network that our own code runs, with the shape of the network.
//
// Version 1, little-endian:
//   0   8 bytes   "EVFWGHT\n"
//   8   uint32    version, 1
//   12  uint32    bytes of the header text
//   16  uint64    bytes of the whole file
//   24  …         the header text: JSON {"network", "configuration": {name: whole number or list of
//                 whole numbers}, "source": {name: text}, "tensors": [{"name", "shape", "type"}]}
//   then for each tensor, in the header's order, at the next multiple of 64: its values, row-major,
//   as the type says: "float32" or "float16" (IEEE 754)
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "nn/aligned.h"

namespace everyface {

struct WeightFile {
  std::string network;  ///< which code it is for, e.g. "llflow"
  /// The network's shape; a single number is a list of one.
  std::map<std::string, std::vector<int>> configuration;
  struct Tensor {
    std::vector<std::size_t> shape;
    Floats values;
  };
  std::map<std::string, Tensor> tensors;
};

/// Reads the bytes of a weight file. Errors: not one, of a newer version, another length than its
/// header says, a header that is malformed, values that are not finite.
Result<WeightFile> read_weight_file(std::string_view bytes);

}  // namespace everyface
