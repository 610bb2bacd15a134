// What fuzz targets share. A target is one file that defines LLVMFuzzerTestOneInput(): libFuzzer
// drives it under clang (cmake --preset fuzz), replay_main.cpp everywhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "everyface/base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace everyface::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the program where a promise of the code under test does not hold.
inline void require(bool holds, const char* promise) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %s\n", promise);
    std::abort();
  }
}

/// Error messages are one line of valid UTF-8.
inline void require_message(const std::string& message) {
  require(!message.empty(), "an error has a message");
  require(message.find('\n') == std::string::npos, "a message is one line");
  require(to_valid_utf8(message) == message, "a message is valid UTF-8");
}

/// As require_message(), and the message names the file that the text is said to come from.
inline void require_message(const std::string& message, std::string_view file) {
  require_message(message);
  require(message.find(file) != std::string::npos, "a message names the file");
}

}  // namespace everyface::fuzz
