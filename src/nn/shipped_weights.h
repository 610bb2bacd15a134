// Weights that ship with the program.
#pragma once

#include <string_view>
#include <vector>

#include "everyface/base/embedded_file.h"

namespace everyface {

/// Every models/*.onnx and models/*.weights, compiled into the program.
const std::vector<EmbeddedFile>& shipped_files();

/// The bytes of models/FILE; empty where no such file ships.
std::string_view shipped_weights(std::string_view file);

}  // namespace everyface
