// The audit: who is falsely matched, and does enhancement help?
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/detect/detector.h"
#include "everyface/study/audit_summary.h"
#include "everyface/study/run.h"

namespace everyface {

class ModelRegistry;

/// How templates are compared. A change to it needs no new templates.
struct AuditProtocol {
  /// "": the data set's own list where it has one (lfw: pairs.txt), else "all". "all": every pair
  /// of photos, those of one subject mated; without subjects all are non-mated. "nonmated": as
  /// "all", but those of different people only. Else a file that read_pairs() understands.
  std::string pairs;
  /// A file that read_pairs() understands: pairs of one person in truth, or otherwise not to be
  /// compared. Used where all pairs are, and for non-mated searches. Empty: none.
  std::string exclude;
  /// false: probes see the cell's condition, references (and galleries) the reference condition, as
  /// where photos of the day are searched with one of the night. true: both see the cell's.
  bool both_sides = false;
  /// The run folder of another audit whose thresholds are applied, embedder by embedder; empty:
  /// this audit's reference condition fixes its own.
  std::string thresholds;
  double operating_fmr = 1e-3;
  double operating_fpir = 1e-2;
  /// Entries to enrol: with subjects, people, one photo each (the first by name); without, photos.
  /// 0: half of those there are.
  std::size_t gallery = 0;
  /// "race=White": ratios to this group besides those to the best.
  std::vector<std::string> reference_groups;
};

/// What an audit is asked. Everything here but the shard is written to run.json.
struct AuditRequest : RunRequest {
  std::vector<std::string> embedders;
  bool flip = false;  ///< Embedder's flip averaging
  DetectorSpec detector;
  double detector_score = 0.5;  ///< faces below are not used
  double scale = 1;             ///< DetectorOptions::scale
  AuditProtocol protocol;
};

/// Makes the templates of all photos in all conditions, into `run_folder`; goes on, is killed and
/// is sharded as run_study(). A cell's line in results.jsonl is
///   {"image": name, "exposure_ev": e, "enhance": chain, "embedder": name, "key": …,
///    "score": s, "landmarks": [[x, y] × 5], "template": base64 of float32, little-endian}
/// with landmarks in pixels of the upright photo, or, in place of the last three,
///    "failed_to_acquire": reason
/// A photo's face is that of choose_face() (everyface/recognize/align.h). Photos with labels for
/// more than one face are outcomes "failed": an audit needs to know whose face it is.
///
/// Errors: the data set cannot be opened, a detector without landmarks, a model is missing, a
/// malformed protocol, the disk refuses.
Result<RunOutcome> run_audit(const AuditRequest& request, const ModelRegistry& models,
                             const std::filesystem::path& run_folder, std::size_t jobs);

/// As merge_studies().
Result<void> merge_audits(const std::vector<std::filesystem::path>& parts,
                          const std::filesystem::path& run_folder);

/// The request that a run folder was made with. Error: no run.json there, or not an audit's.
Result<AuditRequest> read_audit_request(const std::filesystem::path& run_folder);

struct AuditSummaryOptions {
  std::size_t review = 24;  ///< highest-scoring non-mated pairs shown; pictures of faces
  std::size_t jobs = 1;
};

/// Compares a finished run's templates. Writes them as template files into `run_folder`/templates,
/// and the pictures of the review into `run_folder`/pictures. The reference condition, which fixes
/// every threshold, is the exposure nearest to 0 EV without enhancement ("none"; the first chain
/// where it was not asked for). Errors: the run is unfinished, its data set, pairs or exclusions
/// are gone.
Result<AuditSummary> summarise_audit(const std::filesystem::path& run_folder,
                                     const ModelRegistry& models,
                                     const AuditSummaryOptions& options);

}  // namespace everyface
