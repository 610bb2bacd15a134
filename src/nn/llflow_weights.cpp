// From a weight file to the order in which the kernels read.
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "nn/llflow.h"
#include "nn/weight_file.h"

namespace everyface {
namespace {

constexpr int kGrowth = 32;  // channels that a convolution of a dense block adds
constexpr int kInputs = 12;
constexpr float kResidual = 0.2F;  // of a dense block, and again of three of them

std::size_t planes_for(int channels) { return size_of(whole_blocks(channels) / kBlock); }

/// Where the channels of a tensor lie in planes.
struct Places {
  std::vector<std::size_t> at;
  std::size_t planes = 0;
};

Places in_order(int channels) {
  Places places{std::vector<std::size_t>(size_of(channels)), planes_for(channels)};
  std::iota(places.at.begin(), places.at.end(), 0);
  return places;
}

/// Two halves, each from a whole plane on.
Places in_halves(int channels) {
  const int half = channels / 2;
  Places places{{}, 2 * planes_for(half)};
  for (int c = 0; c < channels; ++c) {
    places.at.push_back(size_of(c < half ? c : whole_blocks(half) + c - half));
  }
  return places;
}

/// Shifts and scales of the channels in `of`, which alternate in the tensor: all shifts first.
Places shifts_then_scales(const Places& of) {
  Places places{{}, 2 * of.planes};
  for (const std::size_t at : of.at) {
    places.at.push_back(at);
    places.at.push_back(of.planes * kBlock + at);
  }
  return places;
}

/// Takes tensors out of a file and remembers the first thing that is wrong.
class Unpacker {
 public:
  explicit Unpacker(WeightFile file) : file_(std::move(file)) {}

  /// A number of the configuration.
  int setting(const std::string& name, int low, int high) {
    const auto found = file_.configuration.find(name);
    if (found == file_.configuration.end() || found->second.size() != 1 || found->second[0] < low ||
        found->second[0] > high) {
      fail("\"" + name + "\" must be a number from " + std::to_string(low) + " to " +
           std::to_string(high));
      return low;
    }
    return found->second[0];
  }

  /// A number that is a multiple of a plane's channels.
  int channels(const std::string& name) {
    const int number = setting(name, kBlock, 512);
    if (number % kBlock != 0) {
      fail("\"" + name + "\" must be a multiple of " + std::to_string(kBlock));
    }
    return number;
  }

  std::vector<int> list(const std::string& name) { return file_.configuration[name]; }

  /// The tensor of that name and shape; empty where something is wrong already.
  Floats take(const std::string& name, const std::vector<std::size_t>& shape) {
    if (!problem_.empty()) {
      return {};
    }
    auto node = file_.tensors.extract(name);
    if (node.empty()) {
      fail("tensor " + name + " is missing");
      return {};
    }
    if (node.mapped().shape != shape) {
      fail("tensor " + name + " has another shape than the network's");
      return {};
    }
    return std::move(node.mapped().values);
  }

  /// Adds a convolution (or with side 0 a matrix) to `packed`, at these places and times `factor`.
  void add(PackedConvolution& packed, const std::string& name, int side, const Places& in,
           const Places& out, float factor = 1) {
    const std::size_t taps = size_of(std::max(side, 1) * std::max(side, 1));
    std::vector<std::size_t> shape = {out.at.size(), in.at.size()};
    if (side > 0) {
      shape.insert(shape.end(), 2, size_of(side));
    }
    const Floats weights = take(name + ".weight", shape);
    const Floats bias = take(name + ".bias", {out.at.size()});
    if (!problem_.empty()) {
      return;
    }
    packed.in_planes = in.planes;
    packed.out_planes = std::max(packed.out_planes, out.planes);
    packed.weights.resize(packed.out_planes * in.planes * kBlock * taps * kBlock);
    packed.bias.resize(packed.out_planes * kBlock);
    for (std::size_t o = 0; o < out.at.size(); ++o) {
      const std::size_t to = out.at[o];
      packed.bias[to] = bias[o] * factor;
      for (std::size_t i = 0; i < in.at.size(); ++i) {
        const std::size_t filter = to / kBlock * in.planes * kBlock + in.at[i];
        for (std::size_t tap = 0; tap < taps; ++tap) {
          packed.weights[(filter * taps + tap) * kBlock + to % kBlock] =
              weights[(o * in.at.size() + i) * taps + tap] * factor;
        }
      }
    }
  }

  PackedConvolution convolution(const std::string& name, int side, int inputs, int outputs,
                                float factor = 1) {
    PackedConvolution packed;
    add(packed, name, side, in_order(inputs), in_order(outputs), factor);
    return packed;
  }

  void fail(const std::string& what) {
    if (problem_.empty()) {
      problem_ = what;
    }
  }

  [[nodiscard]] bool failed() const { return !problem_.empty(); }

  /// What is wrong; a tensor that nothing has taken is.
  std::string problem() {
    if (!file_.tensors.empty()) {
      fail("tensor " + to_valid_utf8(file_.tensors.begin()->first) + " is not of the network");
    }
    return problem_;
  }

 private:
  WeightFile file_;
  std::string problem_;
};

LlflowShape shape_of(Unpacker& file) {
  LlflowShape shape;
  shape.features = file.channels("features");
  shape.blocks = file.setting("blocks", 1, 100);
  shape.steps = file.setting("steps", 1, 64);
  shape.plain_steps = file.setting("plain_steps", 0, 16);
  shape.hidden = file.channels("hidden");
  shape.stacked = file.list("stacked");
  const bool within = std::all_of(shape.stacked.begin(), shape.stacked.end(),
                                  [&](int block) { return block >= 0 && block < shape.blocks; });
  if (!within || shape.stacked.empty() || shape.stacked.size() > size_of(shape.blocks)) {
    file.fail("\"stacked\" must name blocks");
  }
  return shape;
}

LlflowCoupling coupling_of(Unpacker& file, const LlflowShape& shape, const std::string& name,
                           int channels) {
  LlflowCoupling coupling;
  const int condition = shape.features * static_cast<int>(1 + shape.stacked.size());
  const int half = channels / 2;
  // The affine net's tensor has the kept half before the condition, our planes after it.
  Places both{{}, planes_for(condition) + planes_for(half)};
  for (int c = 0; c < half + condition; ++c) {
    both.at.push_back(size_of(c < half ? condition + c : c - half));
  }
  Places condition_alone = in_order(condition);
  condition_alone.planes = both.planes;
  Places second_net = in_order(shape.hidden);
  for (std::size_t& at : second_net.at) {
    at += size_of(shape.hidden);
  }
  second_net.planes *= 2;
  file.add(coupling.first, name + ".affine.0", 3, both, in_order(shape.hidden));
  file.add(coupling.first, name + ".features.0", 3, condition_alone, second_net);
  coupling.affine_second = file.convolution(name + ".affine.1", 1, shape.hidden, shape.hidden);
  coupling.features_second = file.convolution(name + ".features.1", 1, shape.hidden, shape.hidden);
  file.add(coupling.affine_third, name + ".affine.2", 3, in_order(shape.hidden),
           shifts_then_scales(in_order(half)));
  file.add(coupling.features_third, name + ".features.2", 3, in_order(shape.hidden),
           shifts_then_scales(in_halves(channels)));
  return coupling;
}

void unpack_encoder(Unpacker& file, LlflowWeights& weights) {
  const int features = weights.shape.features;
  weights.first = file.convolution("encoder.first", 3, kInputs, features);
  weights.second = file.convolution("encoder.second", 3, features, features);
  for (int dense = 0; dense < 3 * weights.shape.blocks; ++dense) {
    const std::string name =
        "encoder.block" + std::to_string(dense / 3) + ".dense" + std::to_string(dense % 3) + ".";
    auto& convolutions = weights.dense.emplace_back();
    for (int i = 0; i < 4; ++i) {
      convolutions[size_of(i)] =
          file.convolution(name + std::to_string(i), 3, features + i * kGrowth, kGrowth);
    }
    const float factor = dense % 3 == 2 ? kResidual * kResidual : kResidual;
    convolutions[4] = file.convolution(name + "4", 3, features + 4 * kGrowth, features, factor);
  }
  weights.trunk = file.convolution("encoder.trunk", 3, features, features);
  weights.quarter = file.convolution("encoder.quarter", 3, features, features);
  weights.eighth = file.convolution("encoder.eighth", 3, features, features);
  weights.colour = file.convolution("encoder.colour", 1, features, 3);
}

}  // namespace

Result<LlflowWeights> unpack_llflow(WeightFile weight_file) {
  if (weight_file.network != "llflow") {
    return Error{"weights of another network (" + to_valid_utf8(weight_file.network) + ")"};
  }
  Unpacker file(std::move(weight_file));
  LlflowWeights weights;
  weights.shape = shape_of(file);
  if (file.failed()) {
    return Error{file.problem()};
  }
  unpack_encoder(file, weights);
  int channels = 3;
  for (int level = 1; level <= 3; ++level) {
    channels *= 4;
    for (int index = 0; index < weights.shape.plain_steps + weights.shape.steps; ++index) {
      const std::string name =
          "flow.level" + std::to_string(level) + ".step" + std::to_string(index);
      LlflowStep step;
      if (index >= weights.shape.plain_steps) {
        step.coupling.push_back(coupling_of(file, weights.shape, name, channels));
      }
      const Places halves = in_halves(channels);
      file.add(step.matrix, name + ".matrix", 0, halves, halves);
      weights.levels[size_of(level - 1)].push_back(std::move(step));
    }
  }
  if (auto problem = file.problem(); !problem.empty()) {
    return Error{problem};
  }
  return weights;
}

Result<Llflow> Llflow::read(std::string_view bytes) {
  auto file = read_weight_file(bytes);
  if (!file) {
    return file.error();
  }
  auto weights = unpack_llflow(std::move(*file));
  if (!weights) {
    return weights.error();
  }
  return Llflow(std::move(*weights));
}

Result<Llflow> Llflow::load(const ModelRegistry& models, std::string_view name) {
  const auto bytes = models.load(name);
  if (!bytes) {
    return bytes.error();
  }
  auto network = read(*bytes);
  return network ? std::move(network)
                 : Error{"the weights of " + std::string(name) + ": " + network.error().message};
}

}  // namespace everyface
