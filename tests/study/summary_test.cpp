// From rows and labels to the numbers of the report, on results written by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study/finding.h"
#include "study/run_store.h"
#include "tests/study/support.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::no_models;
using ::testing::SizeIs;
using testing::TemporaryFolder;

/// Runs a study to have its files, then replaces what was detected by what the test says.
class Summary : public ::testing::Test {
 protected:
  /// Photos p0.png, p1.png, … of 100 × 100, and their labels as CSV rows.
  void make(const std::string& csv, int photos, const std::string& kind = "csv") {
    for (int i = 0; i < photos; ++i) {
      const cv::Mat grey(100, 100, CV_8UC3, cv::Scalar::all(40 + i));
      ASSERT_TRUE(save_photo(folder_.path() / ("p" + std::to_string(i) + ".png"), grey).ok());
    }
    ASSERT_TRUE(write_file_atomic(folder_.path() / "labels.csv", csv).ok());
    request_.dataset_kind = kind;
    request_.dataset_path =
        kind == "csv" ? (folder_.path() / "labels.csv").string() : folder_.path().string();
    request_.enhancers = parse_chains("none,gamma").value();
    request_.detectors = parse_detectors("haar").value();
    const auto outcome = run_study(request_, models_, run_folder(), 1);
    problem_ = outcome.ok() ? "" : outcome.error().message;
  }

  /// Sets what the cell (photo, enhancement) detected; `faces` as in results.jsonl.
  void detect(const std::string& photo, const std::string& enhance, const std::string& faces) {
    const auto path = run_folder() / kResultsFile;
    std::string text = read_file(path).value();
    const std::string row =
        "{\"image\":\"" + photo + "\",\"exposure_ev\":0,\"enhance\":\"" + enhance;
    const std::size_t begin = text.find("\"faces\":[", text.find(row)) + 9;
    const std::size_t end = text.find("]}\n", begin);
    ASSERT_NE(end, std::string::npos);
    ASSERT_TRUE(write_file_atomic(path, text.replace(begin, end - begin, faces)).ok());
  }

  StudySummary summarise() {
    auto summary = summarise_study(run_folder(), models_, {0, 1});
    EXPECT_TRUE(summary.ok()) << (summary.ok() ? "" : summary.error().message);
    return summary.ok() ? *summary : StudySummary{};
  }

  [[nodiscard]] std::filesystem::path run_folder() const { return folder_.path() / "run"; }

  TemporaryFolder folder_;
  ModelRegistry models_ = no_models(folder_.path() / "models");
  StudyRequest request_;
  std::string problem_;  ///< of the run
};

TEST_F(Summary, CountsTrueFalseAndMissedFaces) {
  make("path,x1,y1,x2,y2,skin\np0.png,10,10,30,30,I\np0.png,50,50,90,90,V\np1.png,,,,,\n", 2);
  detect("p0.png", "none", "[10,10,30,30,0.9],[70,10,80,20,0.8],[50,50,90,90,0.3]");
  detect("p0.png", "gamma", "[10,10,30,30,0.9],[50,50,90,90,0.7]");
  detect("p1.png", "none", "[1,1,9,9,0.6]");
  const StudySummary summary = summarise();
  ASSERT_THAT(summary.cells, SizeIs(2));
  const CellSummary& none = summary.cells[0];
  EXPECT_EQ(none.images, 2U);
  EXPECT_EQ(none.labelled_images, 2U);
  EXPECT_EQ(none.faces, 2U);
  EXPECT_EQ(none.predictions, 3U);
  EXPECT_EQ(none.true_positives, 1U);
  EXPECT_EQ(none.false_positives, 2U);
  EXPECT_DOUBLE_EQ(none.recall->value, 0.5);
  EXPECT_DOUBLE_EQ(none.precision.value(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(none.false_positives_per_image.value(), 1.0);
  // By falling score: true, false, false, true: precision 1 at recall 1/2, 2/4 at recall 1.
  ASSERT_TRUE(none.ap.has_value());
  EXPECT_DOUBLE_EQ(none.ap->voc_all_point, 0.5 * 1 + 0.5 * 0.5);
  const CellSummary& gamma = summary.cells[1];
  EXPECT_EQ(gamma.true_positives, 2U);
  EXPECT_EQ(gamma.false_positives, 0U);
  EXPECT_DOUBLE_EQ(gamma.ap->voc_all_point, 1);
  ASSERT_THAT(summary.comparisons, SizeIs(1));
  EXPECT_EQ(summary.comparisons[0].both, 1U);
  EXPECT_EQ(summary.comparisons[0].only_after, 1U);
  EXPECT_EQ(summary.comparisons[0].only_before, 0U);
  EXPECT_NEAR(summary.comparisons[0].p_value, 1.0, 1e-9) << "one disagreement proves nothing";
  ASSERT_THAT(none.groups, SizeIs(2));
  EXPECT_EQ(none.groups[0].value, "I");
  EXPECT_EQ(none.groups[0].detected, 1U);
  EXPECT_EQ(none.groups[1].detected, 0U);
  EXPECT_TRUE(none.gaps.empty()) << "groups of one face say nothing";
  ASSERT_THAT(summary.counts, SizeIs(2));
  EXPECT_EQ(summary.counts[0].found, (std::vector<std::size_t>{2, 2}));
  EXPECT_THAT(summary.finding, HasSubstr("haar found 1 of 2 labelled faces (50.0\u00a0%) without "
                                         "enhancement and 2 (100.0\u00a0%) after gamma"));
}

TEST_F(Summary, FacesWithoutBoxesCountWhenALargeBoxCoversTheCentre) {
  make("path,skin\np0.png,V\np1.png,V\np2.png,I\np3.png,I\n", 4);
  detect("p0.png", "none", "[30,30,64,64,0.9]");   // covers the centre, sides of 34
  detect("p1.png", "none", "[35,35,68,68,0.9]");   // sides of 33: less than a third
  detect("p2.png", "none", "[51,20,95,95,0.9]");   // beside the centre
  detect("p3.png", "none", "[20,20,80,80,0.49]");  // below the score threshold
  const StudySummary summary = summarise();
  EXPECT_FALSE(summary.has_boxes);
  EXPECT_EQ(summary.cells[0].faces, 4U);
  EXPECT_EQ(summary.cells[0].true_positives, 1U);
  EXPECT_FALSE(summary.cells[0].ap.has_value());
  EXPECT_FALSE(summary.cells[0].precision.has_value());
}

TEST_F(Summary, WithoutLabelsOnlyBoxesAreCounted) {
  make("", 2, "folder");
  detect("p0.png", "gamma", "[10,10,30,30,0.9],[40,40,50,50,0.1]");
  const StudySummary summary = summarise();
  EXPECT_FALSE(summary.has_labels);
  EXPECT_EQ(summary.cells[1].predictions, 1U);
  EXPECT_FALSE(summary.cells[1].recall.has_value());
  EXPECT_TRUE(summary.comparisons.empty());
  EXPECT_THAT(
      summary.finding,
      HasSubstr("In 2 photos as taken, haar found 0 boxes without enhancement and 1 after gamma"));
}

TEST_F(Summary, AFileThatFitsNowhereIsAWarningAndNoFailure) {
  ASSERT_TRUE(write_file_atomic(folder_.path() / "moving.gif", "GIF89a").ok());
  make("", 2, "folder");
  const StudySummary summary = summarise();
  EXPECT_EQ(summary.failed, 0U);
  ASSERT_THAT(summary.warnings, SizeIs(1));
  EXPECT_THAT(summary.warnings.front().reason, HasSubstr("1 left out"));
}

TEST_F(Summary, GapsNameTheGroupsAndSayWhetherTheyAreBeyondChance) {
  std::string csv = "path,race,gender\n";
  for (int i = 0; i < 40; ++i) {
    csv += "p" + std::to_string(i) + ".png," + (i < 20 ? "A" : "B") + "," +
           (i % 2 == 0 ? "f" : "m") + "\n";
  }
  request_.groups = {"race", "race+gender"};
  make(csv, 40);
  for (int i = 0; i < 22; ++i) {  // all of A, two of B
    detect("p" + std::to_string(i) + ".png", "none", "[10,10,90,90,0.9]");
  }
  const StudySummary summary = summarise();
  const CellSummary& cell = summary.cells[0];
  ASSERT_THAT(cell.gaps, SizeIs(2));
  EXPECT_EQ(cell.gaps[0].best, "A");
  EXPECT_EQ(cell.gaps[0].worst, "B");
  EXPECT_DOUBLE_EQ(cell.gaps[0].difference, 0.9);
  EXPECT_LT(cell.gaps[0].low, 0.9);
  EXPECT_TRUE(cell.gaps[0].beyond_chance);
  EXPECT_THAT(cell.groups, SizeIs(2 + 4));
  EXPECT_EQ(cell.groups[2].value, "A, f");
}

TEST_F(Summary, AnUnknownGroupColumnIsNamed) {
  request_.groups = {"shoe"};
  make("path,race\np0.png,A\n", 1);
  EXPECT_THAT(problem_, HasSubstr("no column \"shoe\"; it has race"));
  EXPECT_FALSE(std::filesystem::exists(run_folder())) << "known before anything is computed";
}

TEST_F(Summary, WhatAnnotatorsCouldNotTellHasNoPartInGaps) {
  std::string csv = "path,skin\n";
  for (int i = 0; i < 36; ++i) {
    csv += "p" + std::to_string(i) + ".png," + (i < 12 ? "I" : i < 24 ? "VI" : "Not Sure") + "\n";
  }
  make(csv, 36);
  for (int i = 0; i < 24; ++i) {
    detect("p" + std::to_string(i) + ".png", "none", "[10,10,90,90,0.9]");
  }
  const StudySummary summary = summarise();
  EXPECT_THAT(summary.cells[0].groups, SizeIs(3));
  ASSERT_THAT(summary.cells[0].gaps, SizeIs(1));
  EXPECT_DOUBLE_EQ(summary.cells[0].gaps[0].difference, 0);
}

TEST_F(Summary, AnUnfinishedRunIsNotScored) {
  make("path,race\np0.png,A\np1.png,A\n", 2);
  const std::string text = read_file(run_folder() / kResultsFile).value();
  ASSERT_TRUE(
      write_file_atomic(run_folder() / kResultsFile, text.substr(0, text.size() - 30)).ok());
  const auto summary = summarise_study(run_folder(), models_, {0, 1});
  EXPECT_THAT(summary.error().message, HasSubstr("unfinished"));
}

TEST_F(Summary, ExamplesAreRenderedWithTheirBoxes) {
  make("path,x1,y1,x2,y2\np0.png,10,10,30,30\np1.png,50,50,90,90\n", 2);
  detect("p0.png", "none", "[70,70,80,80,0.8]");
  detect("p0.png", "gamma", "[10,10,30,30,0.9]");
  const auto summary = summarise_study(run_folder(), models_, {2, 2});
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  ASSERT_THAT(summary->examples, SizeIs(2));
  const Example& example = summary->examples[0];
  EXPECT_EQ(example.image, "p0.png");
  EXPECT_EQ(example.caption, "1 face gained");
  ASSERT_THAT(example.before_boxes, SizeIs(2));
  EXPECT_EQ(example.before_boxes[0].kind, DrawnBox::Kind::kFalse);
  EXPECT_EQ(example.before_boxes[1].kind, DrawnBox::Kind::kMissed);
  ASSERT_THAT(example.after_boxes, SizeIs(1));
  EXPECT_EQ(example.after_boxes[0].kind, DrawnBox::Kind::kTrue);
  const auto picture = load_photo(run_folder() / example.before_file);
  ASSERT_TRUE(picture.ok());
  EXPECT_EQ(picture->pixels.cols, 100);
}

TEST(Finding, SaysWhenNothingHelps) {
  StudySummary summary;
  summary.has_labels = true;
  for (const char* enhance : {"none", "gain"}) {
    CellSummary cell;
    cell.enhance = enhance;
    cell.detector = "haar";
    cell.images = 3;
    cell.faces = 5;
    cell.true_positives = 2;
    cell.recall = Estimate{0.4, 0.1, 0.8};
    summary.cells.push_back(cell);
  }
  summary.comparisons.push_back({"haar", 0, "none", "gain", 1, 1, 1, 2, 1.0, 1.0});
  EXPECT_THAT(describe_finding(summary), HasSubstr("No enhancement let any detector find more"));
}

TEST(Finding, GivesThePValueThatTheTableGives) {
  StudySummary summary;
  summary.has_labels = true;
  for (const std::size_t found : {2U, 4U}) {
    CellSummary cell;
    cell.enhance = found == 2 ? "none" : "gain";
    cell.detector = "haar";
    cell.images = 3;
    cell.faces = 5;
    cell.true_positives = found;
    cell.recall = Estimate{static_cast<double>(found) / 5, 0.1, 0.9};
    summary.cells.push_back(cell);
  }
  summary.comparisons.push_back({"haar", 0, "none", "gain", 2, 0, 2, 1, 0.003, 0.3});
  EXPECT_THAT(describe_finding(summary), HasSubstr("p = 0.300"));
}

/// Two cells of one comparison whose groups A and B have these rates.
StudySummary two_groups(double a_before, double b_before, double a_after, double b_after) {
  StudySummary summary;
  summary.has_labels = true;
  const auto add = [&summary](const char* enhance, double a, double b) {
    CellSummary cell;
    cell.enhance = enhance;
    cell.detector = "haar";
    cell.exposure_ev = -6;
    cell.images = 200;
    cell.faces = 200;
    cell.true_positives = static_cast<std::size_t>(100 * (a + b));
    cell.recall = Estimate{(a + b) / 2, 0, 1};
    cell.groups = {{"race", "A", 100, 0, {a, 0, 1}}, {"race", "B", 100, 0, {b, 0, 1}}};
    cell.gaps = {{"race", "A", "B", a - b, 0, 1, 0, a - b > 0.1}};
    summary.cells.push_back(cell);
  };
  add("none", a_before, b_before);
  add("gain", a_after, b_after);
  summary.comparisons.push_back({"haar", -6, "none", "gain", 10, 0, 50, 10, 0.0, 0.0});
  return summary;
}

TEST(Finding, TellsWhatBecameOfTheGapBetweenGroups) {
  EXPECT_THAT(
      describe_finding(two_groups(0.8, 0.4, 0.9, 0.88)),
      HasSubstr("The largest gap, by race, went from 40.0 points (A 80.0\u00a0%, B 40.0\u00a0%) to "
                "2.0 points (A 90.0\u00a0%, B 88.0\u00a0%), no longer beyond chance."));
  EXPECT_THAT(describe_finding(two_groups(0.01, 0.01, 0.9, 0.5)),
              HasSubstr("Not everybody gained alike: by race there now is a gap of 40.0 points"));
  EXPECT_THAT(describe_finding(two_groups(0.5, 0.48, 0.9, 0.88)),
              HasSubstr("No gap between groups is beyond chance, before or after."));
}

TEST(Finding, NoUsablePhotoIsSaid) { EXPECT_EQ(describe_finding({}), "No photo could be used."); }

}  // namespace
}  // namespace everyface
