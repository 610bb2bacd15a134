// The key that signs releases: Ed25519 (RFC 8032), in the PEM files that OpenSSL reads and writes
// (RFC 8410), so that anyone can check a signature without this program.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "everyface/base/ed25519_key.h"
#include "everyface/base/result.h"

namespace everyface {

/// Bytes of a signature.
inline constexpr std::size_t kSignatureBytes = 64;

class ReleaseKey {
 public:
  /// Reads a private key: "-----BEGIN PRIVATE KEY-----", as create_file() and
  /// `openssl genpkey -algorithm ed25519` write it. Errors, which never show the text: as
  /// read_file(); users other than the owner and the group may read it; no Ed25519 key.
  static Result<ReleaseKey> open(const std::filesystem::path& file);

  /// Writes a new key, readable by its owner alone. Errors: there is a file already (a key is never
  /// replaced); the disk's reasons.
  static Result<void> create_file(const std::filesystem::path& file);

  /// 64 bytes; the same for the same text.
  [[nodiscard]] std::string sign(std::string_view text) const { return key_.sign(text); }

  /// "-----BEGIN PUBLIC KEY-----": what the site publishes.
  [[nodiscard]] const std::string& public_pem() const { return public_pem_; }

 private:
  ReleaseKey(Ed25519Key key, std::string public_pem);

  Ed25519Key key_;
  std::string public_pem_;
};

/// Whether the holder of the key signed the text. Error: the PEM text is no Ed25519 public key.
Result<bool> is_signed(std::string_view text, std::string_view signature,
                       std::string_view public_pem);

}  // namespace everyface
