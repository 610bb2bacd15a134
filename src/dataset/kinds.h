// The readers behind open_dataset(), one a kind. Each fills kind-specific records, problems and
// group names; dataset.cpp sorts, names and pads.
#pragma once

#include <filesystem>

#include "everyface/base/result.h"
#include "everyface/dataset/dataset.h"

namespace everyface::dataset {

Result<Dataset> read_darkface(const std::filesystem::path& root);
Result<Dataset> read_wider(const std::filesystem::path& root);
Result<Dataset> read_yolo(const std::filesystem::path& root);
Result<Dataset> read_utkface(const std::filesystem::path& root);
Result<Dataset> read_lfw(const std::filesystem::path& root);
Result<Dataset> read_yaleb(const std::filesystem::path& root);
Result<Dataset> read_csv(const std::filesystem::path& file);
Result<Dataset> read_folder(const std::filesystem::path& root);

}  // namespace everyface::dataset
