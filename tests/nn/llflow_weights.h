// Weights of LLFlow made up for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "everyface/base/random.h"
#include "nn/llflow.h"
#include "nn/weight_file.h"

namespace everyface::testing {

/// All tensors of a network of this shape, with small random values.
inline WeightFile random_llflow(const LlflowShape& shape, std::uint64_t seed = 1) {
  Random random(seed);
  WeightFile file;
  file.network = "llflow";
  file.configuration = {{"features", {shape.features}},       {"blocks", {shape.blocks}},
                        {"stacked", shape.stacked},           {"steps", {shape.steps}},
                        {"plain_steps", {shape.plain_steps}}, {"hidden", {shape.hidden}}};
  const auto add = [&](const std::string& name, std::vector<int> dims) {
    WeightFile::Tensor tensor;
    std::size_t count = 1;
    for (const int length : dims) {
      tensor.shape.push_back(static_cast<std::size_t>(length));
      count *= static_cast<std::size_t>(length);
    }
    for (std::size_t i = 0; i < count; ++i) {
      tensor.values.push_back(static_cast<float>(random.uniform() - 0.5) * 0.1F);
    }
    file.tensors[name] = std::move(tensor);
  };
  const auto convolution = [&](const std::string& name, int inputs, int outputs, int side) {
    add(name + ".weight", {outputs, inputs, side, side});
    add(name + ".bias", {outputs});
  };
  const int features = shape.features;
  convolution("encoder.first", 12, features, 3);
  for (const char* name : {"second", "trunk", "quarter", "eighth"}) {
    convolution(std::string("encoder.") + name, features, features, 3);
  }
  convolution("encoder.colour", features, 3, 1);
  for (int i = 0; i < 15 * shape.blocks; ++i) {
    convolution("encoder.block" + std::to_string(i / 15) + ".dense" + std::to_string(i / 5 % 3) +
                    "." + std::to_string(i % 5),
                features + i % 5 * 32, i % 5 == 4 ? features : 32, 3);
  }
  const int condition = features * static_cast<int>(1 + shape.stacked.size());
  for (int level = 1, channels = 12; level <= 3; ++level, channels *= 4) {
    for (int index = 0; index < shape.plain_steps + shape.steps; ++index) {
      const std::string step =
          "flow.level" + std::to_string(level) + ".step" + std::to_string(index);
      add(step + ".matrix.weight", {channels, channels});
      add(step + ".matrix.bias", {channels});
      for (int c = 0; c < channels; ++c) {  // near the identity
        file.tensors[step + ".matrix.weight"].values[static_cast<std::size_t>(c * channels + c)] +=
            1;
      }
      if (index < shape.plain_steps) {
        continue;
      }
      for (const bool affine : {true, false}) {
        const std::string net = step + (affine ? ".affine." : ".features.");
        convolution(net + "0", affine ? channels / 2 + condition : condition, shape.hidden, 3);
        convolution(net + "1", shape.hidden, shape.hidden, 1);
        convolution(net + "2", shape.hidden, affine ? channels : 2 * channels, 3);
      }
    }
  }
  return file;
}

inline const LlflowShape kTinyLlflow{
    .features = 16, .blocks = 1, .stacked = {0}, .steps = 1, .plain_steps = 1, .hidden = 16};

inline Llflow tiny_llflow() { return Llflow(unpack_llflow(random_llflow(kTinyLlflow)).value()); }

}  // namespace everyface::testing
