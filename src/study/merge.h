// Joining the shards of a run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// Joins the folders of all shards of one request: the same bytes as one run. `axis_field` is the
/// experiment's third axis. Errors: requests that differ, shards missing, unfinished or given
/// twice.
Result<void> merge_runs(const std::string& experiment, const std::string& axis_field,
                        const std::vector<std::filesystem::path>& folders,
                        const std::filesystem::path& run_folder);

}  // namespace everyface
