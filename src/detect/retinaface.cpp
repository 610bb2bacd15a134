// RetinaFace with MobileNet-0.25 (Deng et al. 2020, "RetinaFace: single-shot multi-level face
// localisation in the wild"), as biubug6 trained it.
#include "detect/decode.h"
#include "detect/network_model.h"

namespace everyface {
namespace {

void decode(std::span<const cv::Mat> outputs, int width, int height, double min_score,
            std::vector<Face>& faces) {
  static const std::vector<AnchorLevel> kLevels = {{8, {10, 20}}, {16, {32, 64}}, {32, {128, 256}}};
  decode_anchors(kLevels, outputs[0], outputs[1], outputs[2], width, height, min_score, faces);
}

}  // namespace

FaceModelResult make_retinaface(const ModelRegistry& models) {
  NetworkContract contract;
  contract.model = "retinaface-mobilenet025";
  contract.blob = {.rgb = false, .mean = {104, 117, 123}};
  contract.outputs = {"loc", "conf", "landms"};
  contract.decode = decode;
  return make_network_model(contract, models);
}

}  // namespace everyface
