#include "enhance/learned.h"

#include <algorithm>
#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <utility>

#include "everyface/nn/network.h"

namespace everyface {
namespace {

constexpr float kWhite = 255.0F;

/// The network's answer for the whole photo, tile by tile: take(answer, tile) is called with a blob
/// of the size of tile.input. `photo` is CV_32FC3, blue, green, red, in 0..255.
void run_tiles(Network& network, const cv::Mat& photo, int tile_size, int margin,
               const std::function<void(const cv::Mat& answer, const Tile& tile)>& take) {
  constexpr float kScale = 1 / kWhite;
  const BlobOptions options{.rgb = true, .scale = {kScale, kScale, kScale}};
  for (const Tile& tile : plan_tiles(photo.size(), tile_size, margin)) {
    take(network.run(to_blob(photo(tile.input), options)).front(), tile);
  }
}

/// The photo with values outside 0..255 clipped; the photo's own pixels where there are none.
cv::Mat clipped(Pixels& photo) {
  const cv::Mat& floats = photo.floats();
  double low = 0;
  double high = 0;
  cv::minMaxIdx(floats.reshape(1), &low, &high);
  if (low >= 0 && high <= kWhite) {
    return floats;
  }
  cv::Mat inside;
  cv::max(floats, 0.0, inside);
  cv::min(inside, static_cast<double>(kWhite), inside);
  return inside;
}

/// Calls row_function(row, red, green, blue) for each row of a tile's output: its row in the photo,
/// and the network's values for it.
template <typename Row>
void for_each_row(const cv::Mat& answer, const Tile& tile, const Row& row_function) {
  const int column = tile.output.x - tile.input.x;
  for (int row = 0; row < tile.output.height; ++row) {
    const int answer_row = tile.output.y - tile.input.y + row;
    const float* red = answer.ptr<float>(0, 0, answer_row) + column;
    const float* green = answer.ptr<float>(0, 1, answer_row) + column;
    const float* blue = answer.ptr<float>(0, 2, answer_row) + column;
    row_function(tile.output.y + row, red, green, blue);
  }
}

/// The network's answer is the enhanced photo (Guo et al. 2020, "Zero-Reference Deep Curve
/// Estimation for Low-Light Image Enhancement", CVPR).
class ZeroDce final : public Enhancer {
 public:
  ZeroDce(Network network, int tile) : network_(std::move(network)), tile_(tile) {}

  void apply(Pixels& photo) override {
    constexpr int kReach = 7;  // seven layers of 3x3
    const cv::Mat from = clipped(photo);
    cv::Mat to(from.size(), CV_32FC3);
    const auto level = [](float value) { return std::clamp(value, 0.0F, 1.0F) * kWhite; };
    run_tiles(network_, from, tile_, kReach, [&](const cv::Mat& answer, const Tile& tile) {
      for_each_row(answer, tile,
                   [&](int row, const float* red, const float* green, const float* blue) {
                     float* pixel = to.ptr<float>(row) + 3 * tile.output.x;
                     for (int column = 0; column < tile.output.width; ++column, pixel += 3) {
                       pixel[0] = level(blue[column]);
                       pixel[1] = level(green[column]);
                       pixel[2] = level(red[column]);
                     }
                   });
    });
    photo.set(to);
  }

 private:
  Network network_;
  int tile_;
};

/// The network's answer f is a residual of the illumination: x / clamp(f + x, 1e-4, 1) (Ma et al.
/// 2022, "Toward Fast, Flexible, and Robust Low-Light Image Enhancement", CVPR).
class Sci final : public Enhancer {
 public:
  Sci(Network network, int tile) : network_(std::move(network)), tile_(tile) {}

  void apply(Pixels& photo) override {
    constexpr int kReach = 3;  // three layers of 3x3
    const cv::Mat from = clipped(photo);
    cv::Mat to(from.size(), CV_32FC3);
    const auto divided = [](float grey_level, float residual) {
      const float x = grey_level / kWhite;
      const float illumination = std::clamp(residual + x, 1e-4F, 1.0F);
      return std::min(x / illumination, 1.0F) * kWhite;
    };
    run_tiles(network_, from, tile_, kReach, [&](const cv::Mat& answer, const Tile& tile) {
      for_each_row(answer, tile,
                   [&](int row, const float* red, const float* green, const float* blue) {
                     const float* x = from.ptr<float>(row) + 3 * tile.output.x;
                     float* pixel = to.ptr<float>(row) + 3 * tile.output.x;
                     for (int column = 0; column < tile.output.width; ++column) {
                       pixel[3 * column] = divided(x[3 * column], blue[column]);
                       pixel[3 * column + 1] = divided(x[3 * column + 1], green[column]);
                       pixel[3 * column + 2] = divided(x[3 * column + 2], red[column]);
                     }
                   });
    });
    photo.set(to);
  }

 private:
  Network network_;
  int tile_;
};

/// The network's answer is a map r of curves at a twelfth of the resolution: enlarged, then eight
/// times x + r (x^2 - x) (Li, Guo and Loy 2022, "Learning to Enhance Low-Light Image via
/// Zero-Reference Deep Curve Estimation", IEEE TPAMI 44(8); Zheng and Gupta 2022,
/// "Semantic-Guided Zero-Shot Learning for Low-Light Image/Video Enhancement", WACV Workshops).
class ReducedCurve final : public Enhancer {
 public:
  ReducedCurve(Network network, int tile) : network_(std::move(network)), tile_(tile) {}

  void apply(Pixels& photo) override {
    constexpr int kReach = 7;  // seven layers of 3x3, of the reduced photo
    const cv::Mat from = clipped(photo);
    const cv::Mat reduced = reduce(from);
    cv::Mat map(reduced.size(), CV_32FC3);  // blue, green, red
    run_tiles(network_, reduced, tile_, kReach, [&](const cv::Mat& answer, const Tile& tile) {
      for_each_row(answer, tile,
                   [&](int row, const float* red, const float* green, const float* blue) {
                     float* pixel = map.ptr<float>(row) + 3 * tile.output.x;
                     for (int column = 0; column < tile.output.width; ++column, pixel += 3) {
                       pixel[0] = blue[column];
                       pixel[1] = green[column];
                       pixel[2] = red[column];
                     }
                   });
    });
    cv::Mat to(from.size(), CV_32FC3);
    brighten(from, map, to);
    photo.set(to);
  }

 private:
  static constexpr int kFactor = 12;

  /// A twelfth of the photo, which is thought to go on by reflection (the edge not repeated) to a
  /// multiple of twelve. Bilinear reduction by twelve without aligned corners looks at the centre
  /// of each 12x12 block, which lies between its four middle pixels: their mean.
  static cv::Mat reduce(const cv::Mat& photo) {
    const cv::Size size((photo.cols + kFactor - 1) / kFactor, (photo.rows + kFactor - 1) / kFactor);
    cv::Mat reduced(size, CV_32FC3);
    const auto middle = [](int block, int side, int length) {
      return cv::borderInterpolate(block * kFactor + kFactor / 2 - 1 + side, length,
                                   cv::BORDER_REFLECT_101);
    };
    for (int row = 0; row < size.height; ++row) {
      const auto* upper = photo.ptr<cv::Vec3f>(middle(row, 0, photo.rows));
      const auto* lower = photo.ptr<cv::Vec3f>(middle(row, 1, photo.rows));
      for (int column = 0; column < size.width; ++column) {
        const int left = middle(column, 0, photo.cols);
        const int right = middle(column, 1, photo.cols);
        reduced.at<cv::Vec3f>(row, column) =
            ((upper[left] + upper[right]) * 0.5F + (lower[left] + lower[right]) * 0.5F) * 0.5F;
      }
    }
    return reduced;
  }

  /// Between which two of `count` values the position of pixel `index` lies when they are spread
  /// over kFactor · count pixels with the first and last on the corners, and how near the second.
  struct Between {
    int first;
    int second;
    float share;
  };
  static Between between(int index, int count) {
    // In single precision, as the networks' authors compute it.
    const float step =
        count > 1 ? static_cast<float>(count - 1) / static_cast<float>(kFactor * count - 1) : 0.0F;
    const float position = step * static_cast<float>(index);
    const int first = std::min(static_cast<int>(position), count - 1);
    return {first, std::min(first + 1, count - 1), position - static_cast<float>(first)};
  }

  /// Enlarges the map and applies the curves, row by row, so that neither the enlarged map nor any
  /// of the eight steps is ever stored.
  static void brighten(const cv::Mat& from, const cv::Mat& map, cv::Mat& to) {
    const auto width = static_cast<std::size_t>(from.cols);
    std::vector<Between> columns;
    columns.reserve(width);
    for (int column = 0; column < from.cols; ++column) {
      columns.push_back(between(column, map.cols));
    }
    std::vector<float> mixed(static_cast<std::size_t>(map.cols) * 3);
    std::vector<float> rate(width * 3);
    for (int row = 0; row < from.rows; ++row) {
      const Between rows = between(row, map.rows);
      const auto* upper = map.ptr<float>(rows.first);
      const auto* lower = map.ptr<float>(rows.second);
      for (std::size_t i = 0; i < mixed.size(); ++i) {
        mixed[i] = (1 - rows.share) * upper[i] + rows.share * lower[i];
      }
      for (std::size_t column = 0; column < width; ++column) {
        const Between& at = columns[column];
        for (std::size_t channel = 0; channel < 3; ++channel) {
          rate[3 * column + channel] =
              (1 - at.share) * mixed[3 * static_cast<std::size_t>(at.first) + channel] +
              at.share * mixed[3 * static_cast<std::size_t>(at.second) + channel];
        }
      }
      bend_row(from.ptr<float>(row), rate.data(), width * 3, to.ptr<float>(row));
    }
  }

  static void bend_row(const float* before, const float* rate, std::size_t count, float* after) {
    std::size_t done = 0;
    for (; done + kLanes <= count; done += kLanes) {
      bend<kLanes>(before + done, rate + done, after + done);
    }
    for (; done < count; ++done) {
      bend<1>(before + done, rate + done, after + done);
    }
  }

  /// The eight steps on a few values at once: each step has to wait for the one before it, but not
  /// for its neighbours, and compilers turn the inner loops into vectors.
  template <std::size_t kCount>
  static void bend(const float* before, const float* rate, float* after) {
    float x[kCount];
    for (std::size_t lane = 0; lane < kCount; ++lane) {
      x[lane] = before[lane] * (1 / kWhite);
    }
    for (int step = 0; step < 8; ++step) {
      for (std::size_t lane = 0; lane < kCount; ++lane) {
        x[lane] += rate[lane] * (x[lane] * x[lane] - x[lane]);
      }
    }
    for (std::size_t lane = 0; lane < kCount; ++lane) {
      const float bounded = x[lane] < 0 ? 0.0F : x[lane];
      after[lane] = (bounded > 1 ? 1.0F : bounded) * kWhite;
    }
  }

  static constexpr std::size_t kLanes = 32;

  Network network_;
  int tile_;
};

template <typename T>
Result<std::unique_ptr<Enhancer>> load(const ModelRegistry& models, std::string_view model,
                                       int tile) {
  auto network = Network::load(models, model);
  if (!network) {
    return network.error();
  }
  std::unique_ptr<Enhancer> enhancer = std::make_unique<T>(std::move(*network), tile);
  return enhancer;
}

/// A method's name, its network, and how it is used.
struct Learned {
  const char* method;
  const char* model;
  const char* summary;
  Result<std::unique_ptr<Enhancer>> (*load)(const ModelRegistry&, std::string_view, int tile);
  Result<std::unique_ptr<Enhancer>> (*make)(const ParameterValues&, const ModelRegistry&);
};

/// Large enough that the overlap costs little, small enough for the processor's caches.
constexpr int kTile = 256;

template <int kIndex>
Result<std::unique_ptr<Enhancer>> make(const ParameterValues& /*none*/,
                                       const ModelRegistry& models);

constexpr Learned kLearned[] = {
    {"zero-dce", "zero-dce", "curves by a network at full resolution (Zero-DCE, CVPR 2020)",
     &load<ZeroDce>, &make<0>},
    {"zero-dce-pp", "zero-dce-pp-curve",
     "curves by a small network at a twelfth of the resolution (Zero-DCE++, TPAMI 2022)",
     &load<ReducedCurve>, &make<1>},
    {"sgz", "sgz-curve",
     "as zero-dce-pp, trained to keep what the photo shows (SGZ, WACV Workshops 2022)",
     &load<ReducedCurve>, &make<2>},
    {"sci-easy", "sci-easy-illumination",
     "division by an illumination that a tiny network estimates, for dusk (SCI, CVPR 2022)",
     &load<Sci>, &make<3>},
    {"sci-medium", "sci-medium-illumination", "as sci-easy, for darker photos", &load<Sci>,
     &make<4>},
    {"sci-difficult", "sci-difficult-illumination", "as sci-easy, for the darkest photos",
     &load<Sci>, &make<5>},
};

template <int kIndex>
Result<std::unique_ptr<Enhancer>> make(const ParameterValues& /*none*/,
                                       const ModelRegistry& models) {
  return kLearned[kIndex].load(models, kLearned[kIndex].model, kTile);
}

/// One side of plan_tiles(): where inputs and outputs begin and end.
struct Span {
  int input;
  int output;
  int output_end;
};

std::vector<Span> plan_side(int length, int tile, int margin, int& input_length) {
  const int count = (length + tile - 1) / tile;
  const int step = (length + count - 1) / count;  // even tiles instead of a narrow last one
  input_length = std::min(length, step + 2 * margin);
  std::vector<Span> spans;
  for (int begin = 0; begin < length; begin += step) {
    spans.push_back({std::clamp(begin - margin, 0, length - input_length), begin,
                     std::min(begin + step, length)});
  }
  return spans;
}

}  // namespace

std::vector<Tile> plan_tiles(cv::Size photo, int tile, int margin) {
  cv::Size input;
  const auto columns = plan_side(photo.width, tile, margin, input.width);
  const auto rows = plan_side(photo.height, tile, margin, input.height);
  std::vector<Tile> tiles;
  for (const Span& row : rows) {
    for (const Span& column : columns) {
      tiles.push_back(
          {{cv::Point(column.input, row.input), input},
           {cv::Point(column.output, row.output), cv::Point(column.output_end, row.output_end)}});
    }
  }
  return tiles;
}

Result<std::unique_ptr<Enhancer>> make_learned(std::string_view method, const ModelRegistry& models,
                                               int tile) {
  const auto* found = std::find_if(std::begin(kLearned), std::end(kLearned),
                                   [&](const Learned& one) { return one.method == method; });
  CV_Assert(found != std::end(kLearned) && tile > 0);
  return found->load(models, found->model, tile);
}

const std::vector<Method>& learned_methods() {
  static const std::vector<Method> methods = [] {
    std::vector<Method> list;
    for (const Learned& one : kLearned) {
      list.push_back({one.method, one.summary, {}, one.model, one.make});
    }
    return list;
  }();
  return methods;
}

}  // namespace everyface
