// Ultra-Light-Fast-Generic-Face-Detector-1MB, version RFB-320 (Linzaer 2019).
#include "detect/decode.h"
#include "detect/network_model.h"

namespace everyface {
namespace {

void decode(std::span<const cv::Mat> outputs, int width, int height, double min_score,
            std::vector<Face>& faces) {
  static const std::vector<AnchorLevel> kLevels = {
      {8, {10, 16, 24}}, {16, {32, 48}}, {32, {64, 96}}, {64, {128, 192, 256}}};
  decode_anchors(kLevels, outputs[0], outputs[1], {}, width, height, min_score, faces);
}

}  // namespace

FaceModelResult make_ultraface(const ModelRegistry& models) {
  NetworkContract contract;
  contract.model = "ultraface-rfb";
  contract.blob = {
      .rgb = true, .mean = {127, 127, 127}, .scale = {1.0F / 128, 1.0F / 128, 1.0F / 128}};
  contract.unit_px = 64;
  contract.outputs = {"boxes", "scores"};
  contract.nms_iou = 0.3;
  contract.decode = decode;
  return make_network_model(contract, models);
}

}  // namespace everyface
