// Feature maps and packed convolutions as winograd.h and kernels.h take them.
#pragma once

#include <cstddef>
#include <vector>

#include "nn/aligned.h"
#include "nn/kernels.h"
#include "nn/winograd.h"

namespace everyface {

/// Planes of 16 channels, one after the other.
class FeatureMap {
 public:
  FeatureMap() = default;
  FeatureMap(std::size_t planes, int height, int width)
      : planes_(planes), height_(height), width_(width), values_(planes * plane_floats()) {}

  [[nodiscard]] std::size_t planes() const { return planes_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] std::size_t row_floats() const { return static_cast<std::size_t>(width_) * kBlock; }
  [[nodiscard]] std::size_t plane_floats() const {
    return static_cast<std::size_t>(height_) * row_floats();
  }
  float* row(std::size_t plane, int y) {
    return values_.data() + plane * plane_floats() + static_cast<std::size_t>(y) * row_floats();
  }
  [[nodiscard]] const float* row(std::size_t plane, int y) const {
    return values_.data() + plane * plane_floats() + static_cast<std::size_t>(y) * row_floats();
  }
  /// One channel of one pixel.
  float& at(std::size_t channel, int y, int x) {
    return row(channel / kBlock, y)[static_cast<std::size_t>(x) * kBlock + channel % kBlock];
  }
  [[nodiscard]] float at(std::size_t channel, int y, int x) const {
    return row(channel / kBlock, y)[static_cast<std::size_t>(x) * kBlock + channel % kBlock];
  }

 private:
  std::size_t planes_ = 0;
  int height_ = 0;
  int width_ = 0;
  Floats values_;
};

/// `count` planes of a map from `first` on, appended to what there is.
inline void append_planes(std::vector<const float*>& planes, const FeatureMap& map,
                          std::size_t first, std::size_t count) {
  for (std::size_t plane = first; plane < first + count; ++plane) {
    planes.push_back(map.row(plane, 0));
  }
}

inline std::vector<const float*> planes_of(const FeatureMap& map) {
  std::vector<const float*> planes;
  append_planes(planes, map, 0, map.planes());
  return planes;
}

inline std::vector<float*> planes_of(FeatureMap& map, std::size_t first, std::size_t count) {
  std::vector<float*> planes;
  for (std::size_t plane = first; plane < first + count; ++plane) {
    planes.push_back(map.row(plane, 0));
  }
  return planes;
}

/// A convolution with its weights in the kernels' order: [output plane][input channel][tap][16].
struct PackedConvolution {
  std::size_t in_planes = 0;
  std::size_t out_planes = 0;
  Floats weights;
  Floats bias;
};

}  // namespace everyface
