// LLFlow: a dark photo is brightened by running a conditional normalising flow in reverse (Wang,
// Wan, Yang, Li, Chau and Kot, "Low-Light Image Enhancement with Normalizing Flow", AAAI 2022).
//
// An encoder of residual-in-residual dense blocks, at half the photo's resolution, turns the photo
// into features at 1/2, 1/4 and 1/8 of its size and into a colour map. The colour map, squeezed to
// 192 channels at 1/8, is the latent: the most probable photo is found by undoing the flow from it,
// level by level. A step of the flow, undone: two affine couplings whose scales and shifts small
// convolutional nets read from the features, then a matrix that mixes the channels.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "nn/feature_map.h"

namespace everyface {

class ModelRegistry;
struct WeightFile;

/// Which network: "small" and "standard" of the authors, or any other of this family.
struct LlflowShape {
  int features = 0;          ///< channels of the encoder, a multiple of 16
  int blocks = 0;            ///< residual-in-residual dense blocks
  std::vector<int> stacked;  ///< the blocks whose results are features of the condition, too
  int steps = 0;             ///< of the flow with couplings, on each level
  int plain_steps = 0;       ///< without, before them
  int hidden = 0;            ///< channels within the nets of the couplings, a multiple of 16
};

/// The nets of one step's couplings. Channels of a coupling lie in two halves, each in whole
/// planes.
struct LlflowCoupling {
  PackedConvolution first;  ///< 3×3, of both nets, from the condition and the kept half
  PackedConvolution affine_second;
  PackedConvolution affine_third;  ///< 3×3; planes of shifts, then as many of scales
  PackedConvolution features_second;
  PackedConvolution features_third;
};

struct LlflowStep {
  std::vector<LlflowCoupling> coupling;  ///< one, or none
  PackedConvolution matrix;
};

struct LlflowWeights {
  LlflowShape shape;
  PackedConvolution first;
  PackedConvolution second;
  std::vector<std::array<PackedConvolution, 5>> dense;  ///< three a block
  PackedConvolution trunk;
  PackedConvolution quarter;
  PackedConvolution eighth;
  PackedConvolution colour;
  std::array<std::vector<LlflowStep>, 3> levels;  ///< at 1/2, 1/4 and 1/8
};

/// Error: a setting out of range, a tensor that is missing, unknown or of another shape (named).
Result<LlflowWeights> unpack_llflow(WeightFile file);

/// A network that is ready to run, on one thread. One instance a thread.
class Llflow {
 public:
  /// Photos must have sides that are multiples of this.
  static constexpr int kStride = 8;

  explicit Llflow(LlflowWeights weights) : weights_(std::move(weights)) {}

  /// From the bytes of a weight file. Errors: as read_weight_file() and unpack_llflow().
  static Result<Llflow> read(std::string_view bytes);

  /// Loads the registry's model. Errors: as ModelRegistry::load() and read().
  static Result<Llflow> load(const ModelRegistry& models, std::string_view name);

  /// The brightened photo, CV_32FC3, blue, green, red, about 0..1 and not clamped. `bgr` and
  /// `equalised` (each channel's histogram equalised, over the whole photo where this is a part of
  /// one): CV_8UC3 of one size. The result depends on nothing but these and the processor's
  /// instruction set.
  cv::Mat run(const cv::Mat& bgr, const cv::Mat& equalised);

 private:
  /// What the flow takes of the encoder.
  struct Encoded {
    std::array<std::vector<FeatureMap>, 3> conditions;  ///< at 1/2, 1/4, 1/8: maps to concatenate
    FeatureMap latent;                                  ///< at 1/8, in two halves
  };

  /// Two maps like that of a block, and one of what the convolutions of a dense block add.
  struct BlockScratch {
    FeatureMap first;
    FeatureMap second;
    FeatureMap growth;
  };

  Encoded encode(const cv::Mat& bgr, const cv::Mat& equalised);
  FeatureMap read_photo(const cv::Mat& bgr, const cv::Mat& equalised);
  void run_block(std::size_t block, FeatureMap& x, BlockScratch& scratch);
  [[nodiscard]] FeatureMap latent_of(const FeatureMap& half) const;

  void undo_level(std::size_t level, const std::vector<FeatureMap>& condition, FeatureMap& z);
  void undo_coupling(const LlflowCoupling& coupling, const std::vector<FeatureMap>& condition,
                     FeatureMap& z);

  /// From the concatenated planes `in` to `out`, over maps of this size.
  [[nodiscard]] Convolution3x3 job_of(const PackedConvolution& weights,
                                      std::vector<const float*> in, std::vector<float*> out,
                                      int height, int width) const;

  LlflowWeights weights_;
  WinogradBuffers buffers_;
};

}  // namespace everyface
