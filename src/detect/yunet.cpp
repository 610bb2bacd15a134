#include "detect/decode.h"
#include "detect/network_model.h"

namespace everyface {

FaceModelResult make_yunet(const ModelRegistry& models) {
  NetworkContract contract;
  contract.model = "yunet-n";
  contract.outputs = {"cls_8",  "cls_16",  "cls_32",  "obj_8", "obj_16", "obj_32",
                      "bbox_8", "bbox_16", "bbox_32", "kps_8", "kps_16", "kps_32"};
  contract.decode = decode_yunet;
  return make_network_model(contract, models);
}

}  // namespace everyface
