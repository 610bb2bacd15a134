// Our own enhancer: curves from a network at an eighth of the resolution, applied at the whole of
// it in one pass (models/dawn.md).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "enhance/dawn_kernels.h"
#include "enhance/method.h"
#include "everyface/nn/network.h"

namespace everyface {
namespace {

constexpr int kDepth = 8;     // the network halves its map three times
constexpr int kInputs = 4;    // means of blue, green and red, deviation of green
constexpr int kShoulder = 3;  // of the network's outputs; three gains come before it
constexpr int kOutputs = 5;
constexpr float kWhite = 255.0F;

int whole(int length, int parts) { return (length + parts - 1) / parts; }

/// The maps of a photo, one number a cell, cells of a row with the first and the last one twice.
class Maps {
 public:
  explicit Maps(cv::Size cells) : cells_(cells), pitch_(cells.width + 2), values_(kDawnMaps) {
    for (std::vector<float>& plane : values_) {
      plane.resize(at(cells.height));
    }
  }

  float* row(std::size_t map, int y) { return values_[map].data() + at(y); }

  void close(int y) {
    for (std::size_t map = 0; map < kDawnMaps; ++map) {
      float* values = row(map, y);
      values[0] = values[1];
      values[pitch_ - 1] = values[pitch_ - 2];
    }
  }

  /// The maps at the height of a row of pixels.
  void between(int row_of_pixels, std::vector<float>& lines, DawnRowMaps& maps) const {
    const float height = (static_cast<float>(row_of_pixels) + 0.5F) / kDawnCell - 0.5F;
    const int above = std::clamp(static_cast<int>(std::floor(height)), 0, cells_.height - 1);
    const int below = std::min(above + 1, cells_.height - 1);
    const float share = std::clamp(height - static_cast<float>(above), 0.0F, 1.0F);
    const auto width = static_cast<std::size_t>(pitch_);
    lines.resize(kDawnMaps * width);
    for (std::size_t map = 0; map < kDawnMaps; ++map) {
      const float* first = values_[map].data() + at(above);
      const float* second = values_[map].data() + at(below);
      float* line = lines.data() + map * width;
      for (std::size_t i = 0; i < width; ++i) {
        line[i] = first[i] + share * (second[i] - first[i]);
      }
      maps[map] = line;
    }
  }

 private:
  [[nodiscard]] std::size_t at(int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(pitch_);
  }

  cv::Size cells_;
  int pitch_;
  std::vector<std::vector<float>> values_;
};

class Dawn final : public Enhancer {
 public:
  explicit Dawn(Network network) : network_(std::move(network)) {}

  void apply(Pixels& photo) override {
    if (photo.is_plain_bytes()) {
      photo.set(enhanced<std::uint8_t>(photo.bytes()));
    } else {
      cv::Mat inside;
      cv::max(photo.floats(), 0.0, inside);
      cv::min(inside, static_cast<double>(kWhite), inside);
      photo.set(enhanced<float>(inside));
    }
  }

 private:
  template <typename T>
  cv::Mat enhanced(const cv::Mat& photo) {
    const cv::Size cells(whole(photo.cols, kDawnCell), whole(photo.rows, kDawnCell));
    Maps maps(cells);
    const cv::Mat seen = measured<T>(photo, cells, maps);
    to_maps(network_.run(seen).front(), cells, maps);
    return rendered<T>(photo, cells, maps);
  }

  /// What the network sees; the means go into the maps too.
  template <typename T>
  static cv::Mat measured(const cv::Mat& photo, cv::Size cells, Maps& maps) {
    const int height = whole(cells.height, kDepth) * kDepth;
    const int width = whole(cells.width, kDepth) * kDepth;
    cv::Mat seen({1, kInputs, height, width}, CV_32F);
    std::vector<float> levels(static_cast<std::size_t>(kInputs * width));
    DawnMeasures planes{};
    for (int channel = 0; channel < kInputs; ++channel) {
      planes[static_cast<std::size_t>(channel)] =
          levels.data() + static_cast<std::size_t>(channel * width);
    }
    for (int y = 0; y < cells.height; ++y) {
      const T* rows[kDawnCell];
      const int count = std::min(kDawnCell, photo.rows - y * kDawnCell);
      for (int i = 0; i < count; ++i) {
        rows[i] = photo.ptr<T>(y * kDawnCell + i);
      }
      measure_dawn_cells(rows, count, photo.cols, planes);
      for (int channel = 0; channel < kInputs; ++channel) {
        float* plane = planes[static_cast<std::size_t>(channel)];
        if (channel < 3) {
          float* means = maps.row(kOutputs + static_cast<std::size_t>(channel), y) + 1;
          std::transform(plane, plane + cells.width, means, [](float v) { return v / kWhite; });
        }
        std::fill(plane + cells.width, plane + width, plane[cells.width - 1]);
        dawn_logarithms(plane, seen.ptr<float>(0, channel, y), static_cast<std::size_t>(width));
      }
    }
    for (int channel = 0; channel < kInputs; ++channel) {
      for (int y = cells.height; y < height; ++y) {
        std::memcpy(seen.ptr<float>(0, channel, y), seen.ptr<float>(0, channel, cells.height - 1),
                    static_cast<std::size_t>(width) * sizeof(float));
      }
    }
    return seen;
  }

  static void to_maps(const cv::Mat& answer, cv::Size cells, Maps& maps) {
    const auto count = static_cast<std::size_t>(cells.width);
    for (int y = 0; y < cells.height; ++y) {
      for (int output = 0; output < kOutputs; ++output) {
        float* to = maps.row(static_cast<std::size_t>(output), y) + 1;
        (output < kShoulder ? dawn_gains : dawn_shares)(answer.ptr<float>(0, output, y), to, count);
      }
      maps.close(y);
    }
  }

  template <typename T>
  static cv::Mat rendered(const cv::Mat& photo, cv::Size cells, const Maps& maps) {
    // The kernel works on whole blocks between the middles of cells: half a cell before the row and
    // up to a cell and a half beyond it.
    constexpr std::size_t kBefore = std::size_t{3} * kDawnCell / 2;
    const std::size_t length = 3 * static_cast<std::size_t>(photo.cols);
    const std::size_t padded = 3 * static_cast<std::size_t>((cells.width + 1) * kDawnCell);
    std::vector<T> row(padded, T{0});
    std::vector<T> out(padded, T{0});
    std::vector<float> lines;
    DawnRowMaps at_row{};
    cv::Mat to(photo.size(), photo.type());
    for (int y = 0; y < photo.rows; ++y) {
      maps.between(y, lines, at_row);
      std::memcpy(row.data() + kBefore, photo.ptr<T>(y), length * sizeof(T));
      render_dawn_row(row.data(), cells.width, at_row, out.data());
      std::memcpy(to.ptr<T>(y), out.data() + kBefore, length * sizeof(T));
    }
    return to;
  }

  Network network_;
};

Result<std::unique_ptr<Enhancer>> make_dawn(const ParameterValues& /*none*/,
                                            const ModelRegistry& models) {
  auto network = Network::load(models, "dawn");
  if (!network) {
    return network.error();
  }
  return made<Dawn>(std::move(*network));
}

}  // namespace

Method dawn_method() {
  return {.name = "dawn",
          .summary = "ours: local curves from a small network; ships with the program",
          .parameters = {},
          .model = "dawn",
          .make = make_dawn};
}

}  // namespace everyface
