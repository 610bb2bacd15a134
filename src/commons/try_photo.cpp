#include "everyface/commons/try_photo.h"

#include <algorithm>

#include "everyface/commons/brighten.h"
#include "everyface/commons/jpeg.h"

namespace everyface {

TriedPhoto try_photo(const cv::Mat& bgr, FaceFinder& finder, const ModelRegistry& models) {
  const cv::Mat before = reduced_to(bgr, kTrySide);
  TriedPhoto tried;
  tried.width = before.cols;
  tried.height = before.rows;
  tried.faces_before = finder.find_unbrightened(before);
  // The blur suits the largest face that anything finds.
  double face_width = 0;
  for (const Face& face : finder.find(before)) {
    face_width = std::max(face_width, face.box.width());
  }
  const cv::Mat after = brightened(before, face_width, models);
  tried.faces_after = finder.find_unbrightened(after);
  tried.before = encode_jpeg(before, kSmallJpegQuality);
  tried.after = encode_jpeg(after, kSmallJpegQuality);
  return tried;
}

}  // namespace everyface
