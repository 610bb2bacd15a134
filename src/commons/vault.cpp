#include "everyface/commons/vault.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "commons/secret_file.h"
#include "commons/sodium.h"
#include "everyface/base/base64.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kNameBytes = crypto_generichash_BYTES_MIN;
constexpr std::size_t kHeadBytes = 1 + kNameBytes;

std::string name_of_key(const unsigned char* secret) {
  std::string name(kNameBytes, '\0');
  crypto_generichash(bytes_of(name), name.size(), secret, kKeyBytes, nullptr, 0);
  return name;
}

/// Version, key's name and owner, which the tag covers too.
std::string bound_text(std::string_view head, std::string_view owner) {
  return std::string(head).append(owner);
}

}  // namespace

Result<Vault> Vault::open(const std::filesystem::path& key_file) {
  start_sodium();
  auto text = read_secret_file(key_file);
  if (!text) {
    return text.error();
  }
  Vault vault;
  std::optional<Error> problem;
  std::size_t number = 0;
  for (const std::string_view raw : split(*text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    auto decoded = from_base64(line);
    if (!decoded || decoded->size() != kKeyBytes) {
      problem = Error{fmt::format("key file {}, line {}: not {} bytes in base64", key_file.string(),
                                  number, kKeyBytes)};
      break;
    }
    Secret secret(static_cast<unsigned char*>(sodium_malloc(kKeyBytes)), sodium_free);
    if (!secret) {
      throw std::bad_alloc();
    }
    std::memcpy(secret.get(), decoded->data(), kKeyBytes);
    sodium_memzero(decoded->data(), decoded->size());
    std::string name = name_of_key(secret.get());
    if (std::any_of(vault.keys_.begin(), vault.keys_.end(),
                    [&name](const Key& key) { return key.name == name; })) {
      problem = Error{fmt::format("key file {}, line {}: this key stands there twice",
                                  key_file.string(), number)};
      break;
    }
    vault.keys_.push_back({std::move(name), std::move(secret)});
  }
  sodium_memzero(text->data(), text->size());
  if (problem) {
    return *problem;
  }
  if (vault.keys_.empty()) {
    return Error{"key file " + key_file.string() + " holds no key"};
  }
  return vault;
}

Result<void> Vault::create_key_file(const std::filesystem::path& key_file) {
  start_sodium();
  std::string secret(kKeyBytes, '\0');
  randombytes_buf(secret.data(), secret.size());
  std::string line = base64(secret) + "\n";
  auto created = create_secret_file(key_file, line);
  sodium_memzero(secret.data(), secret.size());
  sodium_memzero(line.data(), line.size());
  return created;
}

std::string Vault::seal(std::string_view plain, std::string_view owner) const {
  const Key& key = keys_.front();
  std::string sealed = std::string(1, kVersion) + key.name;
  const std::string bound = bound_text(sealed, owner);
  sealed.resize(kHeadBytes + kNonceBytes + plain.size() + kTagBytes);
  unsigned char* const nonce = bytes_of(sealed) + kHeadBytes;
  randombytes_buf(nonce, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, bytes_of(plain),
                                             plain.size(), bytes_of(std::string_view(bound)),
                                             bound.size(), nullptr, nonce, key.secret.get());
  return sealed;
}

Result<std::string> Vault::unseal(std::string_view sealed, std::string_view owner) const {
  if (sealed.size() < kHeadBytes + kNonceBytes + kTagBytes || sealed.front() != kVersion) {
    return Error{"not sealed by this vault: too short, or of a version that this program lacks"};
  }
  const std::string_view head = sealed.substr(0, kHeadBytes);
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&head](const Key& candidate) {
    return candidate.name == head.substr(1);
  });
  if (key == keys_.end()) {
    return Error{"sealed by a key that the key file lacks: put the old key back below the new"};
  }
  const std::string bound = bound_text(head, owner);
  const unsigned char* const nonce = bytes_of(sealed) + kHeadBytes;
  const std::size_t cipher_bytes = sealed.size() - kHeadBytes - kNonceBytes;
  std::string plain(cipher_bytes - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          bytes_of(plain), nullptr, nullptr, nonce + kNonceBytes, cipher_bytes,
          bytes_of(std::string_view(bound)), bound.size(), nonce, key->secret.get()) != 0) {
    return Error{"does not open: the sealed bytes are damaged or belong to another account"};
  }
  return plain;
}

std::string Vault::keyed_digest(std::string_view text) const {
  std::string digest(crypto_generichash_BYTES, '\0');
  crypto_generichash(bytes_of(digest), digest.size(), bytes_of(text), text.size(),
                     keys_.front().secret.get(), kKeyBytes);
  return hexadecimal(digest);
}

bool Vault::is_newest(std::string_view sealed) const {
  return sealed.size() > kHeadBytes && sealed.substr(1, kNameBytes) == keys_.front().name;
}

}  // namespace everyface
