// Enhancers that are networks, run by tiles on photos of any size.
#pragma once

#include <memory>
#include <opencv2/core/types.hpp>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/enhance/enhancer.h"

namespace everyface {

/// zero-dce, zero-dce-pp, sgz, sci-easy, sci-medium, sci-difficult. None has parameters. Values
/// outside 0..255 are clipped before the network, which knows no others; the result lies in 0..255,
/// in floats.
///
/// All six are stacks of 3x3 convolutions without anything global (no pooling, normalisation or
/// attention over the photo), so each output pixel depends on the input at most seven (SCI: three)
/// pixels away. The networks therefore run on tiles with that much overlap, and the memory they
/// need does not grow with the photo; the tiles' seams are those of no tiles, but for the order in
/// which the engine adds.
const std::vector<Method>& learned_methods();

/// The method of that name with tiles of at most `tile` × `tile` pixels of output (for zero-dce-pp
/// and sgz: of the reduced photo). Requires tile > 0 and one of the names above. Errors: as
/// Network::load().
Result<std::unique_ptr<Enhancer>> make_learned(std::string_view method, const ModelRegistry& models,
                                               int tile);

/// A tile: `input` is given to the network, `output` is kept of what it answers.
struct Tile {
  cv::Rect input;
  cv::Rect output;
};

/// Tiles whose outputs cover the photo once, at most `tile` pixels wide and high, and whose inputs
/// hold all of the photo within `margin` pixels of them. All inputs have the same size, so that the
/// engine sets itself up once.
std::vector<Tile> plan_tiles(cv::Size photo, int tile, int margin);

}  // namespace everyface
