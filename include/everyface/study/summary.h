// What a study found: everything that report.json, the tables and the page show.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "everyface/base/box.h"

namespace everyface {

/// An estimate with its 95 % interval. `method` is printed with it.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// Faces of one group in one cell: how many there are, how many were detected.
struct GroupRate {
  std::string by;     ///< group column, e.g. "race"
  std::string value;  ///< e.g. "Black"
  std::size_t n = 0;  ///< faces of the group that count
  std::size_t detected = 0;
  Estimate rate;  ///< detected / n, Wilson interval
};

/// Groups with fewer faces take no part in gaps: their rates say nothing.
inline constexpr std::size_t kSmallestGroup = 10;

/// The largest difference in detection rate between two groups of one column in one cell.
struct GroupGap {
  std::string by;
  std::string best;  ///< group value with the highest rate
  std::string worst;
  double difference = 0;  ///< rate of best minus rate of worst, 0..1
  double low = 0;         ///< 95 % interval of the difference (Newcombe 1998, method 10)
  double high = 0;
  double p_value = 1;          ///< chi-square test of equal rates in all groups of the column
  bool beyond_chance = false;  ///< p_value, Holm-corrected over all gaps of the report, below 0.05
};

/// A precision-recall curve, thinned for drawing.
struct CurvePoint {
  double recall = 0;
  double precision = 0;
  double score = 0;
};

/// Average precision by protocol; empty where the faces have no boxes.
struct AveragePrecision {
  double voc_all_point = 0;  ///< IoU 0.5
  double voc_11_point = 0;   ///< IoU 0.5
  double coco = 0;           ///< IoU .50:.95
  double coco_50 = 0;
  double wider = 0;   ///< WIDER FACE protocol, all faces kept unless labels ignore them
  Estimate interval;  ///< of voc_all_point, bootstrap over images
  std::optional<double> wider_easy;
  std::optional<double> wider_medium;
  std::optional<double> wider_hard;
};

/// One detector after one enhancement at one exposure, over the whole data set.
struct CellSummary {
  std::string enhance;
  std::string detector;
  double exposure_ev = 0;
  std::size_t images = 0;           ///< decoded and run
  std::size_t labelled_images = 0;  ///< of these, with labels
  std::size_t faces = 0;            ///< labelled faces that count
  std::size_t predictions = 0;      ///< boxes at or above the score threshold, on all images
  /// On labelled images, at the score threshold:
  std::size_t true_positives = 0;
  std::size_t false_positives = 0;
  std::optional<Estimate> recall;  ///< true_positives / faces, Wilson
  std::optional<double> precision;
  std::optional<double> f1;
  std::optional<double> false_positives_per_image;
  std::optional<double> log_average_miss_rate;
  double score_threshold = 0.5;
  std::optional<AveragePrecision> ap;
  std::vector<CurvePoint> curve;  ///< empty without boxes
  std::vector<GroupRate> groups;
  std::vector<GroupGap> gaps;  ///< one per group column
};

/// Two cells on the same faces: does the enhancement help, face by face?
struct Comparison {
  std::string detector;
  double exposure_ev = 0;
  std::string before;  ///< enhancement compared with ("none")
  std::string after;
  std::size_t both = 0;         ///< faces found by both
  std::size_t only_before = 0;  ///< lost by the enhancement
  std::size_t only_after = 0;   ///< gained by it
  std::size_t neither = 0;
  double p_value = 1;      ///< McNemar, exact (binomial) two-sided
  double p_corrected = 1;  ///< Holm-corrected over all comparisons of the report
};

/// A box as it is drawn.
struct DrawnBox {
  enum class Kind { kTrue, kFalse, kMissed, kIgnored, kUnlabelled };
  Box box;  ///< in pixels of the picture
  Kind kind = Kind::kUnlabelled;
  double score = 0;  ///< 0 for missed and ignored faces
};

/// One photo before and after, as files below the run folder.
struct Example {
  std::string image;    ///< record name
  std::string caption;  ///< why it was chosen
  std::string detector;
  double exposure_ev = 0;
  std::string before_name;  ///< chain shown left
  std::string after_name;   ///< chain shown right
  std::string before_file;  ///< e.g. "pictures/0001-before.jpg"
  std::string after_file;
  int width = 0;  ///< of both pictures
  int height = 0;
  std::vector<DrawnBox> before_boxes;
  std::vector<DrawnBox> after_boxes;
};

/// A photo that could not be used.
struct Failure {
  std::string image;
  std::string reason;
};

/// Faces found in one photo, a number for each cell (at the score threshold).
struct ImageCounts {
  std::string image;
  std::optional<std::size_t> faces;  ///< labelled faces that count; none: not labelled
  std::vector<std::size_t> found;    ///< in the order of StudySummary::cells
};

struct StudySummary {
  std::string finding;  ///< one or two sentences
  std::string dataset_kind;
  std::string dataset_path;
  std::size_t records = 0;  ///< photos of the data set
  std::size_t failed = 0;
  std::vector<Failure> failures;
  std::vector<Failure> warnings;  ///< read, but something is odd (mislabelled format)
  bool has_labels = false;
  bool has_boxes = false;  ///< labels with boxes: AP and precision exist
  int pad_px = 0;
  double scale = 1;
  int tile_px = 0;
  double score_threshold = 0.5;
  double match_iou = 0.5;
  unsigned long long seed = 0;
  std::string version;  ///< of the program
  std::string command;  ///< that reproduces the run
  std::vector<std::string> group_names;
  std::vector<CellSummary> cells;  ///< by exposure (brightest first), enhancer, detector as asked
  std::vector<Comparison> comparisons;
  std::vector<Example> examples;
  std::vector<ImageCounts> counts;  ///< by name; table only, neither in JSON nor on the page
};

}  // namespace everyface
