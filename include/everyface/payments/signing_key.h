// The Ed25519 key (RFC 8032) with which the site signs its requests to wallets, and the form in
// which wallets read its public part (JWK, RFC 8037).
#pragma once

#include <string>
#include <string_view>

#include "everyface/base/ed25519_key.h"
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
  [[nodiscard]] const std::string& public_key() const { return key_.public_key(); }
  /// 64 bytes.
  [[nodiscard]] std::string sign(std::string_view text) const { return key_.sign(text); }
  /// {"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":…,"kty":"OKP","use":"sig","x":…}]}
  [[nodiscard]] std::string jwks() const;

 private:
  SigningKey(Ed25519Key key, std::string id);

  Ed25519Key key_;
  std::string id_;
};

}  // namespace everyface
