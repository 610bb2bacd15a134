// From the raw outputs of the networks to candidates. Each function appends the faces of at least
// `min_score`, row by row and level by level; a box or landmark that is not finite, a box without
// an area or a score that is not a number gives no face, and scores are clipped to 1. `width` and
// `height` are the network's input, multiples of the largest stride. Outputs are CV_32F with the
// cells in rows from the upper left; one of the wrong size throws cv::Exception.
#pragma once

#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "everyface/detect/detector.h"

namespace everyface {

/// `value` rounded up to a multiple of `unit`.
constexpr int round_up(int value, int unit) { return (value + unit - 1) / unit * unit; }

/// Appends a face if its numbers make one, see above.
void add_candidate(const Box& box, double score, const std::optional<Landmarks>& landmarks,
                   double min_score, std::vector<Face>& faces);

/// YuNet (Wu, Peng and Yu 2023, "YuNet: a tiny millisecond-level face detector"): one cell a face
/// at strides 8, 16 and 32. With the stride s and the cell's column and row: score =
/// sqrt(cls · obj), each clipped to 0..1; centre = ((column, row) + bbox[0..1]) · s; size =
/// exp(bbox[2..3]) · s; landmark k = ((column, row) + kps[2k..2k+1]) · s.
/// `outputs`: cls_8, cls_16, cls_32, obj_8…, bbox_8… (4 a cell), kps_8… (10 a cell).
void decode_yunet(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                  std::vector<Face>& faces);

/// `dusk` (models/dusk.md): one cell a face at strides 8, 16 and 32, of 15 values: the logit of the
/// score, then box and landmarks as YuNet's. `outputs`: the cells at the three strides.
void decode_dusk(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                 std::vector<Face>& faces);

/// SCRFD (Guo et al. 2021, "Sample and computation redistribution for efficient face detection"):
/// two anchors a cell at strides 8, 16 and 32, both at p = (column, row) · s; the box reaches
/// from p by four distances (left, top, right, bottom) · s, landmark k is p + offset · s.
/// `outputs`: nine in any order, told apart by their last dimension (1 score, 4 box, 10
/// landmarks) and their number of cells.
void decode_scrfd(std::span<const cv::Mat> outputs, int width, int height, double min_score,
                  std::vector<Face>& faces);

/// The anchors of one stride: squares of these sides, centred at (column + 1/2, row + 1/2) ·
/// stride.
struct AnchorLevel {
  int stride = 0;
  std::vector<float> sides_px;
};

/// Anchors as in SSD (Liu et al. 2016), variances 0.1 and 0.2: centre = c + 0.1 · loc[0..1] · side;
/// size = side · exp(0.2 · loc[2..3]); landmark k = c + 0.1 · landms[2k..2k+1] · side; score =
/// the second of the two (background, face) in `conf`. `landms` may be empty.
void decode_anchors(const std::vector<AnchorLevel>& levels, const cv::Mat& loc, const cv::Mat& conf,
                    const cv::Mat& landms, int width, int height, double min_score,
                    std::vector<Face>& faces);

}  // namespace everyface
