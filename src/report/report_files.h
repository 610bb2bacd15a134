// The files of a report on disk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// Pictures of a page may take this much of it, in bytes before they become text.
inline constexpr std::size_t kPictureBytes = std::size_t{24} << 20U;

struct NamedTable {
  std::string name;  ///< "cells.csv"
  std::string content;
};

struct ReportFiles {
  std::vector<NamedTable> tables;
  std::string json;
  std::string page;
};

/// Writes tables/*, report.json and report.html, each whole or not at all. Errors: the disk's.
Result<void> write_report_files(const ReportFiles& files, const std::filesystem::path& run_folder);

/// Both JPEG files of each pair as data: URIs, pair after pair until kPictureBytes are reached.
/// Error: one cannot be read.
Result<std::vector<std::string>> picture_uris(
    const std::vector<std::pair<std::filesystem::path, std::filesystem::path>>& pairs);

}  // namespace everyface
