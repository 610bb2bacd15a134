#include "everyface/commons/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

#include "commons/percent.h"
#include "commons/sodium.h"
#include "everyface/commons/secret.h"

namespace everyface {

std::string new_totp_seed() {
  constexpr std::size_t kSeedBytes = 20;  // RFC 4226, section 4: recommended
  return random_bytes(kSeedBytes);
}

std::string totp_seed_text(std::string_view seed) { return base32(seed); }

std::optional<std::string> totp_seed_of_text(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string seed;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    if (c == ' ' || c == '-') {
      continue;
    }
    const std::size_t value = kLetters.find(c);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    held = (held << 5U) | static_cast<unsigned>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      seed += static_cast<char>((held >> bits) & 0xFFU);
    }
  }
  return seed.empty() ? std::nullopt : std::optional(seed);
}

std::string totp_uri(std::string_view seed, std::string_view issuer, std::string_view account) {
  return fmt::format("otpauth://totp/{0}:{1}?secret={2}&issuer={0}", percent_encoded(issuer),
                     percent_encoded(account), totp_seed_text(seed));
}

std::string hotp(std::string_view seed, std::uint64_t counter, int digits) {
  std::array<unsigned char, 8> message{};
  for (std::size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<unsigned char>(counter >> (8 * (message.size() - 1 - i)));
  }
  std::array<unsigned char, 20> digest{};
  if (HMAC(EVP_sha1(), seed.data(), static_cast<int>(seed.size()), message.data(), message.size(),
           digest.data(), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL computes no HMAC-SHA-1, which one-time passwords need");
  }
  const std::size_t offset = digest.back() & 0x0FU;
  std::uint32_t number = digest[offset] & 0x7FU;
  for (std::size_t i = 1; i < 4; ++i) {
    number = (number << 8U) | digest[offset + i];
  }
  std::uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) {
    modulus *= 10;
  }
  return fmt::format("{:0{}}", number % modulus, digits);
}

std::optional<std::int64_t> matching_totp_step(std::string_view seed, std::string_view code,
                                               std::int64_t now_ms, std::int64_t last_step) {
  std::string typed;
  for (const char c : code) {
    if (c != ' ') {
      typed += c;
    }
  }
  const std::int64_t now_step = now_ms / kTotpStepMs;
  std::optional<std::int64_t> found;
  for (const std::int64_t step : {now_step - 1, now_step, now_step + 1}) {
    const bool same = same_secret(hotp(seed, static_cast<std::uint64_t>(step)), typed);
    if (same && step > last_step) {
      found = step;
    }
  }
  return found;
}

}  // namespace everyface
