// The loop over photos that experiments share.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/dataset/dataset.h"
#include "everyface/study/run.h"

namespace everyface {

class ModelRegistry;

/// What an experiment varies besides exposure and enhancement: the study its detectors, the audit
/// its embedders.
struct RunAxis {
  std::string field;                   ///< in a row: "detector"
  std::vector<std::string> names;      ///< the field's values
  std::vector<std::string> checksums;  ///< of the weights behind each; "-" for none
};

/// An experiment's part of the work on an enhanced photo. One instance per thread.
class RowMaker {
 public:
  RowMaker() = default;
  RowMaker(const RowMaker&) = delete;
  RowMaker& operator=(const RowMaker&) = delete;
  virtual ~RowMaker() = default;

  /// For each of the `wanted` values of the axis, the fields that the experiment adds to the row,
  /// as JSON without braces: "\"faces\":[]". Adds the time spent to `seconds`.
  virtual std::vector<std::string> make(const Record& record, const cv::Mat& enhanced,
                                        const std::vector<std::size_t>& wanted,
                                        StageSeconds& seconds) = 0;
};

struct PhotoRun {
  const char* name = "";  ///< of the experiment, for progress and messages: "study"
  const RunRequest* request = nullptr;
  RunAxis axis;
  std::string options;  ///< everything else that rows depend on, in words
  /// What rows depend on of a record's labels, in words. Not needed: nothing.
  std::function<std::string(const Record&)> labels;
  /// Looks the data set over before any photo is: a record that it gives an error is left out. An
  /// error ends the run. Not needed.
  std::function<Result<void>(Dataset&)> prepare;
  std::function<Result<std::unique_ptr<RowMaker>>(const Dataset&)> make_row_maker;
  std::function<nlohmann::ordered_json(const Dataset&)> make_run_json;
};

/// Opens the data set and writes run.json and results.jsonl, or goes on with those that are there.
/// What the rows are, and what makes them new, stands at run_study().
Result<RunOutcome> run_photos(const PhotoRun& run, const ModelRegistry& models,
                              const std::filesystem::path& run_folder, std::size_t jobs);

/// The columns that a request reports by. Error: a column that the data set lacks.
Result<std::vector<std::string>> group_columns(const RunRequest& request, const Dataset& dataset);

/// "race+gender" of a face as "Black, female"; none where the face lacks one of them.
std::optional<std::string> group_value(const LabelledFace& face, const std::string& column);

}  // namespace everyface
