// The highest-scoring non-mated pairs, as pictures for people to look at.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "study/audit_labels.h"
#include "study/audit_templates.h"

namespace everyface {

/// Adds the highest of an embedder's non-mated pairs, records named by their numbers until
/// draw_review() names them.
void add_review_pairs(const std::string& embedder, const std::vector<ScoredPair>& pairs,
                      std::size_t count, std::vector<ReviewPair>& review);

/// Names the pairs' photos and groups, and writes their faces, as in the reference condition, to
/// run_folder/pictures. Error: a photo has gone or changed since the run, or the disk refuses.
Result<void> draw_review(const AuditRequest& request, const Dataset& dataset,
                         const AuditLabels& labels, const AuditResults& results,
                         const ModelRegistry& models, const std::filesystem::path& run_folder,
                         std::vector<ReviewPair>& review);

}  // namespace everyface
