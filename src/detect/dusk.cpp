// Our own detector, trained in the dark (models/dusk.md).
#include "detect/decode.h"
#include "detect/network_model.h"
#include "everyface/nn/network.h"

namespace everyface {
namespace {

constexpr float kMiddle = 3.5F;

}  // namespace

FaceModelResult make_dusk(const ModelRegistry& models) {
  NetworkContract contract;
  contract.model = "dusk";
  contract.levels = &logarithms_of_levels();
  contract.blob = {.rgb = false, .mean = {kMiddle, kMiddle, kMiddle}};
  contract.largest_face_px = 256;
  contract.outputs = {"cells_8", "cells_16", "cells_32"};
  contract.decode = decode_dusk;
  return make_network_model(contract, models);
}

}  // namespace everyface
