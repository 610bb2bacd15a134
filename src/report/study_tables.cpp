#include "report/study_tables.h"

#include "everyface/base/text.h"
#include "report/csv.h"
#include "report/failures.h"

namespace everyface {
namespace {

CsvTable& cell_fields(CsvTable& table, const CellSummary& cell) {
  return table.number(cell.exposure_ev).text(cell.detector).text(cell.enhance);
}

std::string cells_csv(const StudySummary& summary) {
  CsvTable table({"exposure_ev",
                  "detector",
                  "enhance",
                  "images",
                  "labelled_images",
                  "faces",
                  "predictions",
                  "true_positives",
                  "false_positives",
                  "recall",
                  "recall_low",
                  "recall_high",
                  "precision",
                  "f1",
                  "false_positives_per_image",
                  "log_average_miss_rate",
                  "score_threshold",
                  "ap_voc_all_point",
                  "ap_voc_all_point_low",
                  "ap_voc_all_point_high",
                  "ap_voc_11_point",
                  "ap_coco",
                  "ap_coco_50",
                  "ap_wider",
                  "ap_wider_easy",
                  "ap_wider_medium",
                  "ap_wider_hard"});
  for (const CellSummary& cell : summary.cells) {
    cell_fields(table, cell)
        .count(cell.images)
        .count(cell.labelled_images)
        .count(cell.faces)
        .count(cell.predictions)
        .count(cell.true_positives)
        .count(cell.false_positives);
    const auto recall = [&](double Estimate::*field) {
      table.number(cell.recall ? std::optional((*cell.recall).*field) : std::nullopt);
    };
    recall(&Estimate::value);
    recall(&Estimate::low);
    recall(&Estimate::high);
    table.number(cell.precision)
        .number(cell.f1)
        .number(cell.false_positives_per_image)
        .number(cell.log_average_miss_rate)
        .number(cell.score_threshold);
    const auto ap = [&](auto field) {
      table.number(cell.ap ? std::optional<double>(field(*cell.ap)) : std::nullopt);
    };
    ap([](const AveragePrecision& a) { return a.voc_all_point; });
    ap([](const AveragePrecision& a) { return a.interval.low; });
    ap([](const AveragePrecision& a) { return a.interval.high; });
    ap([](const AveragePrecision& a) { return a.voc_11_point; });
    ap([](const AveragePrecision& a) { return a.coco; });
    ap([](const AveragePrecision& a) { return a.coco_50; });
    ap([](const AveragePrecision& a) { return a.wider; });
    table.number(cell.ap ? cell.ap->wider_easy : std::nullopt)
        .number(cell.ap ? cell.ap->wider_medium : std::nullopt)
        .number(cell.ap ? cell.ap->wider_hard : std::nullopt)
        .end_row();
  }
  return table.content();
}

std::string groups_csv(const StudySummary& summary) {
  CsvTable table({"exposure_ev", "detector", "enhance", "by", "value", "n", "detected", "rate",
                  "low", "high"});
  for (const CellSummary& cell : summary.cells) {
    for (const GroupRate& group : cell.groups) {
      cell_fields(table, cell)
          .text(group.by)
          .text(group.value)
          .count(group.n)
          .count(group.detected)
          .number(group.rate.value)
          .number(group.rate.low)
          .number(group.rate.high)
          .end_row();
    }
  }
  return table.content();
}

std::string gaps_csv(const StudySummary& summary) {
  CsvTable table({"exposure_ev", "detector", "enhance", "by", "best", "worst", "difference", "low",
                  "high", "p_value", "beyond_chance"});
  for (const CellSummary& cell : summary.cells) {
    for (const GroupGap& gap : cell.gaps) {
      cell_fields(table, cell)
          .text(gap.by)
          .text(gap.best)
          .text(gap.worst)
          .number(gap.difference)
          .number(gap.low)
          .number(gap.high)
          .number(gap.p_value)
          .text(gap.beyond_chance ? "true" : "false")
          .end_row();
    }
  }
  return table.content();
}

std::string comparisons_csv(const StudySummary& summary) {
  CsvTable table({"exposure_ev", "detector", "before", "after", "both", "only_before", "only_after",
                  "neither", "p_value"});
  for (const Comparison& comparison : summary.comparisons) {
    table.number(comparison.exposure_ev)
        .text(comparison.detector)
        .text(comparison.before)
        .text(comparison.after)
        .count(comparison.both)
        .count(comparison.only_before)
        .count(comparison.only_after)
        .count(comparison.neither)
        .number(comparison.p_value)
        .end_row();
  }
  return table.content();
}

std::string curves_csv(const StudySummary& summary) {
  CsvTable table({"exposure_ev", "detector", "enhance", "recall", "precision", "score"});
  for (const CellSummary& cell : summary.cells) {
    for (const CurvePoint& point : cell.curve) {
      cell_fields(table, cell)
          .number(point.recall)
          .number(point.precision)
          .number(point.score)
          .end_row();
    }
  }
  return table.content();
}

std::string counts_csv(const StudySummary& summary) {
  std::vector<std::string> header = {"image", "faces"};
  for (const CellSummary& cell : summary.cells) {
    header.push_back(shortest_number(cell.exposure_ev) + " EV, " + cell.detector + ", " +
                     cell.enhance);
  }
  CsvTable table(header);
  for (const ImageCounts& counts : summary.counts) {
    table.text(counts.image);
    if (counts.faces) {
      table.count(*counts.faces);
    } else {
      table.text("");
    }
    for (const std::size_t found : counts.found) {
      table.count(found);
    }
    table.end_row();
  }
  return table.content();
}

}  // namespace

std::vector<NamedTable> study_tables(const StudySummary& summary) {
  return {{"cells.csv", cells_csv(summary)},
          {"groups.csv", groups_csv(summary)},
          {"gaps.csv", gaps_csv(summary)},
          {"comparisons.csv", comparisons_csv(summary)},
          {"curves.csv", curves_csv(summary)},
          {"failures.csv", failures_csv(summary.failures, summary.warnings)},
          {"counts.csv", counts_csv(summary)}};
}

}  // namespace everyface
