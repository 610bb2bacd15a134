// results.jsonl, read back.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "everyface/score/detection.h"
#include "everyface/study/study.h"

namespace everyface {

/// What became of one photo, with the boxes of every cell in the order of the request (exposures,
/// then enhancers, then detectors).
struct PhotoResult {
  std::string image;
  std::string sha256;
  int width = 0;
  int height = 0;
  std::string failure;  ///< not empty: the photo could not be used, and there are no boxes
  std::string warning;
  std::vector<std::vector<ScoredBox>> cells;
};

/// Reads a run's results. Errors: unreadable, a malformed line (named by its number), rows that do
/// not belong to the request, or fewer photos than run.json counts (the run is unfinished).
Result<std::vector<PhotoResult>> read_results(const std::filesystem::path& run_folder,
                                              const StudyRequest& request);

/// The number of photos in the whole data set, as run.json says.
Result<std::size_t> read_record_count(const std::filesystem::path& run_folder);

}  // namespace everyface
