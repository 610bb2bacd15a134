#include "everyface/commons/jpeg.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace everyface {

std::string encode_jpeg(const cv::Mat& bgr, int quality) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", bgr, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

cv::Mat reduced_to(const cv::Mat& bgr, int side) {
  const int longer = std::max(bgr.cols, bgr.rows);
  if (longer <= side) {
    return bgr;
  }
  const double scale = static_cast<double>(side) / longer;
  const cv::Size size(std::max(1, cvRound(bgr.cols * scale)),
                      std::max(1, cvRound(bgr.rows * scale)));
  cv::Mat reduced;
  cv::resize(bgr, reduced, size, 0, 0, cv::INTER_AREA);
  return reduced;
}

}  // namespace everyface
