#include "everyface/commons/publish_photo.h"

#include <opencv2/imgproc.hpp>

namespace everyface {
namespace {

constexpr double kSamePersonIou = 0.3;
constexpr double kEnlarged = 1.7;
constexpr int kValuesLeft = 3;  // on each side

cv::Rect pixels_of(const Box& box, double scale, cv::Size photo) {
  const double width = scale * box.width();
  const double height = scale * box.height();
  const cv::Rect rounded(cvFloor((box.x1 + box.x2 - width) / 2),
                         cvFloor((box.y1 + box.y2 - height) / 2), cvCeil(width) + 1,
                         cvCeil(height) + 1);
  return rounded & cv::Rect({0, 0}, photo);
}

void blur(cv::Mat& photo, const cv::Rect& area, const cv::Rect& keep) {
  cv::Mat few;
  cv::Mat smooth;
  cv::resize(photo(area), few, cv::Size(kValuesLeft, kValuesLeft), 0, 0, cv::INTER_AREA);
  cv::resize(few, smooth, area.size(), 0, 0, cv::INTER_CUBIC);
  cv::Mat mask = cv::Mat::zeros(area.size(), CV_8U);
  cv::ellipse(mask,
              cv::RotatedRect(cv::Point2f(static_cast<float>(area.width) / 2.0F,
                                          static_cast<float>(area.height) / 2.0F),
                              cv::Size2f(area.size()), 0),
              cv::Scalar(255), cv::FILLED);
  const cv::Rect kept = keep & area;
  if (!kept.empty()) {
    mask(kept - area.tl()).setTo(0);
  }
  smooth.copyTo(photo(area), mask);
}

}  // namespace

cv::Mat publishable(const cv::Mat& bgr, const Box& chosen, const std::vector<Face>& everybody) {
  cv::Mat copy = bgr.clone();
  const cv::Rect keep = pixels_of(chosen, 1, bgr.size());
  for (const Face& face : everybody) {
    const cv::Rect area = pixels_of(face.box, kEnlarged, bgr.size());
    if (iou(face.box, chosen) < kSamePersonIou && !area.empty()) {
      blur(copy, area, keep);
    }
  }
  return copy;
}

}  // namespace everyface
