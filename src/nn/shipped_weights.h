// Weights that ship with the program.
#pragma once

#include <string_view>

namespace everyface {

/// The bytes of models/FILE as compiled into the program; empty where no such file ships.
std::string_view shipped_weights(std::string_view file);

}  // namespace everyface
