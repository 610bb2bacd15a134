#include "study/audit_request.h"

#include "everyface/base/text.h"
#include "study/merge.h"
#include "study/request_json.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

std::string command_of(const AuditRequest& request) {
  const AuditRequest defaults;
  const AuditProtocol& protocol = request.protocol;
  CommandText command("audit", request);
  command.add("--embedder", join(request.embedders, ","));
  command.add("--detector", request.detector.name());
  command.add_unless_default("--detector-score", request.detector_score, defaults.detector_score);
  command.add_unless_default("--scale", request.scale, defaults.scale);
  if (request.flip) {
    command.add_flag("--flip");
  }
  command.add_unless_default("--pairs", protocol.pairs, defaults.protocol.pairs);
  command.add_unless_default("--exclude", protocol.exclude, defaults.protocol.exclude);
  command.add_unless_default("--thresholds", protocol.thresholds, defaults.protocol.thresholds);
  if (protocol.both_sides) {
    command.add("--sides", "both");
  }
  command.add_unless_default("--fmr", protocol.operating_fmr, defaults.protocol.operating_fmr);
  command.add_unless_default("--fpir", protocol.operating_fpir, defaults.protocol.operating_fpir);
  if (protocol.gallery != 0) {
    command.add("--gallery", std::to_string(protocol.gallery));
  }
  if (!protocol.reference_groups.empty()) {
    command.add("--reference-group", join(protocol.reference_groups, ","));
  }
  return command.finish();
}

}  // namespace

Json audit_to_json(const AuditRequest& request, const ModelRegistry& models,
                   const Dataset& dataset) {
  std::set<std::string> model_names(request.embedders.begin(), request.embedders.end());
  if (!request.detector.model().empty()) {
    model_names.insert(request.detector.model());
  }
  Json json = run_to_json("audit", request, command_of(request), model_names, models, dataset);
  json["embedder"] = request.embedders;
  json["flip"] = request.flip;
  json["detector"] = request.detector.name();
  json["detector_score"] = request.detector_score;
  json["scale"] = request.scale;
  const AuditProtocol& protocol = request.protocol;
  json["protocol"] = {{"pairs", to_valid_utf8(protocol.pairs)},
                      {"exclude", to_valid_utf8(protocol.exclude)},
                      {"thresholds", to_valid_utf8(protocol.thresholds)},
                      {"sides", protocol.both_sides ? "both" : "probes"},
                      {"fmr", protocol.operating_fmr},
                      {"fpir", protocol.operating_fpir},
                      {"gallery", protocol.gallery},
                      {"reference_groups", protocol.reference_groups}};
  return json;
}

Result<AuditRequest> audit_from_json(const Json& json) {
  AuditRequest request;
  if (auto read = run_from_json(json, request); !read) {
    return read.error();
  }
  try {
    json.at("embedder").get_to(request.embedders);
    json.at("flip").get_to(request.flip);
    auto detector = DetectorSpec::parse(json.at("detector").get<std::string>());
    if (!detector) {
      return Error{"field \"detector\": " + detector.error().message};
    }
    request.detector = *std::move(detector);
    json.at("detector_score").get_to(request.detector_score);
    json.at("scale").get_to(request.scale);
    const Json& protocol = json.at("protocol");
    protocol.at("pairs").get_to(request.protocol.pairs);
    protocol.at("exclude").get_to(request.protocol.exclude);
    protocol.at("thresholds").get_to(request.protocol.thresholds);
    request.protocol.both_sides = protocol.at("sides") == "both";
    protocol.at("fmr").get_to(request.protocol.operating_fmr);
    protocol.at("fpir").get_to(request.protocol.operating_fpir);
    protocol.at("gallery").get_to(request.protocol.gallery);
    protocol.at("reference_groups").get_to(request.protocol.reference_groups);
  } catch (const nlohmann::json::exception& problem) {
    return Error{problem.what()};
  }
  return request;
}

Result<AuditRequest> read_audit_request(const std::filesystem::path& run_folder) {
  const auto json = read_run_json(run_folder, "audit");
  if (!json) {
    return json.error();
  }
  auto request = audit_from_json(*json);
  if (!request) {
    return Error{(run_folder / "run.json").string() + ": " + request.error().message};
  }
  return request;
}

Result<void> merge_audits(const std::vector<std::filesystem::path>& parts,
                          const std::filesystem::path& run_folder) {
  return merge_runs("audit", "embedder", parts, run_folder);
}

}  // namespace everyface
