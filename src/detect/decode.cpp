#include "detect/decode.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace everyface {
namespace {

constexpr int kStrides[] = {8, 16, 32};

/// The values of an output that must hold `count` of them.
const float* values(const cv::Mat& output, std::size_t count) {
  CV_Assert(output.type() == CV_32FC1 && output.isContinuous() && output.total() == count);
  return output.ptr<float>();
}

std::size_t cells(int width, int height, int stride) {
  return static_cast<std::size_t>(width / stride) * static_cast<std::size_t>(height / stride);
}

/// Landmarks of one cell: origin + offsets · unit.
Landmarks landmarks_at(double x, double y, const float* offsets, double unit) {
  Landmarks landmarks;
  for (std::size_t k = 0; k < landmarks.size(); ++k) {
    landmarks[k] = {x + offsets[2 * k] * unit, y + offsets[2 * k + 1] * unit};
  }
  return landmarks;
}

Box box_around(double x, double y, double width, double height) {
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

/// The upper left corner of a cell in a grid of so many columns.
Point corner_of(std::size_t cell, std::size_t columns, int stride) {
  const std::size_t row = cell / columns;
  return {static_cast<double>(cell % columns) * stride, static_cast<double>(row) * stride};
}

bool finite(const Box& box) {
  return std::isfinite(box.x1) && std::isfinite(box.y1) && std::isfinite(box.x2) &&
         std::isfinite(box.y2);
}

bool finite(const Landmarks& landmarks) {
  return std::all_of(landmarks.begin(), landmarks.end(),
                     [](const Point& p) { return std::isfinite(p.x) && std::isfinite(p.y); });
}

}  // namespace

void add_candidate(const Box& box, double score, const std::optional<Landmarks>& landmarks,
                   double min_score, std::vector<Face>& faces) {
  if (score >= min_score && std::isfinite(score) && finite(box) && box.width() > 0 &&
      box.height() > 0 && (!landmarks || finite(*landmarks))) {
    faces.push_back({box, std::min(score, 1.0), landmarks});
  }
}

namespace {

/// A cell's face: box of centre (from the corner) and logarithms of the size, landmarks from the
/// corner, all in strides.
void add_candidate(const Point& corner, double score, const float* box, const float* landmarks,
                   int stride, double min_score, std::vector<Face>& faces) {
  add_candidate(box_around(corner.x + static_cast<double>(box[0]) * stride,
                           corner.y + static_cast<double>(box[1]) * stride,
                           std::exp(static_cast<double>(box[2])) * stride,
                           std::exp(static_cast<double>(box[3])) * stride),
                score, landmarks_at(corner.x, corner.y, landmarks, stride), min_score, faces);
}

}  // namespace

void decode_yunet(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                  std::vector<Face>& faces) {
  constexpr std::size_t kLevels = std::size(kStrides);
  CV_Assert(outputs.size() == 4 * kLevels);
  // Rejects most cells without a root; a little lower than the square, for rounding.
  const auto least_product = static_cast<float>(min_score * min_score * (1 - 1e-6));
  for (std::size_t level = 0; level < kLevels; ++level) {
    const int stride = kStrides[level];
    const std::size_t count = cells(width, height, stride);
    const float* cls = values(outputs[level], count);
    const float* obj = values(outputs[kLevels + level], count);
    const float* bbox = values(outputs[2 * kLevels + level], 4 * count);
    const float* kps = values(outputs[3 * kLevels + level], 10 * count);
    const auto columns = static_cast<std::size_t>(width / stride);
    for (std::size_t cell = 0; cell < count; ++cell) {
      const float product = std::clamp(cls[cell], 0.0F, 1.0F) * std::clamp(obj[cell], 0.0F, 1.0F);
      if (!(product >= least_product)) {
        continue;
      }
      add_candidate(corner_of(cell, columns, stride), std::sqrt(product), bbox + 4 * cell,
                    kps + 10 * cell, stride, min_score, faces);
    }
  }
}

void decode_dusk(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                 std::vector<Face>& faces) {
  constexpr std::size_t kValues = 15;
  constexpr std::size_t kLevels = std::size(kStrides);
  CV_Assert(outputs.size() == kLevels);
  // Compares logits, a little lower than the score's for rounding: most cells need no exponential.
  const auto least = static_cast<float>(std::log(min_score / (1 - min_score)) - 1e-5);
  for (std::size_t level = 0; level < kLevels; ++level) {
    const int stride = kStrides[level];
    const std::size_t count = cells(width, height, stride);
    const float* cell_values = values(outputs[level], kValues * count);
    const auto columns = static_cast<std::size_t>(width / stride);
    for (std::size_t cell = 0; cell < count; ++cell) {
      const float* v = cell_values + kValues * cell;
      if (v[0] >= least) {
        const double score = 1 / (1 + std::exp(-static_cast<double>(v[0])));
        add_candidate(corner_of(cell, columns, stride), score, v + 1, v + 5, stride, min_score,
                      faces);
      }
    }
  }
}

void decode_scrfd(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                  std::vector<Face>& faces) {
  constexpr std::size_t kAnchors = 2;
  const auto output = [&](std::size_t count, std::size_t channels) {
    const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const cv::Mat& blob) {
      return blob.total() == count * channels && blob.dims > 0 &&
             blob.size[blob.dims - 1] == static_cast<int>(channels);
    });
    CV_Assert(found != outputs.end());
    return values(*found, count * channels);
  };
  const auto least = static_cast<float>(min_score * (1 - 1e-6));
  for (const int stride : kStrides) {
    const std::size_t count = kAnchors * cells(width, height, stride);
    const float* scores = output(count, 1);
    const float* boxes = output(count, 4);
    const float* kps = output(count, 10);
    const auto columns = static_cast<std::size_t>(width / stride);
    for (std::size_t anchor = 0; anchor < count; ++anchor) {
      if (!(scores[anchor] >= least)) {
        continue;
      }
      const std::size_t cell = anchor / kAnchors;
      const std::size_t row = cell / columns;
      const double x = static_cast<double>(cell % columns) * stride;
      const double y = static_cast<double>(row) * stride;
      const float* reach = boxes + 4 * anchor;
      const Box box = {
          x - static_cast<double>(reach[0]) * stride, y - static_cast<double>(reach[1]) * stride,
          x + static_cast<double>(reach[2]) * stride, y + static_cast<double>(reach[3]) * stride};
      add_candidate(box, scores[anchor], landmarks_at(x, y, kps + 10 * anchor, stride), min_score,
                    faces);
    }
  }
}

void decode_anchors(const std::vector<AnchorLevel>& levels, const cv::Mat& loc, const cv::Mat& conf,
                    const cv::Mat& landms, int width, int height, double min_score,
                    std::vector<Face>& faces) {
  constexpr double kCentreVariance = 0.1;
  constexpr double kSizeVariance = 0.2;
  std::size_t total = 0;
  for (const AnchorLevel& level : levels) {
    total += cells(width, height, level.stride) * level.sides_px.size();
  }
  const float* offsets = values(loc, 4 * total);
  const float* scores = values(conf, 2 * total);
  const float* points = landms.empty() ? nullptr : values(landms, 10 * total);
  const auto least = static_cast<float>(min_score * (1 - 1e-6));

  std::size_t anchor = 0;
  for (const AnchorLevel& level : levels) {
    const auto columns = static_cast<std::size_t>(width / level.stride);
    const std::size_t kinds = level.sides_px.size();
    const std::size_t first = anchor;
    const std::size_t end = first + cells(width, height, level.stride) * kinds;
    for (; anchor < end; ++anchor) {
      if (!(scores[2 * anchor + 1] >= least)) {
        continue;
      }
      const std::size_t cell = (anchor - first) / kinds;
      const double side = level.sides_px[(anchor - first) % kinds];
      const std::size_t row = cell / columns;
      const double x = (static_cast<double>(cell % columns) + 0.5) * level.stride;
      const double y = (static_cast<double>(row) + 0.5) * level.stride;
      const float* l = offsets + 4 * anchor;
      const Box box =
          box_around(x + kCentreVariance * l[0] * side, y + kCentreVariance * l[1] * side,
                     side * std::exp(kSizeVariance * l[2]), side * std::exp(kSizeVariance * l[3]));
      std::optional<Landmarks> landmarks;
      if (points != nullptr) {
        landmarks = landmarks_at(x, y, points + 10 * anchor, kCentreVariance * side);
      }
      add_candidate(box, scores[2 * anchor + 1], landmarks, min_score, faces);
    }
  }
}

}  // namespace everyface
