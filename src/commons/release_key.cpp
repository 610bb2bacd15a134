#include "everyface/commons/release_key.h"

#include <sodium.h>

#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "commons/secret_file.h"
#include "commons/sodium.h"
#include "everyface/base/base64.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

using namespace std::string_view_literals;

// What RFC 8410 puts before the 32 bytes of a key, in DER.
constexpr std::string_view kPrivateHead =
    "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;
constexpr std::string_view kPublicHead = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"sv;
constexpr std::size_t kKeyBytes = crypto_sign_SEEDBYTES;
static_assert(kKeyBytes == crypto_sign_PUBLICKEYBYTES);
static_assert(kSignatureBytes == crypto_sign_BYTES);

// Both fit on one line of 64 characters.
std::string to_pem(std::string_view label, std::string_view head, std::string_view key) {
  const std::string name(label);
  return "-----BEGIN " + name + "-----\n" + base64(std::string(head).append(key)) + "\n-----END " +
         name + "-----\n";
}

/// The key's 32 bytes; none where the text is no PEM of this kind of key.
std::optional<std::string> from_pem(std::string_view label, std::string_view head,
                                    std::string_view pem) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  pem = trim(pem);
  if (!pem.starts_with(begin) || !pem.ends_with(end) || pem.size() < begin.size() + end.size()) {
    return std::nullopt;
  }
  pem.remove_prefix(begin.size());
  pem.remove_suffix(end.size());
  auto der = from_base64(trim(pem));
  if (!der || !der->starts_with(head) || der->size() != head.size() + kKeyBytes) {
    return std::nullopt;
  }
  std::string key = der->substr(head.size());
  sodium_memzero(der->data(), der->size());
  return key;
}

constexpr std::string_view kPrivateLabel = "PRIVATE KEY";
constexpr std::string_view kPublicLabel = "PUBLIC KEY";

}  // namespace

ReleaseKey::ReleaseKey(Secret secret, std::string public_pem)
    : secret_(std::move(secret)), public_pem_(std::move(public_pem)) {}

Result<ReleaseKey> ReleaseKey::open(const std::filesystem::path& file) {
  start_sodium();
  auto pem = read_secret_file(file);
  if (!pem) {
    return pem.error();
  }
  auto seed = from_pem(kPrivateLabel, kPrivateHead, *pem);
  sodium_memzero(pem->data(), pem->size());
  if (!seed) {
    return Error{"key file " + file.string() +
                 " is no Ed25519 private key in PEM; openssl genpkey -algorithm ed25519 makes one"};
  }
  Secret secret(static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)),
                sodium_free);
  if (!secret) {
    throw std::bad_alloc();
  }
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_seed_keypair(bytes_of(public_key), secret.get(), bytes_of(*seed));
  sodium_memzero(seed->data(), seed->size());
  return ReleaseKey(std::move(secret), to_pem(kPublicLabel, kPublicHead, public_key));
}

Result<void> ReleaseKey::create_file(const std::filesystem::path& file) {
  start_sodium();
  std::string seed = random_bytes(kKeyBytes);
  std::string pem = to_pem(kPrivateLabel, kPrivateHead, seed);
  auto created = create_secret_file(file, pem);
  sodium_memzero(seed.data(), seed.size());
  sodium_memzero(pem.data(), pem.size());
  return created;
}

std::string ReleaseKey::sign(std::string_view text) const {
  std::string signature(kSignatureBytes, '\0');
  crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(text), text.size(), secret_.get());
  return signature;
}

Result<bool> is_signed(std::string_view text, std::string_view signature,
                       std::string_view public_pem) {
  start_sodium();
  const auto key = from_pem(kPublicLabel, kPublicHead, public_pem);
  if (!key) {
    return Error{"the public key is no Ed25519 key in PEM (\"-----BEGIN PUBLIC KEY-----\")"};
  }
  return signature.size() == kSignatureBytes &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(text), text.size(),
                                     bytes_of(std::string_view(*key))) == 0;
}

}  // namespace everyface
