// The flow of LLFlow in reverse: from the latent to the photo.
#include <algorithm>
#include <limits>
#include <opencv2/core.hpp>
#include <utility>

#include "nn/llflow.h"

namespace everyface {
namespace {

/// A convolution of one tap of the map's planes from `first` on, in place; values below `low`
/// become `low`.
void mix(const PackedConvolution& weights, FeatureMap& map, std::size_t first, float low) {
  FeatureMap mixed(weights.out_planes, 1, map.width());
  ConvRow job;
  job.block_stride = map.plane_floats();
  job.channels = static_cast<int>(weights.in_planes) * kBlock;
  job.weights = weights.weights.data();
  job.bias = weights.bias.data();
  job.out = mixed.row(0, 0);
  job.out_block_stride = mixed.plane_floats();
  job.out_blocks = static_cast<int>(weights.out_planes);
  job.width = map.width();
  job.finish.low = low;
  for (int y = 0; y < map.height(); ++y) {
    const float* in = map.row(first, y);
    job.rows = &in;
    convolve_row(job);
    for (std::size_t plane = 0; plane < mixed.planes(); ++plane) {
      const float* row = mixed.row(plane, 0);
      std::copy(row, row + mixed.row_floats(), map.row(first + plane, y));
    }
  }
}

/// Planes `first` to `first + count` - 1 of z, by planes of shifts and as many of scales.
void undo_rows(const FeatureMap& net, FeatureMap& z, std::size_t first, std::size_t count) {
  for (std::size_t plane = 0; plane < count; ++plane) {
    undo_coupling(net.row(plane, 0), net.row(count + plane, 0), z.row(first + plane, 0),
                  z.plane_floats());
  }
}

/// Where channel c of `channels`, in two halves of whole planes, lies.
std::size_t place(int c, int channels) {
  const int half = channels / 2;
  return size_of(c < half ? c : whole_blocks(half) + c - half);
}

/// Four channels become four pixels: channel 4 c + 2 y + x is channel c of pixel (y, x) of 2 × 2.
FeatureMap unsqueezed(const FeatureMap& z, int channels) {
  const int left = channels / 4;
  FeatureMap larger(2 * size_of(whole_blocks(left / 2) / kBlock), 2 * z.height(), 2 * z.width());
  for (int c = 0; c < left; ++c) {
    const std::size_t to = place(c, left);
    for (int part = 0; part < 4; ++part) {
      const std::size_t from = place(4 * c + part, channels);
      for (int y = 0; y < z.height(); ++y) {
        const float* in = z.row(from / kBlock, y) + from % kBlock;
        float* out = larger.row(to / kBlock, 2 * y + part / 2) + (part % 2) * kBlock + to % kBlock;
        for (int x = 0; x < z.width(); ++x, in += kBlock, out += 2 * kBlock) {
          *out = *in;
        }
      }
    }
  }
  return larger;
}

/// The 12 channels of the finest level as a photo.
cv::Mat photo_of(const FeatureMap& z) {
  cv::Mat photo(2 * z.height(), 2 * z.width(), CV_32FC3);
  for (int y = 0; y < photo.rows; ++y) {
    auto* pixels = photo.ptr<cv::Vec3f>(y);
    for (int x = 0; x < photo.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        pixels[x][2 - c] = z.at(place(4 * c + y % 2 * 2 + x % 2, 12), y / 2, x / 2);
      }
    }
  }
  return photo;
}

}  // namespace

void Llflow::undo_coupling(const LlflowCoupling& coupling, const std::vector<FeatureMap>& condition,
                           FeatureMap& z) {
  const int height = z.height();
  const int width = z.width();
  const std::size_t half = z.planes() / 2;
  const std::size_t hidden = coupling.affine_second.out_planes;

  FeatureMap nets(2 * hidden, height, width);
  std::vector<const float*> in;
  for (const FeatureMap& map : condition) {
    append_planes(in, map, 0, map.planes());
  }
  append_planes(in, z, 0, half);
  auto job = job_of(coupling.first, std::move(in), planes_of(nets, 0, 2 * hidden), height, width);
  job.slope = 0;
  convolve_3x3(job, buffers_);
  mix(coupling.affine_second, nets, 0, 0);
  mix(coupling.features_second, nets, hidden, 0);

  // First the changed half under the kept one, then all channels under the condition alone.
  for (const bool affine : {true, false}) {
    const PackedConvolution& third = affine ? coupling.affine_third : coupling.features_third;
    std::vector<const float*> net;
    append_planes(net, nets, affine ? 0 : hidden, hidden);
    FeatureMap result(third.out_planes, height, width);
    convolve_3x3(
        job_of(third, std::move(net), planes_of(result, 0, result.planes()), height, width),
        buffers_);
    undo_rows(result, z, affine ? half : 0, third.out_planes / 2);
  }
}

void Llflow::undo_level(std::size_t level, const std::vector<FeatureMap>& condition,
                        FeatureMap& z) {
  const auto& steps = weights_.levels[level];
  for (std::size_t index = steps.size(); index-- > 0;) {
    for (const LlflowCoupling& coupling : steps[index].coupling) {
      undo_coupling(coupling, condition, z);
    }
    mix(steps[index].matrix, z, 0, std::numeric_limits<float>::lowest());
  }
}

cv::Mat Llflow::run(const cv::Mat& bgr, const cv::Mat& equalised) {
  CV_Assert(bgr.type() == CV_8UC3 && equalised.type() == CV_8UC3);
  CV_Assert(bgr.size() == equalised.size() && !bgr.empty());
  CV_Assert(bgr.rows % kStride == 0 && bgr.cols % kStride == 0);
  Encoded encoded = encode(bgr, equalised);
  FeatureMap z = std::move(encoded.latent);
  int channels = 3 * kStride * kStride;
  for (std::size_t level = 3; level-- > 0;) {
    undo_level(level, encoded.conditions[level], z);
    encoded.conditions[level].clear();
    if (level > 0) {
      z = unsqueezed(z, channels);
      channels /= 4;
    }
  }
  return photo_of(z);
}

}  // namespace everyface
