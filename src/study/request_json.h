// An experiment's request as run.json holds it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "everyface/dataset/dataset.h"
#include "everyface/study/study.h"

namespace everyface {

class ModelRegistry;

/// The fields that all experiments share, in the order of the file: what was asked (without the
/// number of jobs, which changes nothing), what it ran with, and the shard where it is one of
/// several. "records" counts the photos of all shards.
nlohmann::ordered_json run_to_json(const std::string& experiment, const RunRequest& request,
                                   const std::string& command, std::set<std::string> model_names,
                                   const ModelRegistry& models, const Dataset& dataset);

/// Error: names the field that is missing or malformed.
Result<void> run_from_json(const nlohmann::ordered_json& json, RunRequest& request);

/// run.json of an experiment's folder. Errors: no run.json there, not ours, of another experiment.
Result<nlohmann::ordered_json> read_run_json(const std::filesystem::path& run_folder,
                                             const std::string& experiment);

/// Error: the folder holds a run of another experiment, or another part of one.
Result<void> check_same_part(const std::filesystem::path& run_folder, const std::string& experiment,
                             const Shard& shard);

nlohmann::ordered_json request_to_json(const StudyRequest& request, const ModelRegistry& models,
                                       const Dataset& dataset);
Result<StudyRequest> request_from_json(const nlohmann::ordered_json& json);

/// The JSON text of a file of a run: indented by one blank, newline at the end.
std::string run_json_text(const nlohmann::ordered_json& json);

/// The command that asks for a run (for run.json's readers and the report), put together: what all
/// experiments share, then what one adds. Options with their default value are left out.
class CommandText {
 public:
  CommandText(const std::string& experiment, const RunRequest& request);

  /// " NAME VALUE", the value quoted for the shell where it needs it.
  void add(std::string_view name, const std::string& value);
  void add_flag(std::string_view name) { text_ += " " + std::string(name); }
  template <typename Value>
  void add_unless_default(std::string_view name, const Value& value, const Value& fallback) {
    if (value != fallback) {
      add(name, text_of(value));
    }
  }
  /// With the request's shared options and -o RUN.
  [[nodiscard]] std::string finish() const;

 private:
  static std::string text_of(double value);
  static std::string text_of(const std::string& value) { return value; }

  const RunRequest& request_;
  std::string text_;
};

template <typename Named>
std::vector<std::string> names_of(const std::vector<Named>& items) {
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const Named& item : items) {
    names.push_back(item.name());
  }
  return names;
}

/// The weights that a request's chains need.
std::set<std::string> models_of(const std::vector<Chain>& chains);

}  // namespace everyface
