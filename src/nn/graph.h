// A network as the inference engine runs it: few kinds of nodes, with everything folded into them
// that a convolution can do on the way (batch normalisation, scale, shift, residual, activation).
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "nn/aligned.h"
#include "nn/onnx_reader.h"

namespace everyface {

/// Where the taps of a convolution or pooling lie; the same stride and dilation both ways.
struct Window {
  int height = 1;  ///< 0: the whole map
  int width = 1;
  int stride = 1;
  int dilation = 1;
  int top = 0;  ///< padding with zeros
  int left = 0;
  int bottom = 0;
  int right = 0;
  bool round_up = false;  ///< a last window that the map fills only in part counts
};

/// Elementwise, in this order: x * slope where x is negative, clamped to low..high, the function.
struct Activation {
  enum class Function { kNone, kSigmoid, kTanh };
  Floats slopes;  ///< one a channel, whole blocks; empty: none
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  Function function = Function::kNone;

  [[nodiscard]] bool clamps() const { return low > -kInfinity || high < kInfinity; }
  [[nodiscard]] bool none() const {
    return slopes.empty() && !clamps() && function == Function::kNone;
  }

 private:
  static constexpr float kInfinity = std::numeric_limits<float>::infinity();
};

struct Node {
  enum class Op {
    kInput,
    kConvolve,   ///< inputs: map, perhaps a second one that is added (the residual)
    kDepthwise,  ///< a convolution of each channel by itself
    kMaxPool,
    kAveragePool,
    kEnlarge,  ///< nearest neighbour, by `factor`
    kAdd,      ///< of two maps; the second may have one pixel, which goes for all
    kSubtract,
    kMultiply,
    kAffine,   ///< x * scale + shift, per channel
    kConcat,   ///< of the channels of several maps
    kSlice,    ///< `channels` channels from `begin` on
    kFlatten,  ///< a map, from channel `begin` on, as an array: the form of an output
    kJoin,     ///< arrays one after the other along `axis`
    kSoftmax,  ///< of an array along its last axis
  };

  Op op = Op::kInput;
  std::vector<int> inputs;  ///< nodes before this one
  int channels = 0;         ///< of the map that comes out; of kFlatten: of the array
  Window window;
  Floats weights;  ///< as the file has them, packed by pack() at the end
  Floats bias;     ///< whole blocks
  Floats scale;    ///< of kAffine and kInput, whole blocks; empty: x itself
  Floats shift;
  Activation activation;
  int factor = 1;
  int begin = 0;
  int axis = 0;
  bool channels_last = false;      ///< kFlatten: pixel by pixel rather than plane by plane
  std::vector<std::int64_t> dims;  ///< kFlatten: its shape, -1 for what remains; empty: 1 C H W

  /// What comes out is a feature map rather than an array.
  [[nodiscard]] bool gives_map() const { return op < Op::kFlatten; }
};

struct Graph {
  std::vector<Node> nodes;  ///< the first is the input
  struct Output {
    std::string name;
    int node = 0;
  };
  std::vector<Output> outputs;
};

/// Translates a network. Error: an operator, or a use of one, that the engine has not got.
Result<Graph> build_graph(const OnnxGraph& onnx);

}  // namespace everyface
