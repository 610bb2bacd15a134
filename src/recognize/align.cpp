#include "everyface/recognize/align.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace everyface {
namespace {

constexpr double kLeastOverlap = 0.3;

/// Scales beyond these would make a face of less than a pixel, or of a planet.
constexpr double kLeastScale = 1e-4;
constexpr double kMostScale = 1e4;

Point mean_of(const Landmarks& points) {
  Point mean;
  for (const Point& point : points) {
    mean.x += point.x / static_cast<double>(points.size());
    mean.y += point.y / static_cast<double>(points.size());
  }
  return mean;
}

bool covers(const Box& box, double x, double y) {
  return box.x1 <= x && x <= box.x2 && box.y1 <= y && y <= box.y2;
}

}  // namespace

std::optional<cv::Matx23d> similarity_transform(const Landmarks& from, const Landmarks& to) {
  const Point from_mean = mean_of(from);
  const Point to_mean = mean_of(to);
  // In two dimensions the rotation of Umeyama's SVD has a closed form: with the points as complex
  // numbers about their means, scale · rotation is Σ conj(from) · to / Σ |from|².
  double spread = 0;
  double real = 0;
  double imaginary = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double fx = from[i].x - from_mean.x;
    const double fy = from[i].y - from_mean.y;
    const double tx = to[i].x - to_mean.x;
    const double ty = to[i].y - to_mean.y;
    spread += fx * fx + fy * fy;
    real += fx * tx + fy * ty;
    imaginary += fx * ty - fy * tx;
  }
  const double a = real / spread;
  const double b = imaginary / spread;
  const double scale = std::hypot(a, b);
  if (!(scale > kLeastScale && scale < kMostScale)) {  // false for NaN too
    return std::nullopt;
  }
  return cv::Matx23d{a, -b, to_mean.x - a * from_mean.x + b * from_mean.y,
                     b, a,  to_mean.y - b * from_mean.x - a * from_mean.y};
}

cv::Mat warp_face(const cv::Mat& photo, const cv::Matx23d& transform, int width, int height) {
  cv::Mat crop;
  cv::warpAffine(photo, crop, transform, {width, height}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return crop;
}

Result<Face> choose_face(const std::vector<Face>& faces, cv::Size photo,
                         const std::optional<Box>& label, double min_score) {
  const Face* best = nullptr;
  double best_value = 0;
  for (const Face& face : faces) {
    if (face.score < min_score || !face.landmarks) {
      continue;
    }
    double value = 0;
    if (label) {
      const double overlap = iou(face.box, *label);
      value = overlap >= kLeastOverlap ? overlap : 0;
    } else if (covers(face.box, photo.width / 2.0, photo.height / 2.0)) {
      value = (face.box.x2 - face.box.x1) * (face.box.y2 - face.box.y1);
    }
    if (value > best_value) {
      best = &face;
      best_value = value;
    }
  }
  if (best == nullptr) {
    return Error{faces.empty() ? "no face found"
                 : label       ? "no face found at the labelled box"
                               : "no face found at the photo's centre"};
  }
  return *best;
}

Landmarks without_padding(const Landmarks& landmarks, int pad_px) {
  Landmarks moved = landmarks;
  for (Point& point : moved) {
    point.x -= pad_px;
    point.y -= pad_px;
  }
  return moved;
}

}  // namespace everyface
