#include "report/study_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "report/format.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "everyface.study/1";

std::string text(const std::string& value) { return to_valid_utf8(value); }

Json number(std::optional<double> value) {
  return value && std::isfinite(*value) ? Json(ten_digits(*value)) : Json(nullptr);
}

Json number(double value) { return number(std::optional<double>(value)); }

Json average_precision_json(const AveragePrecision& ap) {
  return {{"voc_all_point", number(ap.voc_all_point)},
          {"voc_all_point_low", number(ap.interval.low)},
          {"voc_all_point_high", number(ap.interval.high)},
          {"voc_11_point", number(ap.voc_11_point)},
          {"coco", number(ap.coco)},
          {"coco_50", number(ap.coco_50)},
          {"wider", number(ap.wider)},
          {"wider_easy", number(ap.wider_easy)},
          {"wider_medium", number(ap.wider_medium)},
          {"wider_hard", number(ap.wider_hard)}};
}

Json cell_json(const CellSummary& cell) {
  Json out = {{"enhance", text(cell.enhance)},           {"detector", text(cell.detector)},
              {"exposure_ev", number(cell.exposure_ev)}, {"images", cell.images},
              {"labelled_images", cell.labelled_images}, {"faces", cell.faces},
              {"predictions", cell.predictions},         {"true_positives", cell.true_positives},
              {"false_positives", cell.false_positives}};
  const Estimate none{NAN, NAN, NAN};
  const Estimate recall = cell.recall.value_or(none);
  out["recall"] = number(recall.value);
  out["recall_low"] = number(recall.low);
  out["recall_high"] = number(recall.high);
  out["precision"] = number(cell.precision);
  out["f1"] = number(cell.f1);
  out["false_positives_per_image"] = number(cell.false_positives_per_image);
  out["log_average_miss_rate"] = number(cell.log_average_miss_rate);
  out["score_threshold"] = number(cell.score_threshold);
  out["ap"] = cell.ap ? average_precision_json(*cell.ap) : Json(nullptr);
  out["groups"] = Json::array();
  for (const GroupRate& group : cell.groups) {
    out["groups"].push_back({{"by", text(group.by)},
                             {"value", text(group.value)},
                             {"n", group.n},
                             {"detected", group.detected},
                             {"rate", number(group.rate.value)},
                             {"low", number(group.rate.low)},
                             {"high", number(group.rate.high)}});
  }
  out["gaps"] = Json::array();
  for (const GroupGap& gap : cell.gaps) {
    out["gaps"].push_back({{"by", text(gap.by)},
                           {"best", text(gap.best)},
                           {"worst", text(gap.worst)},
                           {"difference", number(gap.difference)},
                           {"low", number(gap.low)},
                           {"high", number(gap.high)},
                           {"p_value", number(gap.p_value)},
                           {"beyond_chance", gap.beyond_chance}});
  }
  out["curve"] = Json::array();
  for (const CurvePoint& point : cell.curve) {
    out["curve"].push_back({number(point.recall), number(point.precision), number(point.score)});
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
    out.push_back({{"box", {number(box.x1), number(box.y1), number(box.x2), number(box.y2)}},
                   {"kind", kind_word(drawn.kind)},
                   {"score", number(drawn.score)}});
  }
  return out;
}

Json example_json(const Example& example) {
  return {{"image", text(example.image)},
          {"caption", text(example.caption)},
          {"detector", text(example.detector)},
          {"exposure_ev", number(example.exposure_ev)},
          {"width", example.width},
          {"height", example.height},
          {"before",
           {{"enhance", text(example.before_name)},
            {"file", text(example.before_file)},
            {"boxes", boxes_json(example.before_boxes)}}},
          {"after",
           {{"enhance", text(example.after_name)},
            {"file", text(example.after_file)},
            {"boxes", boxes_json(example.after_boxes)}}}};
}

Json failures_json(const std::vector<Failure>& failures) {
  Json out = Json::array();
  for (const Failure& failure : failures) {
    out.push_back({{"image", text(failure.image)}, {"reason", text(failure.reason)}});
  }
  return out;
}

}  // namespace

std::string study_json(const StudySummary& summary) {
  Json report = {{"schema", kSchema}};
  report["finding"] = text(summary.finding);
  report["version"] = text(summary.version);
  report["command"] = text(summary.command);
  report["settings"] = {{"dataset_kind", text(summary.dataset_kind)},
                        {"dataset_path", text(summary.dataset_path)},
                        {"pad_px", summary.pad_px},
                        {"scale", number(summary.scale)},
                        {"tile_px", summary.tile_px},
                        {"score_threshold", number(summary.score_threshold)},
                        {"match_iou", number(summary.match_iou)},
                        {"seed", summary.seed}};
  report["records"] = summary.records;
  report["failed"] = summary.failed;
  report["has_labels"] = summary.has_labels;
  report["has_boxes"] = summary.has_boxes;
  report["group_names"] = Json::array();
  for (const std::string& name : summary.group_names) {
    report["group_names"].push_back(text(name));
  }
  report["cells"] = Json::array();
  for (const CellSummary& cell : summary.cells) {
    report["cells"].push_back(cell_json(cell));
  }
  report["comparisons"] = Json::array();
  for (const Comparison& comparison : summary.comparisons) {
    report["comparisons"].push_back({{"detector", text(comparison.detector)},
                                     {"exposure_ev", number(comparison.exposure_ev)},
                                     {"before", text(comparison.before)},
                                     {"after", text(comparison.after)},
                                     {"both", comparison.both},
                                     {"only_before", comparison.only_before},
                                     {"only_after", comparison.only_after},
                                     {"neither", comparison.neither},
                                     {"p_value", number(comparison.p_value)}});
  }
  report["examples"] = Json::array();
  for (const Example& example : summary.examples) {
    report["examples"].push_back(example_json(example));
  }
  report["failures"] = failures_json(summary.failures);
  report["warnings"] = failures_json(summary.warnings);

  // A line for each field, and for each element of a list: people read and compare these files.
  std::string out = "{";
  const char* separator = "\n";
  for (const auto& [key, value] : report.items()) {
    out += separator + Json(key).dump() + ": ";
    separator = ",\n";
    if (!value.is_array() || value.empty()) {
      out += value.dump();
      continue;
    }
    const char* element_separator = "[\n  ";
    for (const Json& element : value) {
      out += element_separator + element.dump();
      element_separator = ",\n  ";
    }
    out += "\n]";
  }
  return out + "\n}\n";
}

}  // namespace everyface
