// What outside bytes look like in a message.
#pragma once

#include <string>
#include <string_view>

namespace everyface {

/// Valid UTF-8 with '?' for each control character: on one line whatever they are.
std::string printable(std::string_view bytes);

}  // namespace everyface
