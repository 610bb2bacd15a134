// A study's request as run.json holds it.
#pragma once

#include <nlohmann/json.hpp>

#include "everyface/study/study.h"

namespace everyface {

class ModelRegistry;

/// run.json: the request (without the number of jobs, which changes nothing), what it ran with, and
/// the shard where it is one of several. "records" counts the photos of all shards.
nlohmann::ordered_json request_to_json(const StudyRequest& request, const ModelRegistry& models,
                                       const Dataset& dataset);

/// Error: names the field that is missing or malformed.
Result<StudyRequest> request_from_json(const nlohmann::ordered_json& json);

/// The command that run.json records. Error: no run.json there, or no command in it.
Result<std::string> read_command(const std::filesystem::path& run_folder);

/// Writes the JSON text of a file of a run: indented by one blank, newline at the end.
std::string run_json_text(const nlohmann::ordered_json& json);

/// The command that asks for this (for run.json's readers and the report).
std::string command_line(const StudyRequest& request);

}  // namespace everyface
