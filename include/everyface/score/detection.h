// Detections against labels: which box found which face, and the numbers and curves that follow.
//
// Overlap is the continuous intersection over union of everyface/base/box.h. "By falling score"
// is always a stable sort: of two equal scores the one listed first goes first. All functions
// require finite coordinates and scores and 0 < IoU threshold <= 1.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "everyface/base/box.h"

namespace everyface {

/// A labelled face.
struct TruthBox {
  Box box;
  bool ignored = false;  ///< neither finding nor missing it counts
};

/// A detector's box with its score; higher is surer, any range.
struct ScoredBox {
  Box box;
  double score = 0;
};

/// One labelled image: all its faces (perhaps none) and all boxes of a detector, in any order.
struct DetectionSample {
  std::vector<TruthBox> truth;
  std::vector<ScoredBox> detections;
};

/// What became of a detection.
enum class DetectionOutcome {
  kTrue,           ///< the first box of a face that counts
  kFalse,          ///< no free face below it
  kIgnored,        ///< lies on an ignored face
  kBelowThreshold  ///< its score is below the score threshold
};

struct MatchedDetection {
  DetectionOutcome outcome = DetectionOutcome::kBelowThreshold;
  std::optional<std::size_t> face;  ///< index into truth, for kTrue and kIgnored
};

struct Matching {
  std::vector<MatchedDetection> detections;  ///< in the order of DetectionSample::detections
  /// In the order of DetectionSample::truth: the detection that found the face. None for a face
  /// that is missed, and for every ignored face.
  std::vector<std::optional<std::size_t>> faces;
};

/// Assigns detections with score >= score_threshold to faces, greedily by falling score: each takes
/// the face that still is free, is not ignored and has the highest IoU >= iou_threshold (of equal
/// IoU the first listed). Where there is none, the ignored face with the highest IoU >=
/// iou_threshold swallows it; an ignored face swallows any number. What remains is false, so a
/// second box on a face is a false positive. Boxes without area match nothing.
///
/// A detection's fate depends only on those before it, so raising the score threshold turns
/// outcomes into kBelowThreshold and changes nothing else.
Matching match(const DetectionSample& sample, double iou_threshold, double score_threshold);

/// Sums over images at one score threshold.
struct Counts {
  std::size_t images = 0;
  std::size_t faces = 0;        ///< that are not ignored
  std::size_t predictions = 0;  ///< detections at or above the score threshold
  std::size_t true_positives = 0;
  std::size_t false_positives = 0;  ///< predictions - true_positives - those on ignored faces

  /// true_positives / faces; none without faces.
  [[nodiscard]] std::optional<double> recall() const;
  /// true_positives / (true_positives + false_positives); none where nothing was predicted.
  [[nodiscard]] std::optional<double> precision() const;
  /// Harmonic mean of both, 2 TP / (faces + TP + FP); none where there is neither a face nor a
  /// prediction.
  [[nodiscard]] std::optional<double> f1() const;
  /// false_positives / images; none without images. Images without faces count.
  [[nodiscard]] std::optional<double> false_positives_per_image() const;
};

Counts counts_at(std::span<const DetectionSample> samples, double iou_threshold,
                 double score_threshold);

/// Boxes found per image: every detection with score >= score_threshold, whether it is a face or
/// not.
struct FoundCounts {
  std::vector<std::size_t> per_image;  ///< in the order of the samples
  std::size_t total = 0;
};

FoundCounts found_counts(std::span<const DetectionSample> samples, double score_threshold);

/// A point of a precision-recall curve: all detections with at least this score.
struct PrecisionRecall {
  double recall = 0;
  double precision = 0;
  double score = 0;
};

/// The curve of match() over all images together, a point at every distinct score of a detection
/// that is true or false, by falling score (rising recall). Equal scores are one point. Empty where
/// no face counts. Recall is of all faces that count, so the last point tells the share of faces
/// that were found at all; scikit-learn's precision_recall_curve, which sees the detections only,
/// would call that 1.
std::vector<PrecisionRecall> precision_recall_curve(std::span<const DetectionSample> samples,
                                                    double iou_threshold);

/// At most max_points of the curve's points for drawing: both ends, and between them points at
/// about equal distances along the drawn line. A curve that fits is returned as it is. Requires
/// max_points >= 2.
std::vector<PrecisionRecall> thin_curve(std::span<const PrecisionRecall> curve,
                                        std::size_t max_points);

/// Log-average miss rate (Dollár, Wojek, Schiele and Perona 2012, "Pedestrian detection: an
/// evaluation of the state of the art"): the geometric mean of the miss rates (1 - recall) at nine
/// numbers of false positives per image, evenly spaced in log from 1e-2 to 1e0. At each the lowest
/// score threshold counts that keeps false positives per image at or below it, equal scores
/// together. As in their toolbox: where even the highest score exceeds the number, the miss rate
/// there is 1; where the curve ends before it, its last miss rate holds; a miss rate of 0 counts as
/// 1e-10, so that it does not swallow the rest. Images without faces count as images. None where no
/// face counts.
std::optional<double> log_average_miss_rate(std::span<const DetectionSample> samples,
                                            double iou_threshold);

}  // namespace everyface
