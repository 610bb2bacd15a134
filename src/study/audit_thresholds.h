// Thresholds that another audit fixed.
#pragma once

#include <filesystem>
#include <string>

#include "everyface/base/result.h"
#include "study/audit_cell.h"

namespace everyface {

/// The thresholds of an embedder's reference condition in an audit's run folder (its report.json).
/// Errors: not an audit's, without that embedder, without the operating rates of `protocol`.
Result<FixedThresholds> read_thresholds(const std::filesystem::path& run_folder,
                                        const std::string& embedder, const AuditProtocol& protocol);

}  // namespace everyface
