#include "everyface/store/uuid.h"

#include <sodium.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <span>

namespace everyface {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

bool hyphen_after_byte(std::size_t byte) {
  return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

}  // namespace

Uuid Uuid::make() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return make_at(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

Uuid Uuid::make_at(std::int64_t milliseconds_since_1970) {
  // Without random numbers, keys could be guessed: better no program at all.
  static const bool ready = ::sodium_init() >= 0;
  if (!ready) {
    std::abort();
  }
  std::array<std::uint8_t, 16> bytes{};
  ::randombytes_buf(bytes.data(), bytes.size());
  const auto time = static_cast<std::uint64_t>(milliseconds_since_1970);
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(time >> (40U - 8U * i));
  }
  bytes[6] = static_cast<std::uint8_t>(0x70U | (bytes[6] & 0x0fU));  // version 7
  bytes[8] = static_cast<std::uint8_t>(0x80U | (bytes[8] & 0x3fU));  // RFC 9562's variant
  return Uuid(bytes);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) {
    return std::nullopt;
  }
  std::array<std::uint8_t, 16> bytes{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_digit(text[at]);
    const int low = hex_digit(text[at + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
    if (hyphen_after_byte(i) && text[at++] != '-') {
      return std::nullopt;
    }
  }
  return Uuid(bytes);
}

std::string Uuid::text() const {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    text += kDigits[bytes_[i] >> 4U];
    text += kDigits[bytes_[i] & 0x0fU];
    if (hyphen_after_byte(i)) {
      text += '-';
    }
  }
  return text;
}

}  // namespace everyface
