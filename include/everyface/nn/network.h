// A network that is ready to run.
#pragma once

#include <array>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

class ModelRegistry;

/// An ONNX network, run on the CPU, on one thread: by an engine of our own where that has all its
/// operators, else by OpenCV's DNN module. The result depends on nothing but the blob and the
/// processor's instruction set. One instance per thread.
class Network {
 public:
  /// Loads the registry's model. Errors: as ModelRegistry::load(), or the file is not a network
  /// that the engine can read.
  static Result<Network> load(const ModelRegistry& models, std::string_view name);

  Network(Network&& other) noexcept;
  Network& operator=(Network&& other) noexcept;
  ~Network();

  /// Runs the network on one blob (1 × channels × height × width, CV_32F). The named outputs, in
  /// the order asked for; with no names, all unconnected outputs. The blobs are valid until the
  /// next run. Throws cv::Exception where the blob does not fit the network or a name is none of
  /// its outputs. Memory stays as large as the largest blob so far needed.
  std::vector<cv::Mat> run(const cv::Mat& blob, const std::vector<std::string>& outputs = {});

  /// What runs it: "everyface" or "opencv".
  [[nodiscard]] std::string_view engine() const;

 private:
  struct State;
  explicit Network(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Planes for a network: (value − mean) · scale per channel from a CV_8UC3 or CV_32FC3 photo
/// (blue, green, red), as 1 × 3 × H × W in CV_32F, in the channel order asked for; padded on the
/// right and bottom to `height` × `width` with `mean`-subtracted zeros (black).
struct BlobOptions {
  bool rgb = false;           ///< order of planes: red first
  float mean[3] = {0, 0, 0};  ///< in the order of the planes
  float scale[3] = {1, 1, 1};
  int width = 0;  ///< 0: the photo's
  int height = 0;
};
cv::Mat to_blob(const cv::Mat& bgr, const BlobOptions& options);

/// log2(1 + x / 2) of the grey levels x, as our own networks see them: a face looks the same in
/// logarithms whatever the light, but for a constant. The halves keep the noise of black small.
const std::array<float, 256>& logarithms_of_levels();

/// The CV_8U photo with every value x as levels[x], in CV_32F.
cv::Mat look_up(const cv::Mat& photo, const std::array<float, 256>& levels);

}  // namespace everyface
