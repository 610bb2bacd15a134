// Photos worth looking at, rendered before and after.
#pragma once

#include <vector>

#include "everyface/study/study.h"
#include "study/scored_photo.h"

namespace everyface {

/// Chooses photos for the report and writes them to `run_folder`/pictures, 960 pixels wide at the
/// most: for each exposure the detector and enhancement that changed most there; of its photos
/// those where most was gained, then where something was lost, then others at even distances.
Result<std::vector<Example>> render_examples(const StudyRequest& request, const Dataset& dataset,
                                             const ModelRegistry& models,
                                             const StudySummary& summary,
                                             const std::vector<ScoredPhoto>& photos,
                                             const std::filesystem::path& run_folder,
                                             const SummaryOptions& options);

}  // namespace everyface
