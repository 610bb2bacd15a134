// LLFlow as an enhancer, by tiles on photos of any size.
#pragma once

#include <memory>

#include "everyface/enhance/enhancer.h"
#include "nn/llflow.h"

namespace everyface {

/// The photo is rounded to 8 bits, padded by reflection (the edge repeated) as the authors' test
/// program pads it, to the next larger multiples of 16 on all sides, and each channel's histogram
/// is equalised over the whole padded photo. The network then sees tiles of at most `tile` × `tile`
/// pixels with `margin` pixels more on each side, both rounded up to multiples of 8; a photo that
/// is no larger than a tile is run whole. What it answers is clipped to 0..255 and stays in floats.
///
/// The network's reach is larger than any margin that one would pay for, but what lies far away
/// hardly counts: with our weights on Dark Face frames, tiles of 256 pixels differ from the whole
/// by at most 1.2 grey levels with a margin of 32, 0.06 with 48 and 0.001 with 64.
std::unique_ptr<Enhancer> make_llflow(Llflow network, int tile, int margin);

inline constexpr int kLlflowTile = 1152;
inline constexpr int kLlflowMargin = 96;

}  // namespace everyface
