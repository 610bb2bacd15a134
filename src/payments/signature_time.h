// Times in the headers of signatures.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace everyface {

/// Unix time in seconds: digits alone, of 15 at most (RFC 8941 section 3.3.1).
inline std::optional<std::int64_t> parse_time(std::string_view digits) {
  constexpr std::size_t kMostDigits = 15;
  std::int64_t time = 0;
  const char* end = digits.data() + digits.size();
  if (digits.empty() || digits.size() > kMostDigits || digits.front() == '-') {
    return std::nullopt;
  }
  const auto read = std::from_chars(digits.data(), end, time);
  return read.ec == std::errc() && read.ptr == end ? std::optional(time) : std::nullopt;
}

}  // namespace everyface
