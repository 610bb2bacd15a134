// A private Ed25519 key (RFC 8032) in memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace everyface {

class Ed25519Key {
 public:
  /// From PEM, see ed25519_pem.h; none where the text is no such key. Throws where libsodium does
  /// not start or memory cannot be locked.
  static std::optional<Ed25519Key> from_pem(std::string_view pem);

  /// 32 bytes.
  [[nodiscard]] const std::string& public_key() const { return public_key_; }
  /// 64 bytes; the same for the same text.
  [[nodiscard]] std::string sign(std::string_view text) const;

 private:
  using Secret = std::unique_ptr<unsigned char, void (*)(void*)>;  // locked, wiped when freed
  Ed25519Key(Secret secret, std::string public_key);

  Secret secret_;
  std::string public_key_;
};

}  // namespace everyface
