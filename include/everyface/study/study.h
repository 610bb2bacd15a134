// The study: how many faces does each detector find, before and after each enhancement?
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"
#include "everyface/study/run.h"
#include "everyface/study/summary.h"

namespace everyface {

class ModelRegistry;

/// What a study is asked. Everything here but the shard is written to run.json.
struct StudyRequest : RunRequest {
  std::vector<DetectorSpec> detectors;
  double min_score = 0.05;       ///< boxes below are not kept: they bound the AP's recall
  double score_threshold = 0.5;  ///< boxes at or above count as found
  double match_iou = 0.5;        ///< a box and a face match from this IoU
  double scale = 1;              ///< DetectorOptions::scale
  int tile_px = 0;               ///< DetectorOptions::tile_px
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
Result<RunOutcome> run_study(const StudyRequest& request, const ModelRegistry& models,
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
