#include "everyface/report/study_report.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "report/html.h"
#include "tests/report/files.h"
#include "tests/report/markup.h"
#include "tests/report/synthetic.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using testing::add_example;
using testing::boxless_summary;
using testing::cell;
using testing::contains;
using testing::files_below;
using testing::markup_problem;
using testing::summary;
using testing::TemporaryFolder;
using testing::unlabelled_summary;

std::map<std::string, std::string> report_of(const StudySummary& s,
                                             const std::filesystem::path& folder) {
  const auto written = write_report(s, folder);
  EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
  return files_below(folder);
}

std::map<std::string, std::string> report_of(const StudySummary& s) {
  const TemporaryFolder folder;
  return report_of(s, folder.path());
}

TEST(StudyReport, WritesAllItsFiles) {
  const auto files = report_of(summary());
  std::set<std::string> names;
  for (const auto& [name, content] : files) {
    names.insert(name);
  }
  EXPECT_EQ(names, (std::set<std::string>{"report.html", "report.json", "tables/cells.csv",
                                          "tables/comparisons.csv", "tables/counts.csv",
                                          "tables/curves.csv", "tables/failures.csv",
                                          "tables/gaps.csv", "tables/groups.csv"}));
}

TEST(StudyReport, EqualSummariesGiveEqualBytes) {
  const TemporaryFolder first;
  const TemporaryFolder second;
  StudySummary a = summary();
  StudySummary b = summary();
  add_example(a, first.path());
  add_example(b, second.path());
  EXPECT_EQ(report_of(a, first.path()), report_of(b, second.path()));
}

TEST(StudyReport, JsonOfASmallStudyIsAsDocumented) {
  StudySummary s = summary();
  s.cells.resize(1);
  s.comparisons.resize(1);
  EXPECT_EQ(report_of(s)["report.json"],
            R"golden({
"schema": "everyface.study/1",
"finding": "A gain found 6 of 8 faces, nothing found 2.",
"version": "0.1.0",
"command": "everyface study --dataset csv photos/list.csv -o run",
"settings": {"dataset_kind":"csv","dataset_path":"photos/list.csv","pad_px":0,"scale":1.0,"tile_px":0,"score_threshold":0.5,"match_iou":0.5,"seed":7},
"records": 4,
"failed": 1,
"has_labels": true,
"has_boxes": true,
"group_names": [
  "skin"
],
"cells": [
  {"enhance":"none","detector":"yunet","exposure_ev":0.0,"images":3,"labelled_images":2,"faces":8,"predictions":4,"true_positives":2,"false_positives":1,"recall":0.25,"recall_low":0.125,"recall_high":0.75,"precision":0.5,"f1":0.25,"false_positives_per_image":0.5,"log_average_miss_rate":0.75,"score_threshold":0.5,"ap":{"voc_all_point":0.125,"voc_all_point_low":0.0625,"voc_all_point_high":0.875,"voc_11_point":0.375,"coco":0.1875,"coco_50":0.3125,"wider":0.4375,"wider_easy":null,"wider_medium":null,"wider_hard":null},"groups":[{"by":"skin","value":"light","n":4,"detected":3,"rate":0.75,"low":0.3,"high":0.95},{"by":"skin","value":"dark","n":4,"detected":1,"rate":0.25,"low":0.05,"high":0.7}],"gaps":[{"by":"skin","best":"light","worst":"dark","difference":0.5,"low":-0.125,"high":0.8,"p_value":0.01,"beyond_chance":true}],"curve":[[0.125,1.0,0.9],[0.25,0.5,0.6],[0.5,0.25,0.3]]}
],
"comparisons": [
  {"detector":"yunet","exposure_ev":0.0,"before":"none","after":"gain(factor=8)","both":1,"only_before":1,"only_after":5,"neither":1,"p_value":0.21875}
],
"examples": [],
"failures": [
  {"image":"broken.jpg","reason":"photo broken.jpg: truncated"}
],
"warnings": [
  {"image":"odd.jpg","reason":"is a PNG"}
]
}
)golden");
}

TEST(StudyReport, JsonHasNullForWhatIsNotANumberOrNotThere) {
  StudySummary s = boxless_summary();
  s.cells[0].recall.reset();
  s.cells[1].recall = Estimate{NAN, 0, INFINITY};
  s.cells[1].groups[0].rate.value = NAN;
  const std::string text = report_of(s)["report.json"];
  EXPECT_FALSE(contains(text, "nan"));
  EXPECT_FALSE(contains(text, "inf,"));
  const auto json = nlohmann::json::parse(text);
  EXPECT_TRUE(json["cells"][0]["ap"].is_null());
  EXPECT_TRUE(json["cells"][0]["recall"].is_null());
  EXPECT_TRUE(json["cells"][0]["precision"].is_null());
  EXPECT_TRUE(json["cells"][1]["recall"].is_null());
  EXPECT_EQ(json["cells"][1]["recall_low"], 0);
  EXPECT_TRUE(json["cells"][1]["recall_high"].is_null());
  EXPECT_TRUE(json["cells"][1]["groups"][0]["rate"].is_null());
}

TEST(StudyReport, JsonAndTablesKeepBytesThatAreNotUtf8Valid) {
  StudySummary s = summary();
  s.failures[0].image = "caf\xE9.jpg";
  const auto files = report_of(s);
  const auto json = nlohmann::json::parse(files.at("report.json"));
  EXPECT_EQ(json["failures"][0]["image"], "caf\xEF\xBF\xBD.jpg");
  EXPECT_TRUE(contains(files.at("tables/failures.csv"), "caf\xEF\xBF\xBD.jpg"));
  EXPECT_TRUE(contains(files.at("report.html"), "caf\xEF\xBF\xBD.jpg"));
}

TEST(StudyReport, TablesQuoteWhatNeedsIt) {
  StudySummary s = summary();
  s.failures = {{"a,b.jpg", "says \"no\"\nand stops"}, {" c.jpg", "plain"}};
  s.warnings.clear();
  EXPECT_EQ(report_of(s)["tables/failures.csv"],
            "outcome,image,reason\n"
            "failed,\"a,b.jpg\",\"says \"\"no\"\"\nand stops\"\n"
            "failed,\" c.jpg\",plain\n");
}

TEST(StudyReport, TablesHoldTheCells) {
  StudySummary s = summary();
  s.cells.resize(1);
  const auto files = report_of(s);
  EXPECT_EQ(files.at("tables/cells.csv"),
            "exposure_ev,detector,enhance,images,labelled_images,faces,predictions,true_positives,"
            "false_positives,recall,recall_low,recall_high,precision,f1,false_positives_per_image,"
            "log_average_miss_rate,score_threshold,ap_voc_all_point,ap_voc_all_point_low,"
            "ap_voc_all_point_high,ap_voc_11_point,ap_coco,ap_coco_50,ap_wider,ap_wider_easy,"
            "ap_wider_medium,ap_wider_hard\n"
            "0,yunet,none,3,2,8,4,2,1,0.25,0.125,0.75,0.5,0.25,0.5,0.75,0.5,0.125,0.0625,0.875,"
            "0.375,0.1875,0.3125,0.4375,,,\n");
  EXPECT_EQ(files.at("tables/groups.csv"),
            "exposure_ev,detector,enhance,by,value,n,detected,rate,low,high\n"
            "0,yunet,none,skin,light,4,3,0.75,0.3,0.95\n"
            "0,yunet,none,skin,dark,4,1,0.25,0.05,0.7\n");
  EXPECT_EQ(files.at("tables/gaps.csv"),
            "exposure_ev,detector,enhance,by,best,worst,difference,low,high,p_value,beyond_chance\n"
            "0,yunet,none,skin,light,dark,0.5,-0.125,0.8,0.01,true\n");
  EXPECT_EQ(files.at("tables/curves.csv"),
            "exposure_ev,detector,enhance,recall,precision,score\n"
            "0,yunet,none,0.125,1,0.9\n0,yunet,none,0.25,0.5,0.6\n0,yunet,none,0.5,0.25,0.3\n");
}

TEST(StudyReport, CountsNameTheirCellsAndLeaveUnlabelledPhotosEmpty) {
  StudySummary s = summary();
  s.cells.resize(2);
  s.counts = {{"a.jpg", 5, {1, 3}}, {"b.jpg", std::nullopt, {0, 2}}};
  EXPECT_EQ(report_of(s)["tables/counts.csv"],
            "image,faces,\"0 EV, yunet, none\",\"0 EV, yunet, gain(factor=8)\"\n"
            "a.jpg,5,1,3\nb.jpg,,0,2\n");
}

TEST(StudyReport, PageIsWellFormedWhateverTheStudyHas) {
  const TemporaryFolder folder;
  StudySummary pictured = summary();
  for (int i = 0; i < 4; ++i) {
    add_example(pictured, folder.path());
  }
  StudySummary single = summary();
  single.cells.resize(1);
  single.comparisons.clear();
  StudySummary empty;
  for (const StudySummary& s :
       {pictured, summary(), unlabelled_summary(), boxless_summary(), single, empty}) {
    EXPECT_EQ(markup_problem(report_of(s, folder.path())["report.html"]), "");
  }
}

TEST(StudyReport, MarkupInNamesStaysText) {
  const std::string evil = "<script>alert(1)</script>&\"'";
  const TemporaryFolder folder;
  StudySummary s = summary();
  add_example(s, folder.path());
  s.finding = s.dataset_kind = s.dataset_path = s.version = s.command = evil;
  s.failures = {{evil, evil}};
  s.examples[0].image = s.examples[0].caption = s.examples[0].before_name = evil;
  for (CellSummary& c : s.cells) {
    c.detector = evil;
    c.enhance = evil + c.enhance;
    for (GroupRate& group : c.groups) {
      group.by = evil;
      group.value = evil + group.value;
    }
    for (GroupGap& gap : c.gaps) {
      gap.by = gap.best = gap.worst = evil;
    }
  }
  for (Comparison& comparison : s.comparisons) {
    comparison.before = comparison.after = comparison.detector = evil;
  }
  const std::string page = report_of(s, folder.path())["report.html"];
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_FALSE(contains(page, "<script>alert"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;"));
}

TEST(StudyReport, PageLoadsNothingFromElsewhere) {
  const TemporaryFolder folder;
  StudySummary s = summary();
  add_example(s, folder.path());
  const std::string page = report_of(s, folder.path())["report.html"];
  EXPECT_TRUE(contains(page, "default-src 'none'"));
  EXPECT_TRUE(contains(page, "src=\"data:image/jpeg;base64,"));
  for (std::size_t at = page.find("src=\""); at != std::string::npos;
       at = page.find("src=\"", at + 1)) {
    EXPECT_EQ(page.substr(at + 5, 5), "data:");
  }
  for (std::size_t at = page.find("href=\""); at != std::string::npos;
       at = page.find("href=\"", at + 1)) {
    EXPECT_TRUE(page[at + 6] == '#' || page.substr(at + 6, 5) == "data:") << page.substr(at, 60);
  }
  for (const char* loader : {"@import", "url(", "fetch(", "XMLHttpRequest", "import("}) {
    EXPECT_FALSE(contains(page, loader)) << loader;
  }
}

TEST(StudyReport, PageWithoutLabelsCountsBoxesAndClaimsNothing) {
  const std::string page = report_of(unlabelled_summary())["report.html"];
  EXPECT_TRUE(contains(page, "Boxes found"));
  EXPECT_TRUE(contains(page, "no labels"));
  EXPECT_FALSE(contains(page, "Recall"));
  EXPECT_FALSE(contains(page, "Precision"));
  EXPECT_FALSE(contains(page, "id=\"groups\""));
  EXPECT_FALSE(contains(page, "id=\"comparisons\""));
}

TEST(StudyReport, PageOfLabelsWithoutBoxesSpeaksOfDetectionRates) {
  const std::string page = report_of(boxless_summary())["report.html"];
  EXPECT_TRUE(contains(page, "Detection rate"));
  EXPECT_FALSE(contains(page, "Precision"));
  EXPECT_FALSE(contains(page, "VOC"));
  EXPECT_TRUE(contains(page, "id=\"groups\""));
}

TEST(StudyReport, PageNamesTheGapAndTheGainInWords) {
  const std::string page = report_of(summary())["report.html"];
  EXPECT_TRUE(contains(page,
                       "Largest gap: 50.0 points between light and dark (95% interval −12.5 "
                       "to 80.0), beyond chance. Groups of fewer than ten faces are left out."));
  EXPECT_TRUE(contains(page, "+35 faces gained, 1 lost: better, beyond chance"));
  EXPECT_TRUE(contains(page, "+5 faces gained, 1 lost: could be chance"));
}

TEST(StudyReport, PageHasNoBestAndWorstWhereAllGroupsAreAlike) {
  for (const bool same_name : {true, false}) {
    StudySummary s = summary();
    for (CellSummary& c : s.cells) {
      c.gaps = {{"skin", "light", same_name ? "light" : "dark", 0, 0, 0.1, 1, false}};
    }
    const std::string page = report_of(s)["report.html"];
    EXPECT_TRUE(contains(page, "Largest gap: none."));
    EXPECT_TRUE(contains(page, "data-label=\"Best → worst\">none</td>"));
    EXPECT_FALSE(contains(page, "light → "));
  }
}

TEST(StudyReport, PageSaysThatSmallGroupsAreLeftOutOnlyWhereTheyAre) {
  for (const std::size_t n : {std::size_t{9}, std::size_t{10}}) {
    StudySummary s = summary();
    for (CellSummary& c : s.cells) {
      c.groups = {{"skin", "light", 20, 10, {0.5, 0.4, 0.6}},
                  {"skin", "dark", 20, 10, {0.5, 0.4, 0.6}},
                  {"skin", "few", n, 5, {0.5, 0.4, 0.6}}};
    }
    EXPECT_EQ(contains(report_of(s)["report.html"], "Groups of fewer than ten faces are left out"),
              n < 10);
  }
}

TEST(StudyReport, PageOrdersGroupsNaturally) {
  StudySummary s = summary();
  for (CellSummary& c : s.cells) {
    c.groups = {{"age", "0-2", 20, 10, {0.5, 0.4, 0.6}},
                {"age", "10-19", 20, 10, {0.5, 0.4, 0.6}},
                {"age", "3-9", 20, 10, {0.5, 0.4, 0.6}}};
  }
  const std::string page = report_of(s)["report.html"];
  EXPECT_LT(page.find(">0-2<"), page.find(">3-9<"));
  EXPECT_LT(page.find(">3-9<"), page.find(">10-19<"));
  EXPECT_LT(page.find("[\"3-9\""), page.find("[\"10-19\""));
}

TEST(StudyReport, StackedRowsNameTheirNumbers) {
  const std::string page = report_of(summary())["report.html"];
  for (const char* label : {"Recall", "Found, faces", "Net gain", "Gap, points", "Exposure"}) {
    EXPECT_TRUE(contains(page, "data-label=\"" + std::string(label) + "\"")) << label;
  }
}

TEST(StudyReport, DefinitionsSayThatFacesOfOnePhotoAreNotIndependent) {
  const std::string page = report_of(summary())["report.html"];
  EXPECT_TRUE(contains(page, "so with few photos the interval promises too much"));
  EXPECT_TRUE(contains(page, "so with few photos the test promises too much"));
}

TEST(StudyReport, PageMarksTheBestOfEachColumnAndNotALoneRow) {
  StudySummary s = summary();
  s.cells.resize(2);
  EXPECT_TRUE(contains(report_of(s)["report.html"],
                       "<td class=\"number best\" data-label=\"Recall\" data-v=\"0.75\">75.0%"));
  s.cells.resize(1);
  EXPECT_FALSE(contains(report_of(s)["report.html"], "number best"));
}

TEST(StudyReport, PageStaysSmallForManyCellsGroupsAndFailures) {
  StudySummary s = summary();
  s.cells.clear();
  s.comparisons.clear();
  CellSummary full = cell("none", 3);
  full.curve.clear();
  for (int i = 0; i < 200; ++i) {
    full.curve.push_back({i / 200.0, 1 - i / 300.0, 0.5});
  }
  for (std::size_t i = 0; i < 100; ++i) {
    full.groups.push_back({"person", "p" + std::to_string(i), i + 1, i, {0.5, 0.4, 0.6}});
  }
  for (int i = 0; i < 336; ++i) {
    full.enhance = "gain(factor=" + std::to_string(i % 12) + ")";
    full.detector = "detector" + std::to_string(i / 12 % 7);
    full.exposure_ev = -(i / 84);
    s.cells.push_back(full);
  }
  s.failures.assign(6000, {"broken.jpg", "zero bytes"});
  const std::string page = report_of(s)["report.html"];
  EXPECT_LT(page.size(), std::size_t{4} << 20U);
  EXPECT_EQ(markup_problem(page), "");
  EXPECT_TRUE(contains(page, "5,800 more in tables/failures.csv"));
  EXPECT_TRUE(contains(page, "60 smaller groups are in tables/groups.csv"));
  EXPECT_FALSE(contains(page, ">p59<"));
  EXPECT_TRUE(contains(page, ">p60<"));
}

TEST(StudyReport, MissingPictureIsAnErrorThatNamesIt) {
  const TemporaryFolder folder;
  StudySummary s = summary();
  add_example(s, folder.path());
  std::filesystem::remove(folder.path() / s.examples[0].after_file);
  const auto written = write_report(s, folder.path());
  ASSERT_FALSE(written.ok());
  EXPECT_TRUE(contains(written.error().message, "0-after.jpg"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "report.html"));
}

}  // namespace
}  // namespace everyface
