// Texts as part of a URL.
#pragma once

#include <string>
#include <string_view>

namespace everyface {

/// RFC 3986: all but letters, digits and "-._~" as "%XX".
std::string percent_encoded(std::string_view text);

}  // namespace everyface
