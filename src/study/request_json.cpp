#include "study/request_json.h"

#include <fmt/format.h>

#include <opencv2/core/version.hpp>
#include <set>

#include "everyface/base/text.h"
#include "everyface/nn/registry.h"
#include "everyface_version.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

template <typename Named>
std::vector<std::string> names_of(const std::vector<Named>& items) {
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const Named& item : items) {
    names.push_back(item.name());
  }
  return names;
}

std::set<std::string> models_of(const StudyRequest& request) {
  std::set<std::string> names;
  for (const Chain& chain : request.enhancers) {
    for (const std::string& model : chain.models()) {
      names.insert(model);
    }
  }
  for (const DetectorSpec& detector : request.detectors) {
    if (!detector.model().empty()) {
      names.insert(detector.model());
    }
  }
  return names;
}

/// In single quotes where the shell would otherwise read it differently.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./,:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

}  // namespace

Json request_to_json(const StudyRequest& request, const ModelRegistry& models,
                     const Dataset& dataset) {
  Json json;
  json["schema"] = "everyface.run/1";
  json["command"] = command_line(request);
  json["version"] = EVERYFACE_VERSION;
  json["opencv"] = CV_VERSION;
  json["dataset"] = {{"kind", request.dataset_kind},
                     {"path", to_valid_utf8(request.dataset_path)},
                     {"pad_px", dataset.pad_px},
                     {"records", dataset.records.size()}};
  json["exposure_ev"] = request.exposures_ev;
  json["enhance"] = names_of(request.enhancers);
  json["detector"] = names_of(request.detectors);
  json["groups"] = request.groups;
  json["min_score"] = request.min_score;
  json["score_threshold"] = request.score_threshold;
  json["match_iou"] = request.match_iou;
  json["scale"] = request.scale;
  json["tile_px"] = request.tile_px;
  json["max_megapixels"] = request.max_megapixels;
  json["seed"] = request.seed;
  json["models"] = Json::object();
  for (const std::string& name : models_of(request)) {
    const auto entry = models.find(name);
    json["models"][name] = entry ? entry->sha256 : "";
  }
  if (request.shard.count > 1) {
    json["shard"] = fmt::format("{}/{}", request.shard.index, request.shard.count);
  }
  return json;
}

Result<StudyRequest> request_from_json(const Json& json) {
  StudyRequest request;
  try {
    if (json.at("schema") != "everyface.run/1") {
      return Error{"field \"schema\" is not \"everyface.run/1\""};
    }
    request.dataset_kind = json.at("dataset").at("kind");
    request.dataset_path = json.at("dataset").at("path");
    request.pad_px = json.at("dataset").at("pad_px");
    request.exposures_ev = json.at("exposure_ev").get<std::vector<double>>();
    for (const std::string name : json.at("enhance")) {
      auto chain = Chain::parse(name);
      if (!chain) {
        return Error{"field \"enhance\": " + chain.error().message};
      }
      request.enhancers.push_back(*std::move(chain));
    }
    for (const std::string name : json.at("detector")) {
      auto detector = DetectorSpec::parse(name);
      if (!detector) {
        return Error{"field \"detector\": " + detector.error().message};
      }
      request.detectors.push_back(*std::move(detector));
    }
    request.groups = json.at("groups").get<std::vector<std::string>>();
    request.min_score = json.at("min_score");
    request.score_threshold = json.at("score_threshold");
    request.match_iou = json.at("match_iou");
    request.scale = json.at("scale");
    request.tile_px = json.at("tile_px");
    request.max_megapixels = json.at("max_megapixels");
    request.seed = json.at("seed");
    if (json.contains("shard")) {
      const std::string shard = json.at("shard");
      const auto parts = split(shard, '/');
      const auto index = parts.size() == 2 ? parse_int(parts[0]) : std::nullopt;
      const auto count = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
      if (!index || !count || *index < 1 || *index > *count) {
        return Error{"field \"shard\" is not like \"1/4\""};
      }
      request.shard = {static_cast<std::size_t>(*index), static_cast<std::size_t>(*count)};
    }
  } catch (const nlohmann::json::exception& problem) {
    return Error{problem.what()};
  }
  return request;
}

std::string run_json_text(const Json& json) { return json.dump(1) + "\n"; }

std::string command_line(const StudyRequest& request) {
  const StudyRequest defaults;
  std::vector<std::string> exposures;
  for (const double ev : request.exposures_ev) {
    exposures.push_back(shortest_number(ev));
  }
  std::string text =
      fmt::format("everyface study --dataset {} {} --enhance {} --detector {} --exposure {}",
                  request.dataset_kind, shell_word(to_valid_utf8(request.dataset_path)),
                  shell_word(join(names_of(request.enhancers), ",")),
                  shell_word(join(names_of(request.detectors), ",")), join(exposures, ","));
  if (!request.groups.empty()) {
    text += " --group " + shell_word(join(request.groups, ","));
  }
  const auto option = [&text](std::string_view name, auto value, auto fallback) {
    if (value != fallback) {
      text += fmt::format(" {} {}", name, value);
    }
  };
  option("--pad", request.pad_px, defaults.pad_px);
  option("--min-score", request.min_score, defaults.min_score);
  option("--score-threshold", request.score_threshold, defaults.score_threshold);
  option("--match-iou", request.match_iou, defaults.match_iou);
  option("--scale", request.scale, defaults.scale);
  option("--tile", request.tile_px, defaults.tile_px);
  option("--max-megapixels", request.max_megapixels, defaults.max_megapixels);
  option("--seed", request.seed, defaults.seed);
  return text + " -o RUN";
}

}  // namespace everyface
