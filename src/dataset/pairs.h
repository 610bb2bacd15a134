// The text of a list of pairs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "everyface/dataset/pairs.h"

namespace everyface::dataset {

/// As read_pairs(), of the file's text; `file` is for messages.
Result<std::vector<RecordPair>> parse_pairs(std::string_view text, const std::string& file,
                                            const Dataset& data);

}  // namespace everyface::dataset
