// Texts that people type.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace everyface {

/// The number of Unicode characters of valid UTF-8 without control characters (C0, C1, DEL); none
/// where it is not that.
std::optional<std::size_t> printable_characters(std::string_view text);

}  // namespace everyface
