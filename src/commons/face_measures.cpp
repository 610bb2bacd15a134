#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "enhance/noise.h"
#include "everyface/commons/photo_check.h"

namespace everyface {
namespace {

constexpr int kSide = 80;         // of the face while it is measured: kMinFaceWidth, so that it is
                                  // never enlarged
constexpr double kFineSigma = 1;  // splits fine from coarse
constexpr double kCoarseSigma = 4;  // splits coarse from the light on the face
/// Share of white noise's variance that is left by taking a Gaussian of kFineSigma away:
/// 1 − 2 g(0) + Σ g², with g the kernel in two dimensions.
constexpr double kNoiseInFine = 0.76;
/// And that is left between both Gaussians: Σ (g_fine − g_coarse)².
constexpr double kNoiseInCoarse = 0.066;

/// The part of the box that lies in the photo.
cv::Rect inside(const Box& box, cv::Size photo) {
  const cv::Rect rounded(cvRound(box.x1), cvRound(box.y1), std::max(1, cvRound(box.width())),
                         std::max(1, cvRound(box.height())));
  return rounded & cv::Rect({0, 0}, photo);
}

double mean_square(const cv::Mat& values) {
  const double norm = cv::norm(values);
  return norm * norm / static_cast<double>(values.total());
}

}  // namespace

FaceMeasures measure_face(const cv::Mat& bgr, const Box& face) {
  FaceMeasures measures;
  measures.width_px = face.width();
  const cv::Rect area = inside(face, bgr.size());
  if (area.empty()) {
    return measures;
  }
  cv::Mat grey;
  cv::cvtColor(bgr(area), grey, cv::COLOR_BGR2GRAY);
  grey.convertTo(grey, CV_32F);
  const double noise = noise_level(grey);

  cv::Mat small;
  cv::resize(grey, small, cv::Size(kSide, kSide), 0, 0, cv::INTER_AREA);
  // Averaging n pixels into one takes the noise down by sqrt(n); enlarging brings none.
  const double merged = static_cast<double>(area.area()) / (kSide * kSide);
  const double noise_variance = noise * noise / std::max(1.0, merged);

  cv::Mat without_fine;
  cv::Mat light;
  cv::GaussianBlur(small, without_fine, {}, kFineSigma);
  cv::GaussianBlur(small, light, {}, kCoarseSigma);
  const cv::Rect middle(kSide / 8, kSide / 8, 3 * kSide / 4, 3 * kSide / 4);
  const double fine = mean_square(small(middle) - without_fine(middle));
  const double coarse = mean_square(without_fine(middle) - light(middle));
  const double fine_signal = std::max(0.0, fine - kNoiseInFine * noise_variance);
  const double coarse_signal = std::max(0.0, coarse - kNoiseInCoarse * noise_variance);
  // A flat area has neither structure nor noise: no signal, and nothing sharp about it.
  measures.sharpness = coarse_signal > 0 ? std::sqrt(fine_signal / coarse_signal) : 0;
  constexpr double kLeastNoise = 1e-6;
  measures.signal_to_noise = std::sqrt(coarse_signal / std::max(noise_variance, kLeastNoise));
  return measures;
}

}  // namespace everyface
