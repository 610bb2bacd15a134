// Average precision, by the three protocols that papers use. They differ in the overlap, in the
// matching rule, in what counts as an image and in how the area is taken, so for the same boxes
// their numbers differ: print the protocol's name with each.
//
// All functions sort by falling score themselves (stably: samples in the order given, then
// detections in the order given) and require finite coordinates and scores and 0 < IoU <= 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "everyface/score/detection.h"
#include "everyface/score/intervals.h"

namespace everyface {

/// Average precision as Pascal VOC takes it, 0..1.
struct VocAveragePrecision {
  double all_point = 0;     ///< area below the precision envelope (VOC 2010 on)
  double eleven_point = 0;  ///< mean of the envelope at recall 0, 0.1, … 1 (VOC 2007)
};

/// Pascal VOC (Everingham et al. 2010): a detection, by falling score over all images, looks at the
/// one face that it overlaps most, taken or not (of equal overlap the first listed). It is true if
/// that IoU reaches the threshold and the face is still free, and false otherwise: a second
/// detection of a face is false even if it covers another face too. If that face is ignored
/// ("difficult" in VOC) the detection counts as nothing. Equal scores are not kept together: each
/// detection is a point of the curve. IoU as in VOC's own code: boxes are inclusive pixel ranges,
/// one pixel longer on each side than Box says; boxes that do not touch have none.
///
/// Equal to rafaelpadilla/review_object_detection_metrics where no face is ignored (that code knows
/// no ignored faces). None where no face counts.
std::optional<VocAveragePrecision> voc_average_precision(std::span<const DetectionSample> samples,
                                                         double iou_threshold);

/// COCO's twelve numbers, 0..1; none where no face counts (pycocotools prints -1).
struct CocoStats {
  std::optional<double> ap;         ///< mean over IoU .50, .55, … .95
  std::optional<double> ap_50;      ///< IoU .50
  std::optional<double> ap_75;      ///< IoU .75
  std::optional<double> ap_small;   ///< faces of up to 32² square pixels
  std::optional<double> ap_medium;  ///< 32² to 96²
  std::optional<double> ap_large;   ///< from 96²
  std::optional<double> ar_1;       ///< recall, mean over IoU, with 1 detection per image
  std::optional<double> ar_10;
  std::optional<double> ar_100;
  std::optional<double> ar_small;  ///< with 100 detections per image
  std::optional<double> ar_medium;
  std::optional<double> ar_large;
};

/// COCO (Lin et al. 2014), equal to pycocotools for one category with iscrowd 0 and area = width ×
/// height: the 100 best detections of each image, by falling score each takes the free face with
/// the highest IoU (of equal IoU the last listed), faces that count before those that do not;
/// precision envelope at 101 recalls, 0 beyond the last. Faces that are ignored or outside the area
/// range do not count, and each takes one detection out of the count; unmatched detections outside
/// the area range do not count either.
CocoStats coco_stats(std::span<const DetectionSample> samples);

/// WIDER FACE (Yang et al. 2016), equal to the arithmetic of wondervictor/WiderFace-Evaluation: IoU
/// of inclusive pixel ranges (one pixel added to each side length); a detection looks at the one
/// face that it overlaps most (the first of equals), drops out if that face is ignored and the IoU
/// reaches the threshold, and is false if the face was found before. Scores are scaled so that the
/// lowest of the whole set is 0 and the highest 1, and the curve is read at the thresholds 0.999,
/// 0.998, … 0, equal scores together.
///
/// Known oddities, kept: detections on images without any face, ignored or not, cost nothing
/// (although their scores take part in the scaling); the lowest score is taken as at most 1 and the
/// highest as at least 0. Where that code divides 0 by 0 (no detection left at a threshold, or all
/// scores equal), precision is 0 there, and all scores scale to 1. None where no face counts.
std::optional<double> wider_average_precision(std::span<const DetectionSample> samples,
                                              double iou_threshold = 0.5);

/// 95 % percentile interval of VocAveragePrecision::all_point at one IoU threshold, by resampling
/// whole images with replacement (faces of one photo are not independent). Detections are matched
/// and sorted once; a replicate draws a weight for each image and takes the area in one linear
/// pass. To bound the cost at about 6e8 detection visits (a second or so), sets of more than
/// 600,000 detections get fewer replicates than asked for, but never fewer than 200 (or than asked
/// for). Replicates in which no face counts are left out. With a single image the interval has no
/// width and says nothing. The same for equal seed, samples and order of samples. None where no
/// face counts. Requires replicates >= 1.
std::optional<Interval> voc_bootstrap_interval(std::span<const DetectionSample> samples,
                                               double iou_threshold, std::uint64_t seed,
                                               std::size_t replicates = 1000);

}  // namespace everyface
