// CSV manifests, as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dataset/common.h"

namespace everyface::dataset {

/// What a manifest says: records (named, in order of their first row, `file` relative or absolute
/// as written), rows that belong to no photo, and the group columns.
struct CsvManifest {
  std::vector<Record> records;
  std::vector<std::string> problems;
  std::vector<std::string> group_names;
};

/// Reads a manifest's text as open_dataset() documents it. Errors: empty, no column "path", a
/// column twice or without a name, only some of x1, y1, x2, y2, a quote that never closes.
Result<CsvManifest> parse_csv_manifest(std::string_view text, const std::string& file);

}  // namespace everyface::dataset
