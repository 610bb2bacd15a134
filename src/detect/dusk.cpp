// Our own detector, trained in the dark (models/dusk.md).
#include <array>
#include <cmath>

#include "detect/decode.h"
#include "detect/network_model.h"

namespace everyface {
namespace {

constexpr float kMiddle = 3.5F;

/// The network takes logarithms of grey levels: a face looks the same in them whatever the light,
/// but for a constant. Two levels of offset keep the noise of black pixels small.
const std::array<float, 256>& logarithms() {
  static const std::array<float, 256> kLevels = [] {
    std::array<float, 256> levels{};
    for (std::size_t level = 0; level < levels.size(); ++level) {
      levels[level] = static_cast<float>(std::log2(1 + static_cast<double>(level) / 2));
    }
    return levels;
  }();
  return kLevels;
}

}  // namespace

FaceModelResult make_dusk(const ModelRegistry& models) {
  NetworkContract contract;
  contract.model = "dusk";
  contract.levels = &logarithms();
  contract.blob = {.rgb = false, .mean = {kMiddle, kMiddle, kMiddle}};
  contract.outputs = {"cells_8", "cells_16", "cells_32"};
  contract.decode = decode_dusk;
  return make_network_model(contract, models);
}

}  // namespace everyface
