// What every use of libsodium begins with.
#pragma once

#include <string>
#include <string_view>

namespace everyface {

/// Starts libsodium, any number of times and from any thread. Throws where the system has no random
/// numbers: nothing here can work without them.
void start_sodium();

inline unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// `count` random bytes.
std::string random_bytes(std::size_t count);

/// Two lower-case digits a byte.
std::string hexadecimal(std::string_view bytes);

/// RFC 4648 section 6, upper case, no padding.
std::string base32(std::string_view bytes);

}  // namespace everyface
