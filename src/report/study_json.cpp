#include "report/study_json.h"

#include <cmath>

#include "report/failures.h"
#include "report/json.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "everyface.study/1";

Json average_precision_json(const AveragePrecision& ap) {
  return {{"voc_all_point", json_number(ap.voc_all_point)},
          {"voc_all_point_low", json_number(ap.interval.low)},
          {"voc_all_point_high", json_number(ap.interval.high)},
          {"voc_11_point", json_number(ap.voc_11_point)},
          {"coco", json_number(ap.coco)},
          {"coco_50", json_number(ap.coco_50)},
          {"wider", json_number(ap.wider)},
          {"wider_easy", json_number(ap.wider_easy)},
          {"wider_medium", json_number(ap.wider_medium)},
          {"wider_hard", json_number(ap.wider_hard)}};
}

Json cell_json(const CellSummary& cell) {
  Json out = {{"enhance", json_text(cell.enhance)},
              {"detector", json_text(cell.detector)},
              {"exposure_ev", json_number(cell.exposure_ev)},
              {"images", cell.images},
              {"labelled_images", cell.labelled_images},
              {"faces", cell.faces},
              {"predictions", cell.predictions},
              {"true_positives", cell.true_positives},
              {"false_positives", cell.false_positives}};
  const Estimate none{NAN, NAN, NAN};
  const Estimate recall = cell.recall.value_or(none);
  out["recall"] = json_number(recall.value);
  out["recall_low"] = json_number(recall.low);
  out["recall_high"] = json_number(recall.high);
  out["precision"] = json_number(cell.precision);
  out["f1"] = json_number(cell.f1);
  out["false_positives_per_image"] = json_number(cell.false_positives_per_image);
  out["log_average_miss_rate"] = json_number(cell.log_average_miss_rate);
  out["score_threshold"] = json_number(cell.score_threshold);
  out["ap"] = cell.ap ? average_precision_json(*cell.ap) : Json(nullptr);
  out["groups"] = Json::array();
  for (const GroupRate& group : cell.groups) {
    out["groups"].push_back({{"by", json_text(group.by)},
                             {"value", json_text(group.value)},
                             {"n", group.n},
                             {"detected", group.detected},
                             {"rate", json_number(group.rate.value)},
                             {"low", json_number(group.rate.low)},
                             {"high", json_number(group.rate.high)}});
  }
  out["gaps"] = Json::array();
  for (const GroupGap& gap : cell.gaps) {
    out["gaps"].push_back({{"by", json_text(gap.by)},
                           {"best", json_text(gap.best)},
                           {"worst", json_text(gap.worst)},
                           {"difference", json_number(gap.difference)},
                           {"low", json_number(gap.low)},
                           {"high", json_number(gap.high)},
                           {"p_value", json_number(gap.p_value)},
                           {"beyond_chance", gap.beyond_chance}});
  }
  out["curve"] = Json::array();
  for (const CurvePoint& point : cell.curve) {
    out["curve"].push_back(
        {json_number(point.recall), json_number(point.precision), json_number(point.score)});
  }
  return out;
}

const char* kind_word(DrawnBox::Kind kind) {
  switch (kind) {
    case DrawnBox::Kind::kTrue:
      return "true";
    case DrawnBox::Kind::kFalse:
      return "false";
    case DrawnBox::Kind::kMissed:
      return "missed";
    case DrawnBox::Kind::kIgnored:
      return "ignored";
    case DrawnBox::Kind::kUnlabelled:
      return "unlabelled";
  }
  return "";
}

Json boxes_json(const std::vector<DrawnBox>& boxes) {
  Json out = Json::array();
  for (const DrawnBox& drawn : boxes) {
    const Box& box = drawn.box;
    out.push_back(
        {{"box",
          {json_number(box.x1), json_number(box.y1), json_number(box.x2), json_number(box.y2)}},
         {"kind", kind_word(drawn.kind)},
         {"score", json_number(drawn.score)}});
  }
  return out;
}

Json example_json(const Example& example) {
  return {{"image", json_text(example.image)},
          {"caption", json_text(example.caption)},
          {"detector", json_text(example.detector)},
          {"exposure_ev", json_number(example.exposure_ev)},
          {"width", example.width},
          {"height", example.height},
          {"before",
           {{"enhance", json_text(example.before_name)},
            {"file", json_text(example.before_file)},
            {"boxes", boxes_json(example.before_boxes)}}},
          {"after",
           {{"enhance", json_text(example.after_name)},
            {"file", json_text(example.after_file)},
            {"boxes", boxes_json(example.after_boxes)}}}};
}

}  // namespace

std::string study_json(const StudySummary& summary) {
  Json report = {{"schema", kSchema}};
  report["finding"] = json_text(summary.finding);
  report["version"] = json_text(summary.version);
  report["command"] = json_text(summary.command);
  report["settings"] = {{"dataset_kind", json_text(summary.dataset_kind)},
                        {"dataset_path", json_text(summary.dataset_path)},
                        {"pad_px", summary.pad_px},
                        {"scale", json_number(summary.scale)},
                        {"tile_px", summary.tile_px},
                        {"score_threshold", json_number(summary.score_threshold)},
                        {"match_iou", json_number(summary.match_iou)},
                        {"seed", summary.seed}};
  report["records"] = summary.records;
  report["failed"] = summary.failed;
  report["has_labels"] = summary.has_labels;
  report["has_boxes"] = summary.has_boxes;
  report["group_names"] = json_texts(summary.group_names);
  report["cells"] = Json::array();
  for (const CellSummary& cell : summary.cells) {
    report["cells"].push_back(cell_json(cell));
  }
  report["comparisons"] = Json::array();
  for (const Comparison& comparison : summary.comparisons) {
    report["comparisons"].push_back({{"detector", json_text(comparison.detector)},
                                     {"exposure_ev", json_number(comparison.exposure_ev)},
                                     {"before", json_text(comparison.before)},
                                     {"after", json_text(comparison.after)},
                                     {"both", comparison.both},
                                     {"only_before", comparison.only_before},
                                     {"only_after", comparison.only_after},
                                     {"neither", comparison.neither},
                                     {"p_value", json_number(comparison.p_value)}});
  }
  report["examples"] = Json::array();
  for (const Example& example : summary.examples) {
    report["examples"].push_back(example_json(example));
  }
  report["failures"] = failures_json(summary.failures);
  report["warnings"] = failures_json(summary.warnings);
  return json_document(report);
}

}  // namespace everyface
