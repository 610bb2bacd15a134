#include "enhance/llflow.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "enhance/learned.h"
#include "enhance/method.h"

namespace everyface {
namespace {

constexpr float kWhite = 255.0F;

/// How many pixels are added before and after a side, to the next larger multiple of 16.
std::pair<int, int> padding_of(int length) {
  constexpr int kMultiple = 16;
  const int added = kMultiple - length % kMultiple;
  return {added / 2, added - added / 2};
}

cv::Mat equalised_channels(const cv::Mat& photo) {
  std::vector<cv::Mat> channels;
  cv::split(photo, channels);
  for (cv::Mat& channel : channels) {
    cv::equalizeHist(channel, channel);
  }
  cv::Mat equalised;
  cv::merge(channels, equalised);
  return equalised;
}

/// From 0..1 to 0..255, clipped; what is no number becomes black.
cv::Mat clipped(const cv::Mat& answer) {
  cv::Mat photo(answer.size(), CV_32FC3);
  for (int y = 0; y < answer.rows; ++y) {
    const auto* from = answer.ptr<float>(y);
    auto* to = photo.ptr<float>(y);
    for (int i = 0; i < 3 * answer.cols; ++i) {
      to[i] = from[i] > 0 ? std::min(from[i], 1.0F) * kWhite : 0.0F;
    }
  }
  return photo;
}

cv::Rect times(const cv::Rect& cells, int side) {
  return {cells.x * side, cells.y * side, cells.width * side, cells.height * side};
}

class LlflowEnhancer final : public Enhancer {
 public:
  LlflowEnhancer(Llflow network, int tile, int margin)
      : network_(std::move(network)), tile_(cells_of(tile)), margin_(cells_of(margin)) {}

  void apply(Pixels& photo) override {
    const auto [top, bottom] = padding_of(photo.height());
    const auto [left, right] = padding_of(photo.width());
    cv::Mat padded;
    cv::copyMakeBorder(photo.bytes(), padded, top, bottom, left, right, cv::BORDER_REFLECT);
    const cv::Mat equalised = equalised_channels(padded);

    cv::Mat answer(padded.size(), CV_32FC3);
    for (const Tile& cells : plan_tiles(padded.size() / kCell, tile_, margin_)) {
      const cv::Rect input = times(cells.input, kCell);
      const cv::Rect output = times(cells.output, kCell);
      const cv::Mat part = network_.run(padded(input), equalised(input));
      part(output - input.tl()).copyTo(answer(output));
    }
    photo.set(clipped(answer({left, top, photo.width(), photo.height()})));
  }

 private:
  static constexpr int kCell = Llflow::kStride;
  static int cells_of(int length) { return (length + kCell - 1) / kCell; }

  Llflow network_;
  int tile_;  // in cells
  int margin_;
};

}  // namespace

std::unique_ptr<Enhancer> make_llflow(Llflow network, int tile, int margin) {
  return std::make_unique<LlflowEnhancer>(std::move(network), tile, margin);
}

Method llflow_method() {
  return {.name = "llflow",
          .summary =
              "a normalising flow in reverse, from the photo's colours (LLFlow, AAAI 2022; "
              "8-bit input)",
          .parameters = {{.name = "tile",
                          .fallback = kLlflowTile,
                          .low = 64,
                          .high = 65536,
                          .meaning = "sides in pixels of the tiles that larger photos are run in; "
                                     "memory grows with their area",
                          .whole = true}},
          .model = "llflow",
          .make = [](const ParameterValues& values,
                     const ModelRegistry& models) -> Result<std::unique_ptr<Enhancer>> {
            auto network = Llflow::load(models, "llflow");
            if (!network) {
              return network.error();
            }
            return make_llflow(std::move(*network), static_cast<int>(values.at("tile")),
                               kLlflowMargin);
          }};
}

}  // namespace everyface
