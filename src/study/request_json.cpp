#include "study/request_json.h"

#include <fmt/format.h>

#include <opencv2/core/version.hpp>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/dataset/dataset.h"
#include "everyface/nn/registry.h"
#include "everyface_version.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchema = "everyface.run/1";

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

/// "an audit", for messages.
std::string with_article(const std::string& experiment) {
  return (experiment.starts_with('a') ? "an " : "a ") + experiment;
}

}  // namespace

std::set<std::string> models_of(const std::vector<Chain>& chains) {
  std::set<std::string> names;
  for (const Chain& chain : chains) {
    for (const std::string& model : chain.models()) {
      names.insert(model);
    }
  }
  return names;
}

Json run_to_json(const std::string& experiment, const RunRequest& request,
                 const std::string& command, std::set<std::string> model_names,
                 const ModelRegistry& models, const Dataset& dataset) {
  Json json;
  json["schema"] = kSchema;
  json["experiment"] = experiment;
  json["command"] = command;
  json["version"] = EVERYFACE_VERSION;
  json["opencv"] = CV_VERSION;
  json["dataset"] = {{"kind", request.dataset_kind},
                     {"path", to_valid_utf8(request.dataset_path)},
                     {"pad_px", dataset.pad_px},
                     {"records", dataset.records.size()}};
  json["exposure_ev"] = request.exposures_ev;
  json["enhance"] = names_of(request.enhancers);
  json["groups"] = request.groups;
  json["max_megapixels"] = request.max_megapixels;
  json["seed"] = request.seed;
  model_names.merge(models_of(request.enhancers));
  json["models"] = Json::object();
  for (const std::string& name : model_names) {
    const auto entry = models.find(name);
    json["models"][name] = entry ? entry->sha256 : "";
  }
  if (request.shard.count > 1) {
    json["shard"] = fmt::format("{}/{}", request.shard.index, request.shard.count);
  }
  return json;
}

Result<void> run_from_json(const Json& json, RunRequest& request) {
  try {
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
    request.groups = json.at("groups").get<std::vector<std::string>>();
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
  return {};
}

Result<Json> read_run_json(const std::filesystem::path& run_folder, const std::string& experiment) {
  const std::filesystem::path path = run_folder / "run.json";
  const auto text = read_file(path, 16U << 20U);
  if (!text) {
    return Error{text.error().message + " (is this the folder of " + with_article(experiment) +
                 "?)"};
  }
  auto json = Json::parse(*text, nullptr, false);
  if (json.is_discarded()) {
    return Error{path.string() + ": not JSON"};
  }
  if (!json.is_object() || json.value("schema", Json()) != kSchema) {
    return Error{path.string() + ": field \"schema\" is not \"" + std::string(kSchema) + "\""};
  }
  // Studies of version 0.1.0 did not say what they are.
  if (const Json there = json.value("experiment", Json("study")); there != experiment) {
    return Error{run_folder.string() + " is not the folder of " + with_article(experiment) +
                 (there.is_string() ? " but of " + with_article(there.get<std::string>()) : "")};
  }
  return json;
}

Result<void> check_same_part(const std::filesystem::path& run_folder, const std::string& experiment,
                             const Shard& shard) {
  if (!std::filesystem::exists(run_folder / "run.json")) {
    return {};
  }
  const auto json = read_run_json(run_folder, experiment);
  if (!json) {
    return Error{json.error().message + "; choose another folder with -o"};
  }
  RunRequest there;
  if (run_from_json(*json, there) &&
      (there.shard.index != shard.index || there.shard.count != shard.count)) {
    return Error{fmt::format("{} holds another part ({}/{}) of {}; choose another folder with -o",
                             run_folder.string(), there.shard.index, there.shard.count,
                             with_article(experiment))};
  }
  return {};
}

Json request_to_json(const StudyRequest& request, const ModelRegistry& models,
                     const Dataset& dataset) {
  const StudyRequest defaults;
  CommandText command("study", request);
  command.add("--detector", join(names_of(request.detectors), ","));
  command.add_unless_default("--min-score", request.min_score, defaults.min_score);
  command.add_unless_default("--score-threshold", request.score_threshold,
                             defaults.score_threshold);
  command.add_unless_default("--match-iou", request.match_iou, defaults.match_iou);
  command.add_unless_default("--scale", request.scale, defaults.scale);
  command.add_unless_default("--tile", request.tile_px, defaults.tile_px);
  std::set<std::string> model_names;
  for (const DetectorSpec& detector : request.detectors) {
    if (!detector.model().empty()) {
      model_names.insert(detector.model());
    }
  }
  Json json = run_to_json("study", request, command.finish(), model_names, models, dataset);
  json["detector"] = names_of(request.detectors);
  json["min_score"] = request.min_score;
  json["score_threshold"] = request.score_threshold;
  json["match_iou"] = request.match_iou;
  json["scale"] = request.scale;
  json["tile_px"] = request.tile_px;
  return json;
}

Result<StudyRequest> request_from_json(const Json& json) {
  StudyRequest request;
  if (auto read = run_from_json(json, request); !read) {
    return read.error();
  }
  try {
    for (const std::string name : json.at("detector")) {
      auto detector = DetectorSpec::parse(name);
      if (!detector) {
        return Error{"field \"detector\": " + detector.error().message};
      }
      request.detectors.push_back(*std::move(detector));
    }
    request.min_score = json.at("min_score");
    request.score_threshold = json.at("score_threshold");
    request.match_iou = json.at("match_iou");
    request.scale = json.at("scale");
    request.tile_px = json.at("tile_px");
  } catch (const nlohmann::json::exception& problem) {
    return Error{problem.what()};
  }
  return request;
}

Result<StudyRequest> read_request(const std::filesystem::path& run_folder) {
  const auto json = read_run_json(run_folder, "study");
  if (!json) {
    return json.error();
  }
  auto request = request_from_json(*json);
  if (!request) {
    return Error{(run_folder / "run.json").string() + ": " + request.error().message};
  }
  return request;
}

std::string run_json_text(const Json& json) { return json.dump(1) + "\n"; }

CommandText::CommandText(const std::string& experiment, const RunRequest& request)
    : request_(request) {
  std::vector<std::string> exposures;
  for (const double ev : request.exposures_ev) {
    exposures.push_back(shortest_number(ev));
  }
  text_ = fmt::format("everyface {} --dataset {} {}", experiment, request.dataset_kind,
                      shell_word(to_valid_utf8(request.dataset_path)));
  add("--enhance", join(names_of(request.enhancers), ","));
  add("--exposure", join(exposures, ","));
}

void CommandText::add(std::string_view name, const std::string& value) {
  text_ += fmt::format(" {} {}", name, shell_word(value));
}

std::string CommandText::text_of(double value) { return shortest_number(value); }

std::string CommandText::finish() const {
  CommandText whole = *this;
  const RunRequest defaults;
  if (!request_.groups.empty()) {
    whole.add("--group", join(request_.groups, ","));
  }
  whole.add_unless_default("--pad", request_.pad_px, defaults.pad_px);
  whole.add_unless_default("--max-megapixels", request_.max_megapixels, defaults.max_megapixels);
  if (request_.seed != defaults.seed) {
    whole.add("--seed", std::to_string(request_.seed));
  }
  return whole.text_ + " -o RUN";
}

}  // namespace everyface
