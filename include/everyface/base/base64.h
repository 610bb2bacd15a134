// Bytes as text, RFC 4648 section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace everyface {

/// With padding.
std::string base64(std::string_view bytes);

/// None where the text is not what base64() gives for some bytes.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace everyface
