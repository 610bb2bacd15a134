// A dark photo as its contributor may choose to have it published: less noise, then more light.
#pragma once

#include <opencv2/core/mat.hpp>

namespace everyface {

class ModelRegistry;

/// Whether a photo got so little light that its owner should see a brightened one beside it: of the
/// brightest channel of its pixels, 95 of 100 are below a third of white. It asks the photo, not
/// the face, so that dark skin in good light is not called dark.
bool is_dark(const cv::Mat& bgr);

/// `gaussian+gain` with a blur that grows with the face: σ 1 for each 100 pixels of its width, 0.5
/// to 4 (what kept people recognisable in the study, docs/findings.md), or for the photo's width
/// where no face is known (0). CV_8UC3 in and out.
cv::Mat brightened(const cv::Mat& bgr, double face_width_px, const ModelRegistry& models);

}  // namespace everyface
