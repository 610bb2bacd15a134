// The study: how many faces does each detector find, before and after each enhancement?
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/dataset/dataset.h"
#include "everyface/detect/detector.h"
#include "everyface/enhance/enhancer.h"
#include "everyface/study/summary.h"

namespace everyface {

class ModelRegistry;

/// One part of a run: records index-1, index-1+count, index-1+2·count, … of the data set.
struct Shard {
  std::size_t index = 1;  ///< 1..count
  std::size_t count = 1;
};

/// What a study is asked. Everything here but the shard is written to run.json.
struct StudyRequest {
  std::string dataset_kind;
  std::string dataset_path;  ///< as the user gave it
  int pad_px = -1;           ///< border added around each photo; -1: the kind's default
  std::vector<Chain> enhancers;
  std::vector<DetectorSpec> detectors;
  std::vector<double> exposures_ev = {0};
  /// Columns to report by, e.g. "race", or "race+gender" for their combinations; empty: every
  /// column of the data set.
  std::vector<std::string> groups;
  double min_score = 0.05;       ///< boxes below are not kept: they bound the AP's recall
  double score_threshold = 0.5;  ///< boxes at or above count as found
  double match_iou = 0.5;        ///< a box and a face match from this IoU
  double scale = 1;              ///< DetectorOptions::scale
  int tile_px = 0;               ///< DetectorOptions::tile_px
  double max_megapixels = 100;
  std::uint64_t seed = 1;
  Shard shard;
};

/// Seconds of work, summed over all threads.
struct StageSeconds {
  double decode = 0;  ///< reading, checking and decoding photos, padding
  double expose = 0;  ///< the exposure model
  double enhance = 0;
  double detect = 0;
  double total = 0;  ///< wall time of the run's photo loop times its threads

  [[nodiscard]] double other() const { return total - decode - expose - enhance - detect; }
};

struct StudyOutcome {
  std::size_t records = 0;
  std::size_t failed = 0;         ///< photos that could not be used; each is named in the report
  std::size_t rows_computed = 0;  ///< rows (image × cell) worked out in this run
  std::size_t rows_kept = 0;      ///< rows taken over from an earlier one
  StageSeconds seconds;
};

/// Runs a study (or one shard of it) into `run_folder`, or goes on with the one that is there.
///
/// results.jsonl holds, for each photo in order of names, one line about the photo
///   {"image": name, "sha256": …, "size": [width, height], "outcome": "ok"}
/// (or "outcome": "failed", "reason": …; a "warning" where something was odd) and one line a cell
///   {"image": name, "exposure_ev": e, "enhance": chain, "detector": name, "key": …,
///    "faces": [[x1, y1, x2, y2, score], …]}
/// with boxes in pixels of the upright photo, padding taken off. A photo's lines are written in one
/// piece and in order, so a run that was killed leaves a beginning of the final file, and the same
/// request goes on from there. `key` is a digest of all that the row depends on (photo, exposure,
/// seed, chain, detector, weights, options, versions): rows with another key are redone. Rows that
/// this request does not ask for are kept aside in results.previous.jsonl for one that does.
///
/// Errors: the data set cannot be opened, a model is missing, the disk refuses. Photos that fail
/// are outcomes, not errors.
Result<StudyOutcome> run_study(const StudyRequest& request, const ModelRegistry& models,
                               const std::filesystem::path& run_folder, std::size_t jobs);

/// Joins the folders of all shards of one request into `run_folder`: the same bytes as one run.
/// Errors: requests that differ, shards missing or unfinished or given twice.
Result<void> merge_studies(const std::vector<std::filesystem::path>& parts,
                           const std::filesystem::path& run_folder);

/// The request that a run folder was made with. Error: no run.json there, or not one of ours.
Result<StudyRequest> read_request(const std::filesystem::path& run_folder);

struct SummaryOptions {
  std::size_t examples = 12;  ///< photos shown before and after
  std::size_t jobs = 1;
};

/// Scores a finished run against its data set's labels and renders the example pictures into
/// `run_folder`/pictures. Errors: the run is unfinished, or its data set is gone.
Result<StudySummary> summarise_study(const std::filesystem::path& run_folder,
                                     const ModelRegistry& models, const SummaryOptions& options);

}  // namespace everyface
