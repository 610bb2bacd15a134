#include "report/audit_json.h"

#include <cmath>

#include "everyface/base/text.h"
#include "report/audit_view.h"
#include "report/failures.h"
#include "report/json.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "everyface.audit/1";

std::optional<double> low_of(const std::optional<Interval>& interval) {
  return interval ? std::optional(interval->low) : std::nullopt;
}

std::optional<double> high_of(const std::optional<Interval>& interval) {
  return interval ? std::optional(interval->high) : std::nullopt;
}

/// NAME, NAME_low, NAME_high, NAME_events, NAME_trials.
void add_rate(Json& out, const std::string& name, const ErrorRate& rate) {
  out[name] = json_number(rate.value());
  out[name + "_low"] = json_number(low_of(rate.interval));
  out[name + "_high"] = json_number(high_of(rate.interval));
  out[name + "_events"] = rate.count.events;
  out[name + "_trials"] = rate.count.trials;
}

Json folds_json(const std::optional<FoldAccuracy>& folds) {
  if (!folds) {
    return nullptr;
  }
  Json out = {{"accuracies", Json::array()},
              {"thresholds", Json::array()},
              {"standard_error", json_number(folds->standard_error)}};
  for (const double accuracy : folds->accuracies) {
    out["accuracies"].push_back(json_number(accuracy));
  }
  for (const double threshold : folds->thresholds) {
    out["thresholds"].push_back(json_number(threshold));
  }
  return out;
}

Json verification_json(const Verification& verification) {
  const auto& folds = verification.folds;
  Json out = {{"mated", verification.mated},
              {"nonmated", verification.nonmated},
              {"accuracy", json_number(folds ? std::optional(folds->mean) : std::nullopt)},
              {"folds", folds_json(folds)},
              {"eer", json_number(verification.eer)},
              {"auc", json_number(verification.auc)},
              {"fnmr_at_fmr", Json::object()},
              {"threshold_at_fmr", Json::object()},
              {"points", Json::array()},
              {"curve", Json::array()}};
  for (const VerificationPoint& point : verification.points) {
    const std::string target = shortest_number(point.target_fmr);
    out["fnmr_at_fmr"][target] = json_number(point.fnmr.value());
    out["threshold_at_fmr"][target] = json_number(point.threshold);
    Json one = {{"target_fmr", json_number(point.target_fmr)},
                {"threshold", json_number(point.threshold)},
                {"exact", point.exact}};
    add_rate(one, "fmr", point.fmr);
    add_rate(one, "fnmr", point.fnmr);
    one["fnmr_at_own_threshold"] = json_number(point.fnmr_at_own_threshold);
    out["points"].push_back(std::move(one));
  }
  for (const ErrorPoint& point : verification.curve) {
    out["curve"].push_back(
        {json_number(point.threshold), json_number(point.fmr), json_number(point.fnmr)});
  }
  return out;
}

Json identification_json(const std::optional<Identification>& identification) {
  if (!identification) {
    return nullptr;
  }
  Json out = {{"gallery", identification->gallery},
              {"failed_to_enrol", identification->failed_to_enrol},
              {"mated_probes", identification->mated_probes},
              {"nonmated_probes", identification->nonmated_probes},
              {"fnir_at_fpir", Json::object()},
              {"rank1", json_number(identification->rank1)},
              {"cmc", Json::array()},
              {"points", Json::array()},
              {"sizes", Json::array()}};
  for (const double share : identification->cmc) {
    out["cmc"].push_back(json_number(share));
  }
  for (const IdentificationPoint& point : identification->points) {
    out["fnir_at_fpir"][shortest_number(point.target_fpir)] = json_number(point.fnir.value());
    Json one = {{"target_fpir", json_number(point.target_fpir)},
                {"threshold", json_number(point.threshold)}};
    add_rate(one, "fpir", point.fpir);
    add_rate(one, "fnir", point.fnir);
    one["selectivity"] = json_number(point.selectivity);
    out["points"].push_back(std::move(one));
  }
  for (const GallerySize& size : identification->sizes) {
    Json one = {{"gallery", size.gallery}};
    add_rate(one, "fpir", size.fpir);
    add_rate(one, "fnir", size.fnir);
    out["sizes"].push_back(std::move(one));
  }
  return out;
}

Json group_json(const GroupErrors& group) {
  Json out = {{"by", json_text(group.by)},
              {"value", json_text(group.value)},
              {"n", group.photos},
              {"identities", group.identities}};
  add_rate(out, "fmr", group.fmr);
  add_rate(out, "fmr_any", group.fmr_any);
  add_rate(out, "fnmr", group.fnmr);
  add_rate(out, "fpir", group.fpir);
  add_rate(out, "fnir", group.fnir);
  add_rate(out, "failed_to_acquire", group.failed_to_acquire);
  return out;
}

/// Row by row: probes, then references.
Json matrix_json(const GroupMatrix& matrix) {
  Json out = {{"by", json_text(matrix.by)}, {"values", json_texts(matrix.values)}};
  const std::size_t size = matrix.values.size();
  const auto add = [&](const char* name, const auto& value_of) {
    out[name] = Json::array();
    for (std::size_t a = 0; a < size; ++a) {
      Json row = Json::array();
      for (std::size_t b = 0; b < size; ++b) {
        row.push_back(value_of(matrix.fmr[a * size + b]));
      }
      out[name].push_back(std::move(row));
    }
  };
  add("fmr", [](const ErrorRate& rate) { return json_number(rate.value()); });
  add("low", [](const ErrorRate& rate) { return json_number(low_of(rate.interval)); });
  add("high", [](const ErrorRate& rate) { return json_number(high_of(rate.interval)); });
  add("events", [](const ErrorRate& rate) { return rate.count.events; });
  add("trials", [](const ErrorRate& rate) { return rate.count.trials; });
  return out;
}

Json differential_json(const Differential& differential) {
  return {{"by", json_text(differential.by)},
          {"measure", json_text(differential.measure)},
          {"rate", json_text(differential.rate)},
          {"worst", json_text(differential.worst)},
          {"best", json_text(differential.best)},
          {"groups", differential.groups},
          {"value", json_number(differential.value)},
          {"infinite", differential.value && std::isinf(*differential.value)},
          {"low", json_number(low_of(differential.interval))},
          {"high", json_number(high_of(differential.interval))},
          {"beyond_chance",
           differential.beyond_chance ? Json(*differential.beyond_chance) : Json(nullptr)}};
}

Json cell_json(const AuditCell& cell) {
  Json out = {{"embedder", json_text(cell.embedder)},         {"enhance", json_text(cell.enhance)},
              {"exposure_ev", json_number(cell.exposure_ev)}, {"reference", cell.reference},
              {"templates", json_text(cell.templates)},       {"images", cell.images}};
  add_rate(out, "failed_to_acquire", cell.failed_to_acquire);
  out["verification"] = verification_json(cell.verification);
  out["identification"] = identification_json(cell.identification);
  const auto add = [&](const char* name, const auto& list, const auto& json_of) {
    out[name] = Json::array();
    for (const auto& one : list) {
      out[name].push_back(json_of(one));
    }
  };
  add("groups", cell.groups, group_json);
  add("matrices", cell.matrices, matrix_json);
  add("differentials", cell.differentials, differential_json);
  return out;
}

Json comparison_json(const AuditComparison& comparison) {
  Json out = {{"embedder", json_text(comparison.embedder)},
              {"exposure_ev", json_number(comparison.exposure_ev)},
              {"before", json_text(comparison.before)},
              {"after", json_text(comparison.after)},
              {"rate", json_text(comparison.rate)},
              {"by", json_text(comparison.by)},
              {"value", json_text(comparison.value)}};
  add_rate(out, "first", comparison.first);
  add_rate(out, "second", comparison.second);
  const auto first = comparison.first.value();
  const auto second = comparison.second.value();
  out["difference"] = json_number(first && second ? std::optional(*second - *first) : std::nullopt);
  out["low"] = json_number(low_of(comparison.difference));
  out["high"] = json_number(high_of(comparison.difference));
  out["p_value"] = json_number(comparison.p_value);
  return out;
}

Json review_json(const ReviewPair& pair, bool no_faces) {
  Json out = {{"embedder", json_text(pair.embedder)},
              {"score", json_number(pair.score)},
              {"first", json_text(pair.first)},
              {"second", json_text(pair.second)},
              {"first_groups", json_text(pair.first_groups)},
              {"second_groups", json_text(pair.second_groups)}};
  out["first_file"] = no_faces ? Json(nullptr) : json_text(pair.first_file);
  out["second_file"] = no_faces ? Json(nullptr) : json_text(pair.second_file);
  return out;
}

Json exclusion_json(const ExclusionEffect& effect) {
  return {{"embedder", json_text(effect.embedder)},
          {"excluded", effect.excluded},
          {"threshold", json_number(effect.threshold)},
          {"by", json_text(effect.by)},
          {"worst_to_best", json_number(effect.worst_to_best)},
          {"infinite", effect.worst_to_best && std::isinf(*effect.worst_to_best)}};
}

Json settings_json(const AuditSummary& summary) {
  return {{"dataset_kind", json_text(summary.dataset_kind)},
          {"dataset_path", json_text(summary.dataset_path)},
          {"pairs", json_text(summary.pairs)},
          {"excluded_pairs", summary.excluded_pairs},
          {"thresholds", json_text(summary.thresholds)},
          {"both_sides", summary.both_sides},
          {"detector", json_text(summary.detector)},
          {"detector_score", json_number(summary.detector_score)},
          {"flip", summary.flip},
          {"pad_px", summary.pad_px},
          {"operating_fmr", json_number(summary.operating_fmr)},
          {"operating_fpir", json_number(summary.operating_fpir)},
          {"seed", summary.seed}};
}

}  // namespace

std::string audit_json(const AuditSummary& summary, const AuditReportOptions& options) {
  Json report = {{"schema", kSchema}};
  report["finding"] = json_text(summary.finding);
  report["version"] = json_text(summary.version);
  report["command"] = json_text(summary.command);
  report["settings"] = settings_json(summary);
  report["records"] = summary.records;
  report["failed"] = summary.failed;
  report["has_subjects"] = summary.has_subjects;
  report["identities"] = summary.identities;
  report["group_names"] = json_texts(summary.group_names);
  const auto add = [&](const char* name, const auto& list, const auto& json_of) {
    report[name] = Json::array();
    for (const auto& one : list) {
      report[name].push_back(json_of(one));
    }
  };
  add("cells", summary.cells, cell_json);
  add("comparisons", summary.comparisons, comparison_json);
  add("review", summary.review,
      [&](const ReviewPair& pair) { return review_json(pair, options.no_faces); });
  add("exclusions", summary.exclusions, exclusion_json);
  report["failures"] = failures_json(summary.failures);
  report["warnings"] = failures_json(summary.warnings);
  return json_document(report);
}

}  // namespace everyface
