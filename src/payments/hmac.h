#pragma once

#include <sodium.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace everyface {

/// HMAC-SHA-256 (RFC 2104) of the pieces, one after the other: 32 bytes.
inline std::string hmac_sha256(std::string_view key,
                               std::initializer_list<std::string_view> pieces) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  for (const std::string_view piece : pieces) {
    crypto_auth_hmacsha256_update(&state, bytes(piece), piece.size());
  }
  std::string digest(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace everyface
