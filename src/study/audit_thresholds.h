// Thresholds that another audit fixed.
#pragma once

#include <filesystem>
#include <string>

#include "everyface/base/result.h"
#include "study/audit_cell.h"

namespace everyface {

/// The thresholds of an embedder's reference condition in an audit's run folder (its report.json).
/// Errors: not an audit's, without that embedder, of other weights than `weights_sha256` or other
/// templates than `request` asks for (flip), without its operating rates.
Result<FixedThresholds> read_thresholds(const std::filesystem::path& run_folder,
                                        const std::string& embedder,
                                        const std::string& weights_sha256,
                                        const AuditRequest& request);

}  // namespace everyface
