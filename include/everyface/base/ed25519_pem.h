// Ed25519 keys as text: PEM (RFC 7468) around what RFC 8410 says of them in DER.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace everyface {

inline constexpr std::size_t kEd25519KeyBytes = 32;  // of a seed, and of a public key

/// "-----BEGIN PRIVATE KEY-----" around the seed of 32 bytes, as `openssl genpkey` writes it.
std::string ed25519_private_pem(std::string_view seed);

/// "-----BEGIN PUBLIC KEY-----" around the key of 32 bytes.
std::string ed25519_public_pem(std::string_view key);

/// The seed; none where the text is no PEM of such a key alone. Overwrite it after use.
std::optional<std::string> ed25519_seed_of_pem(std::string_view pem);

/// The public key; none where the text is no PEM of such a key alone.
std::optional<std::string> ed25519_key_of_pem(std::string_view pem);

}  // namespace everyface
