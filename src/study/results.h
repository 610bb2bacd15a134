// results.jsonl, read back.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "everyface/score/detection.h"
#include "everyface/study/study.h"

namespace everyface {

/// What became of one photo.
struct PhotoLine {
  std::string image;
  std::string sha256;
  int width = 0;
  int height = 0;
  std::string failure;  ///< not empty: the photo could not be used, and there are no rows
  std::string warning;
};

/// Reads a run's results in order: photo() for each photo, and for each of its rows row() with the
/// row's cell, counted over exposures, then enhancers, then the experiment's axis. Errors:
/// unreadable, a malformed line (named by its number; row() may throw nlohmann::json::exception for
/// one), rows that do not belong to the request, or fewer photos than run.json counts (the run is
/// unfinished).
Result<void> read_rows(const std::filesystem::path& run_folder, const RunRequest& request,
                       const std::string& axis_field, const std::vector<std::string>& axis_names,
                       const std::function<void(PhotoLine&& photo)>& photo,
                       const std::function<void(std::size_t cell, const nlohmann::json& row)>& row);

/// A photo with the boxes of every cell.
struct PhotoResult : PhotoLine {
  std::vector<std::vector<ScoredBox>> cells;
};

/// Reads a study's results. Errors: as read_rows().
Result<std::vector<PhotoResult>> read_results(const std::filesystem::path& run_folder,
                                              const StudyRequest& request);

/// The number of photos in the whole data set, as run.json says.
Result<std::size_t> read_record_count(const std::filesystem::path& run_folder);

/// The command that run.json records. Error: no run.json there, or no command in it.
Result<std::string> read_command(const std::filesystem::path& run_folder);

}  // namespace everyface
