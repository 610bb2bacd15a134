// Small summaries with numbers that are easy to recognise.
#pragma once

#include <opencv2/imgproc.hpp>
#include <string>

#include "everyface/base/file.h"
#include "everyface/image/photo.h"
#include "everyface/study/summary.h"
#include "tests/testing.h"

namespace everyface::testing {

inline CellSummary cell(const std::string& enhance, std::size_t found, double exposure_ev = 0) {
  CellSummary cell;
  cell.enhance = enhance;
  cell.detector = "yunet";
  cell.exposure_ev = exposure_ev;
  cell.images = 3;
  cell.labelled_images = 2;
  cell.faces = 8;
  cell.predictions = found + 2;
  cell.true_positives = found;
  cell.false_positives = 1;
  cell.recall = Estimate{static_cast<double>(found) / 8, 0.125, 0.75};
  cell.precision = 0.5;
  cell.f1 = 0.25;
  cell.false_positives_per_image = 0.5;
  cell.log_average_miss_rate = 0.75;
  AveragePrecision ap;
  ap.voc_all_point = static_cast<double>(found) / 16;
  ap.voc_11_point = 0.375;
  ap.coco = 0.1875;
  ap.coco_50 = 0.3125;
  ap.wider = 0.4375;
  ap.interval = {ap.voc_all_point, 0.0625, 0.875};
  cell.ap = ap;
  cell.curve = {{0.125, 1, 0.9}, {0.25, 0.5, 0.6}, {0.5, 0.25, 0.3}};
  cell.groups = {{"skin", "light", 4, 3, {0.75, 0.3, 0.95}},
                 {"skin", "dark", 4, 1, {0.25, 0.05, 0.7}}};
  cell.gaps = {{"skin", "light", "dark", 0.5, -0.125, 0.8, 0.01, true}};
  return cell;
}

/// One detector, two enhancements, two exposures, one group column.
inline StudySummary summary() {
  StudySummary s;
  s.finding = "A gain found 6 of 8 faces, nothing found 2.";
  s.dataset_kind = "csv";
  s.dataset_path = "photos/list.csv";
  s.records = 4;
  s.failed = 1;
  s.failures = {{"broken.jpg", "photo broken.jpg: truncated"}};
  s.warnings = {{"odd.jpg", "is a PNG"}};
  s.has_labels = true;
  s.has_boxes = true;
  s.seed = 7;
  s.version = "0.1.0";
  s.command = "everyface study --dataset csv photos/list.csv -o run";
  s.group_names = {"skin"};
  s.cells = {cell("none", 2), cell("gain(factor=8)", 6), cell("none", 1, -2),
             cell("gain(factor=8)", 5, -2)};
  s.comparisons = {{"yunet", 0, "none", "gain(factor=8)", 1, 1, 5, 1, 0.21875, 0.21875},
                   {"yunet", -2, "none", "gain(factor=8)", 0, 1, 35, 2, 1e-9, 2e-09}};
  s.counts = {{"a.jpg", 5, {1, 3, 0, 2}}, {"b.jpg", std::nullopt, {1, 3, 1, 3}}};
  return s;
}

/// The same study without labels: boxes are counted, nothing is checked.
inline StudySummary unlabelled_summary() {
  StudySummary s = summary();
  s.has_labels = false;
  s.has_boxes = false;
  s.group_names.clear();
  s.comparisons.clear();
  for (CellSummary& c : s.cells) {
    CellSummary bare;
    bare.enhance = c.enhance;
    bare.detector = c.detector;
    bare.exposure_ev = c.exposure_ev;
    bare.images = c.images;
    bare.predictions = c.predictions;
    c = bare;
  }
  return s;
}

/// Labels that say that a face is there, not where.
inline StudySummary boxless_summary() {
  StudySummary s = summary();
  s.has_boxes = false;
  for (CellSummary& c : s.cells) {
    c.ap.reset();
    c.precision.reset();
    c.f1.reset();
    c.false_positives_per_image.reset();
    c.log_average_miss_rate.reset();
    c.curve.clear();
  }
  return s;
}

/// Adds an example with a box of every kind, and writes its two pictures.
inline void add_example(StudySummary& s, const std::filesystem::path& run_folder, int width = 120,
                        int height = 80) {
  Example example;
  const std::string number = std::to_string(s.examples.size());
  example.image = "street/" + number + ".png";
  example.caption = "the largest gain";
  example.detector = "yunet";
  example.before_name = "none";
  example.after_name = "gain(factor=8)";
  example.before_file = "pictures/" + number + "-before.jpg";
  example.after_file = "pictures/" + number + "-after.jpg";
  example.width = width;
  example.height = height;
  const Box box{10, 10, 40, 50};
  example.before_boxes = {{box, DrawnBox::Kind::kMissed, 0}};
  example.after_boxes = {{box, DrawnBox::Kind::kTrue, 0.9},
                         {{50, 10, 70, 40}, DrawnBox::Kind::kFalse, 0.6},
                         {{75, 10, 90, 40}, DrawnBox::Kind::kIgnored, 0},
                         {{95, 10, 110, 40}, DrawnBox::Kind::kUnlabelled, 0.7}};
  const auto write = [&](const std::string& file, int level) {
    const cv::Mat picture(height, width, CV_8UC3, cv::Scalar::all(level));
    ASSERT_TRUE(make_folder(run_folder / "pictures").ok());
    ASSERT_TRUE(save_photo(run_folder / file, picture).ok());
  };
  write(example.before_file, 20);
  write(example.after_file, 160);
  s.examples.push_back(example);
}

}  // namespace everyface::testing
