// Any model, on any photo: scales, tiles, gains and the merging of what they find.
#pragma once

#include <memory>
#include <vector>

#include "detect/face_model.h"

namespace everyface {

/// A detector that runs the model on every pass of a photo (passes.h) at every gain and merges the
/// faces. Requires options in their ranges and at least one gain.
std::unique_ptr<Detector> make_multi_pass(std::unique_ptr<FaceModel> model,
                                          const DetectorOptions& options,
                                          std::vector<double> gains);

}  // namespace everyface
