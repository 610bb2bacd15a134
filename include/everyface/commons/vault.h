// Secrets at rest (face templates, seeds of second factors): sealed, so that a copy of the database
// without the key file gives none.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

/// Seals and opens with XChaCha20-Poly1305 (IETF, libsodium) and keys of 256 bits.
///
/// What is sealed is bound to its owner, who must be named again to open it: bytes moved to another
/// account do not open. Layout, 41 bytes longer than the plain text and its tag of 16:
///   0   1 byte    version, 1
///   1   16 bytes  which key: BLAKE2b-128 of it
///   17  24 bytes  nonce, random
///   41  …         cipher text and tag; version, key's name and owner are authenticated with it
///
/// A key file holds one key a line in base64, the newest first; blank lines and lines that begin
/// with "#" are left out. The first seals, all open: to change keys, put a new line on top, seal
/// everything again, then take the old line away. Thread-safe.
class Vault {
 public:
  /// Reads a key file. Errors: as read_file(); users other than the owner and the group may read
  /// it; no key; a line that is no key (names the line, never its text); a key given twice.
  static Result<Vault> open(const std::filesystem::path& key_file);

  /// Writes a file with one new random key, readable by its owner alone. Errors: there is a file
  /// already (a key is never replaced); the disk's reasons.
  static Result<void> create_key_file(const std::filesystem::path& key_file);

  /// Different bytes each time.
  [[nodiscard]] std::string seal(std::string_view plain, std::string_view owner) const;

  /// Errors: not sealed by a vault, by a key that the file lacks, damaged, or of another owner (the
  /// last two cannot be told apart).
  [[nodiscard]] Result<std::string> unseal(std::string_view sealed, std::string_view owner) const;

  /// BLAKE2b-256 of the text, keyed by the newest key, in hexadecimal: a name under which something
  /// can be counted but not found out. Changes with the key.
  [[nodiscard]] std::string keyed_digest(std::string_view text) const;

  /// Whether the newest key sealed it; false: seal it again before the old key goes.
  [[nodiscard]] bool is_newest(std::string_view sealed) const;

 private:
  using Secret = std::unique_ptr<unsigned char, void (*)(void*)>;  // locked, wiped when freed
  struct Key {
    std::string name;
    Secret secret;
  };

  std::vector<Key> keys_;  // not empty
};

}  // namespace everyface
