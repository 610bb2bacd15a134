#include "study/audit_thresholds.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "study/request_json.h"

namespace everyface {
namespace {

using Json = nlohmann::json;

/// Scores are floats and files hold ten digits: rounding to float gives back the very threshold.
double exact_threshold(const Json& point) {
  return static_cast<double>(point.at("threshold").get<float>());
}

/// Index of the operating rate; error where it is not among them.
Result<std::size_t> find_target(const std::vector<FixedThreshold>& thresholds, double target,
                                const char* rate) {
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    if (thresholds[i].target == target) {
      return i;
    }
  }
  return Error{fmt::format("has no threshold for {} {}", rate, shortest_number(target))};
}

Result<FixedThresholds> thresholds_of(const Json& cell, const AuditProtocol& protocol) {
  FixedThresholds fixed;
  for (const Json& point : cell.at("verification").at("points")) {
    fixed.fmr.push_back(
        {point.at("target_fmr"), exact_threshold(point), point.at("exact").get<bool>()});
  }
  const auto fmr = find_target(fixed.fmr, protocol.operating_fmr, "FMR");
  if (!fmr) {
    return fmr.error();
  }
  fixed.operating_fmr = *fmr;
  if (cell.at("identification").is_null()) {
    return Error{"has no searches, so no thresholds for them"};
  }
  for (const Json& point : cell.at("identification").at("points")) {
    fixed.fpir.push_back({point.at("target_fpir"), exact_threshold(point), true});
  }
  const auto fpir = find_target(fixed.fpir, protocol.operating_fpir, "FPIR");
  if (!fpir) {
    return fpir.error();
  }
  fixed.operating_fpir = *fpir;
  return fixed;
}

/// Scores of other weights, or of templates of the mirror image too, lie elsewhere.
Result<void> check_same_scores(const std::filesystem::path& run_folder, const std::string& embedder,
                               const std::string& weights_sha256, const AuditRequest& request) {
  const auto run = read_run_json(run_folder, "audit");
  if (!run) {
    return Error{"--thresholds: " + run.error().message};
  }
  if (run->at("models").value(embedder, "") != weights_sha256) {
    return Error{"--thresholds: " + run_folder.string() + " was made by other weights of " +
                 embedder + ", whose scores are not comparable; run that audit again"};
  }
  if (run->at("flip") != request.flip) {
    return Error{"--thresholds: " + run_folder.string() + " was made " +
                 (request.flip ? "without" : "with") + " --flip, this audit " +
                 (request.flip ? "with" : "without")};
  }
  return {};
}

}  // namespace

Result<FixedThresholds> read_thresholds(const std::filesystem::path& run_folder,
                                        const std::string& embedder,
                                        const std::string& weights_sha256,
                                        const AuditRequest& request) {
  const std::filesystem::path path = run_folder / "report.json";
  const auto text = read_file(path);
  if (!text) {
    return Error{"--thresholds: " + text.error().message};
  }
  const auto problem = [&path](const std::string& what) {
    return Error{"--thresholds: " + path.string() + ": " + what};
  };
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != "everyface.audit/1") {
    return problem("not the report of an audit");
  }
  try {
    for (const Json& cell : json.at("cells")) {
      if (cell.at("reference") == true && cell.at("embedder") == embedder) {
        if (auto same = check_same_scores(run_folder, embedder, weights_sha256, request); !same) {
          return same.error();
        }
        auto fixed = thresholds_of(cell, request.protocol);
        return fixed ? std::move(fixed) : Result<FixedThresholds>(problem(fixed.error().message));
      }
    }
  } catch (const Json::exception& malformed) {
    return problem(malformed.what());
  }
  return problem("has no embedder " + embedder);
}

}  // namespace everyface
