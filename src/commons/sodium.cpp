#include "commons/sodium.h"

#include <sodium.h>

#include <cstdint>
#include <stdexcept>

namespace everyface {

void start_sodium() {
  if (sodium_init() < 0) {
    throw std::runtime_error("libsodium cannot start: the system gives it no random numbers");
  }
}

std::string random_bytes(std::size_t count) {
  start_sodium();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string hexadecimal(std::string_view bytes) {
  std::string text(2 * bytes.size() + 1, '\0');  // libsodium ends it with a zero
  sodium_bin2hex(text.data(), text.size(), bytes_of(bytes), bytes.size());
  text.pop_back();
  return text;
}

std::string base32(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  constexpr unsigned kDigitBits = 5;
  constexpr unsigned kDigitMask = 31;
  std::string text;
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  const auto put = [&](std::uint32_t digit) { text += kDigits[digit & kDigitMask]; };
  for (const char byte : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(byte);
    pending_bits += 8;
    while (pending_bits >= kDigitBits) {
      pending_bits -= kDigitBits;
      put(pending >> pending_bits);
    }
  }
  if (pending_bits > 0) {
    put(pending << (kDigitBits - pending_bits));
  }
  return text;
}

}  // namespace everyface
