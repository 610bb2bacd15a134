// From a checked photo to what the commons keeps of it.
#pragma once

#include <string_view>

#include "everyface/commons/duplicates.h"
#include "everyface/commons/photo_check.h"
#include "everyface/commons/photo_sandbox.h"
#include "everyface/commons/prepared_photo.h"

namespace everyface {

struct Preparation {
  bool brighten = false;           ///< the contributor chose the brightened copy
  FaceMatcher* matcher = nullptr;  ///< null: no consent to a template, or no embedder installed
};

/// The published copy (brightened where chosen, everybody but the contributor blurred), its
/// thumbnail, and what finds duplicates of `file`, the bytes as they were sent. The quality is the
/// product of three parts, each at most 1: the face's width / 200 pixels, its sharpness / 0.4 and
/// its signal-to-noise / 20. Requires that `check`, of clean.pixels, has a chosen face.
PreparedPhoto prepare_photo(std::string_view file, const CleanPhoto& clean, const PhotoCheck& check,
                            const Preparation& preparation, FaceFinder& finder,
                            const ModelRegistry& models);

}  // namespace everyface
