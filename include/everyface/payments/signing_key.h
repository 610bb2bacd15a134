// The Ed25519 key (RFC 8032) with which the site signs its requests to wallets, and the form in
// which wallets read its public part (JWK, RFC 8037).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "everyface/base/result.h"

namespace everyface {

class SigningKey {
 public:
  /// From PEM (PKCS #8), as wallets hand it out and openssl genpkey -algorithm ed25519 makes it.
  /// The id is what the wallet calls the key. Errors: no such PEM; an empty id, or one with
  /// characters that a header cannot carry.
  static Result<SigningKey> from_pem(std::string_view pem, std::string id);

  [[nodiscard]] const std::string& id() const { return id_; }
  /// 32 bytes.
  [[nodiscard]] const std::string& public_key() const { return public_key_; }
  /// 64 bytes.
  [[nodiscard]] std::string sign(std::string_view text) const;
  /// {"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":…,"kty":"OKP","use":"sig","x":…}]}
  [[nodiscard]] std::string jwks() const;

 private:
  using Secret = std::unique_ptr<unsigned char, void (*)(void*)>;
  SigningKey(Secret secret, std::string public_key, std::string id);

  Secret secret_;  ///< 64 bytes of libsodium's guarded memory
  std::string public_key_;
  std::string id_;
};

}  // namespace everyface
