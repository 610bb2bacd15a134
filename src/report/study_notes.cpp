#include <fmt/format.h>

#include <algorithm>

#include "everyface/base/text.h"
#include "report/format.h"
#include "report/study_view.h"

namespace everyface {
namespace {

void define_matching(std::string& out, const StudySummary& summary) {
  if (!summary.has_boxes) {
    define(out, "Found",
           "The labels say who is in a photo and not where. The face counts as found if a box "
           "covers the middle of the photo and is at least a third as wide and high as the photo.");
    define(out, "Detection rate", "Faces found divided by faces labelled.");
    return;
  }
  define(out, "Found, false, missed",
         fmt::format("A box and a labelled face match if the area they share is at least {} of the "
                     "area they cover together (intersection over union). Boxes choose by falling "
                     "score, and each face counts once: a second box on the same face is false. "
                     "Faces that the labels tell us to ignore count neither way. Labels are never "
                     "complete, so some false boxes are faces that nobody labelled.",
                     percent(summary.match_iou)));
  define(out, "Recall", "Faces found divided by faces labelled.");
  define(out, "Precision", "Boxes that are faces divided by all boxes.");
  define(out, "F1", "The harmonic mean of precision and recall.");
  define(out, "AP, VOC all-point",
         "Average precision: the area below the precision-recall curve after each precision is "
         "raised to the highest at the same recall or more, at an overlap of 0.5 (Everingham et "
         "al. 2010, as Pascal VOC has taken it since then). Its interval: 2.5th to 97.5th "
         "percentile over resamples of whole photos, because faces of one photo are not "
         "independent.");
  define(out, "AP, VOC 11-point",
         "The mean of those raised precisions at recall 0, 0.1, … 1 (Pascal VOC 2007).");
  define(out, "AP, COCO",
         "The mean over 101 recalls, at an overlap of 0.5 (COCO .50) or averaged over 0.50, 0.55, "
         "… 0.95 (COCO .50:.95); the 100 best boxes of a photo count (Lin et al. 2014).");
  define(
      out, "AP, WIDER FACE",
      "The evaluation of that benchmark: overlap 0.5, scores stretched to 0–1 over the whole set "
      "and read at 1,000 thresholds (Yang et al. 2016); easy, medium and hard are its subsets.");
  define(out, "Miss rate, log-average",
         "The geometric mean of the miss rates at nine numbers of false boxes per photo from 0.01 "
         "to 1 (Dollár et al. 2012). Lower is better.");
}

}  // namespace

std::string reproduce_html(const StudySummary& summary) {
  std::string out = fmt::format("<pre><code>{}</code></pre>\n", escape_html(summary.command));
  out += "<dl class=\"settings\">\n";
  define(out, "Data set",
         fmt::format("{}, <bdi>{}</bdi>", escape_html(summary.dataset_kind),
                     escape_html(summary.dataset_path)));
  define(out, "Score threshold", shortest_number(summary.score_threshold));
  if (summary.has_boxes) {
    define(out, "Overlap that matches", shortest_number(summary.match_iou) + " IoU");
  }
  define(out, "Border added around photos",
         count_of(static_cast<std::size_t>(std::max(0, summary.pad_px)), "pixel"));
  define(out, "Photos scaled by", "×" + shortest_number(summary.scale));
  define(out, "Tiles",
         summary.tile_px > 0 ? fmt::format("{} pixels", summary.tile_px) : std::string("none"));
  define(out, "Seed", std::to_string(summary.seed));
  define(out, "Program", "everyface " + escape_html(summary.version));
  out +=
      "</dl>\n<p>The same command gives the same numbers. Beside this page: report.json has all "
      "of them, tables/*.csv the same for spreadsheets, results.jsonl every box.</p>\n";
  return out;
}

std::string definitions_html(const StudyView& view) {
  const StudySummary& summary = *view.summary;
  std::string out =
      "<details class=\"print-open\"><summary>Definitions and sources</summary>\n<dl>\n";
  if (summary.has_labels) {
    define_matching(out, summary);
    define(out, "Interval of a rate",
           "95% score interval of a proportion (Wilson 1927). It treats faces as independent; "
           "faces of one photo are not quite, so with few photos the interval promises too much.");
  } else {
    define(out, "Boxes found", "All boxes at or above the score threshold, faces or not.");
  }
  if (std::any_of(view.cells.begin(), view.cells.end(),
                  [](const StudyCell& placed) { return !placed.cell->gaps.empty(); })) {
    define(
        out, "Gap between groups",
        "The highest minus the lowest detection rate of a column's groups, with the 95% interval "
        "of a difference of two proportions (Newcombe 1998, method 10). Because best and worst "
        "are picked after the fact, a gap looks larger than it is when groups are small.");
    define(out, "Beyond chance, groups",
           "Pearson's chi-square test that all groups of the column have the same rate; p-values "
           "corrected over all gaps of this report (Holm 1979), below 0.05.");
  }
  if (!summary.comparisons.empty()) {
    define(
        out, "Beyond chance, enhancements",
        "McNemar's test (1947), exact: only faces that one of the two found and the other missed "
        "tell them apart. Two-sided, corrected over the table (Holm 1979), below 0.05. It treats "
        "faces as independent; faces of one photo are not quite, so with few photos the test "
        "promises too much.");
  }
  define(out, "Exposure",
         "0 EV is the photo as it is; every EV less halves the light. Darker versions are made in "
         "linear light with the noise that a sensor would have added.");
  return out + "</dl>\n</details>\n";
}

}  // namespace everyface
