#include "everyface/nn/network.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/dnn.hpp>
#include <optional>
#include <utility>

#include "everyface/nn/registry.h"
#include "nn/engine.h"

namespace everyface {
namespace {

/// One plane's share of BlobOptions, and where its values go.
struct Plane {
  float* to = nullptr;
  float mean = 0;
  float scale = 1;

  [[nodiscard]] float value(float from) const { return (from - mean) * scale; }
};

#if CV_SIMD
/// (value − mean) · scale in vectors: subtracted and multiplied one after the other, never fused,
/// so that the scalar loop at the end of a row gives the same bits.
void store_plane(const Plane& plane, int column, const cv::v_float32& values) {
  cv::v_store(plane.to + column,
              (values - cv::vx_setall_f32(plane.mean)) * cv::vx_setall_f32(plane.scale));
}

void store_plane(const Plane& plane, int column, const cv::v_uint8& values) {
  constexpr int kLanes = cv::v_float32::nlanes;
  cv::v_uint16 low;
  cv::v_uint16 high;
  cv::v_expand(values, low, high);
  cv::v_uint32 quarter[4];
  cv::v_expand(low, quarter[0], quarter[1]);
  cv::v_expand(high, quarter[2], quarter[3]);
  for (int part = 0; part < 4; ++part) {
    store_plane(plane, column + part * kLanes,
                cv::v_cvt_f32(cv::v_reinterpret_as_s32(quarter[part])));
  }
}
#endif

/// One row of a photo into three planes (planes in the order of the photo's channels).
template <typename Value, typename Vector>
void split_row(const Value* row, int width, const Plane (&planes)[3]) {
  int column = 0;
#if CV_SIMD
  for (; column + Vector::nlanes <= width; column += Vector::nlanes) {
    Vector channel[3];
    cv::v_load_deinterleave(row + 3 * column, channel[0], channel[1], channel[2]);
    for (int c = 0; c < 3; ++c) {
      store_plane(planes[c], column, channel[c]);
    }
  }
#endif
  for (; column < width; ++column) {
    for (int c = 0; c < 3; ++c) {
      planes[c].to[column] = planes[c].value(static_cast<float>(row[3 * column + c]));
    }
  }
}

}  // namespace

struct Network::State {
  std::optional<Engine> engine;
  cv::dnn::Net net;                  // of a network that is not the engine's
  std::vector<std::string> outputs;  // of that: the unconnected ones
};

Network::Network(std::unique_ptr<State> state) : state_(std::move(state)) {}
Network::Network(Network&& other) noexcept = default;
Network& Network::operator=(Network&& other) noexcept = default;
Network::~Network() = default;

Result<Network> Network::load(const ModelRegistry& models, std::string_view name) {
  const auto weights = models.load(name);
  if (!weights) {
    return weights.error();
  }
  auto state = std::make_unique<State>();
  if (auto engine = Engine::load(*weights)) {
    state->engine = std::move(*engine);
    return Network(std::move(state));
  }
  try {
    state->net = cv::dnn::readNetFromONNX(weights->data(), weights->size());
    state->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    state->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
    state->outputs = state->net.getUnconnectedOutLayersNames();
    return Network(std::move(state));
  } catch (const std::exception& problem) {
    // OpenCV's messages have several lines.
    std::string why = problem.what();
    for (char& character : why) {
      character = character == '\n' ? ' ' : character;
    }
    return Error{"model " + std::string(name) + ": OpenCV " + CV_VERSION +
                 " cannot read its file as an ONNX network: " + why};
  }
}

std::vector<cv::Mat> Network::run(const cv::Mat& blob, const std::vector<std::string>& outputs) {
  if (state_->engine) {
    return state_->engine->run(blob, outputs);
  }
  state_->net.setInput(blob);
  std::vector<cv::Mat> blobs;
  state_->net.forward(blobs, outputs.empty() ? state_->outputs : outputs);
  return blobs;
}

std::string_view Network::engine() const { return state_->engine ? "everyface" : "opencv"; }

cv::Mat to_blob(const cv::Mat& bgr, const BlobOptions& options) {
  CV_Assert(bgr.type() == CV_8UC3 || bgr.type() == CV_32FC3);
  const int width = options.width > 0 ? options.width : bgr.cols;
  const int height = options.height > 0 ? options.height : bgr.rows;
  CV_Assert(width >= bgr.cols && height >= bgr.rows);
  const int sizes[] = {1, 3, height, width};
  cv::Mat blob(4, sizes, CV_32F);

  for (int row = 0; row < height; ++row) {
    Plane planes[3];  // of channel blue, green, red
    for (int channel = 0; channel < 3; ++channel) {
      const int index = options.rgb ? 2 - channel : channel;
      planes[channel] = {blob.ptr<float>(0, index, row), options.mean[index], options.scale[index]};
    }
    const int filled = row < bgr.rows ? bgr.cols : 0;
    if (filled > 0 && bgr.depth() == CV_8U) {
      split_row<uchar, cv::v_uint8>(bgr.ptr<uchar>(row), filled, planes);
    } else if (filled > 0) {
      split_row<float, cv::v_float32>(bgr.ptr<float>(row), filled, planes);
    }
    for (const Plane& plane : planes) {
      std::fill(plane.to + filled, plane.to + width, plane.value(0));
    }
  }
  return blob;
}

const std::array<float, 256>& logarithms_of_levels() {
  static const std::array<float, 256> kLevels = [] {
    std::array<float, 256> levels{};
    for (std::size_t level = 0; level < levels.size(); ++level) {
      levels[level] = static_cast<float>(std::log2(1 + static_cast<double>(level) / 2));
    }
    return levels;
  }();
  return kLevels;
}

cv::Mat look_up(const cv::Mat& photo, const std::array<float, 256>& levels) {
  cv::Mat values;
  cv::LUT(photo, cv::Mat(1, 256, CV_32F, const_cast<float*>(levels.data())), values);
  return values;
}

}  // namespace everyface
