// An audit's results, read back: who was acquired in which condition, and the template files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "everyface/dataset/dataset.h"
#include "everyface/recognize/template_file.h"
#include "everyface/study/audit.h"
#include "study/audit_scores.h"

namespace everyface {

/// The cells of an audit: embedders, then exposures, then enhancers, each in the order asked for.
struct AuditCellPlace {
  std::size_t embedder = 0;
  std::size_t exposure = 0;
  std::size_t chain = 0;
};

class AuditCells {
 public:
  explicit AuditCells(const AuditRequest& request);

  [[nodiscard]] std::size_t size() const { return embedders_ * exposures_ * chains_; }
  [[nodiscard]] AuditCellPlace place(std::size_t cell) const;
  [[nodiscard]] std::size_t index(const AuditCellPlace& place) const;
  /// Of a row of results.jsonl, which counts exposures, then enhancers, then embedders.
  [[nodiscard]] std::size_t of_row(std::size_t row) const;
  /// The cell that fixes an embedder's thresholds: the exposure nearest to 0 EV, and "none" where
  /// that is among the chains, else the first.
  [[nodiscard]] std::size_t reference(std::size_t embedder) const;
  /// Index of the chain "none"; none where it was not asked for.
  [[nodiscard]] std::optional<std::size_t> none_chain() const { return none_; }

 private:
  std::size_t embedders_;
  std::size_t exposures_;
  std::size_t chains_;
  std::size_t reference_exposure_ = 0;
  std::optional<std::size_t> none_;
};

/// What became of the photos.
struct AuditResults {
  std::vector<bool> decoded;        ///< by record
  std::vector<std::string> sha256;  ///< by record
  std::vector<Failure> failures;
  std::vector<Failure> warnings;
  std::vector<std::string> files;  ///< template file of each cell, below the run folder
  std::vector<std::vector<std::uint32_t>> row_of;  ///< by cell and record; kNoRow: not acquired
  /// By record, in the reference condition and in pixels of the upright photo.
  std::vector<std::optional<Landmarks>> landmarks;
};

/// Reads results.jsonl and writes run_folder/templates. Errors: as read_rows(), photos that the
/// data set no longer has, the disk's reasons.
Result<AuditResults> read_audit_results(const std::filesystem::path& run_folder,
                                        const AuditRequest& request, const Dataset& dataset,
                                        const ModelRegistry& models);

/// A cell's templates in memory, as long as `file` lives.
TemplateSet template_set(const TemplateFile& file, const std::vector<std::uint32_t>& row_of);

}  // namespace everyface
