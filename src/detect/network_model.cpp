#include "detect/network_model.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>

#include "detect/decode.h"

namespace everyface {
namespace {

/// Inputs of 32 pixels on a side, a single cell of the coarsest level, give OpenCV 4.6's networks
/// boxes from memory that nothing was written to.
constexpr int kLeastSide = 64;

class NetworkModel final : public FaceModel {
 public:
  NetworkModel(NetworkContract contract, Network network)
      : contract_(std::move(contract)), network_(std::move(network)) {}

  void find(const cv::Mat& bgr, double min_score, std::vector<Face>& faces) override {
    contract_.blob.width = round_up(std::max(bgr.cols, kLeastSide), contract_.unit_px);
    contract_.blob.height = round_up(std::max(bgr.rows, kLeastSide), contract_.unit_px);
    const cv::Mat values = contract_.levels == nullptr ? bgr : look_up(bgr, *contract_.levels);
    contract_.decode(network_.run(to_blob(values, contract_.blob), contract_.outputs),
                     contract_.blob.width, contract_.blob.height, min_score, faces);
  }

  [[nodiscard]] double nms_iou() const override { return contract_.nms_iou; }
  [[nodiscard]] int largest_face_px() const override { return contract_.largest_face_px; }

 private:
  NetworkContract contract_;
  Network network_;
};

}  // namespace

FaceModelResult make_network_model(const NetworkContract& contract, const ModelRegistry& models) {
  auto network = Network::load(models, contract.model);
  if (!network) {
    return network.error();
  }
  return std::unique_ptr<FaceModel>(
      std::make_unique<NetworkModel>(contract, std::move(network).value()));
}

}  // namespace everyface
