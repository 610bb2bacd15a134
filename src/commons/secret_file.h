// Files that hold a secret: only their owner's business.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

/// The content; overwrite it after use (wipe() of everyface/commons/secret.h). Errors: as
/// read_file(); every user of the machine may read it.
Result<std::string> read_secret_file(const std::filesystem::path& file);

/// Writes a new file, readable by its owner alone, and syncs it to disk. Errors: there is a file
/// already (a secret is never replaced); the disk's reasons.
Result<void> create_secret_file(const std::filesystem::path& file, std::string_view content);

}  // namespace everyface
