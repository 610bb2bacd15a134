// What outside bytes look like in a message.
#pragma once

#include <string>
#include <string_view>

namespace everyface::web {

/// Valid UTF-8 with '?' for each control character.
std::string printable(std::string_view bytes);

}  // namespace everyface::web
