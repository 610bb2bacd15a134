#include "everyface/commons/release_key.h"

#include <sodium.h>

#include <new>
#include <utility>

#include "commons/secret_file.h"
#include "commons/sodium.h"
#include "everyface/base/ed25519_pem.h"

namespace everyface {
namespace {

static_assert(kEd25519KeyBytes == crypto_sign_SEEDBYTES);
static_assert(kEd25519KeyBytes == crypto_sign_PUBLICKEYBYTES);
static_assert(kSignatureBytes == crypto_sign_BYTES);

}  // namespace

ReleaseKey::ReleaseKey(Secret secret, std::string public_pem)
    : secret_(std::move(secret)), public_pem_(std::move(public_pem)) {}

Result<ReleaseKey> ReleaseKey::open(const std::filesystem::path& file) {
  start_sodium();
  auto pem = read_secret_file(file);
  if (!pem) {
    return pem.error();
  }
  auto seed = ed25519_seed_of_pem(*pem);
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
  return ReleaseKey(std::move(secret), ed25519_public_pem(public_key));
}

Result<void> ReleaseKey::create_file(const std::filesystem::path& file) {
  start_sodium();
  std::string seed = random_bytes(kEd25519KeyBytes);
  std::string pem = ed25519_private_pem(seed);
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
  const auto key = ed25519_key_of_pem(public_pem);
  if (!key) {
    return Error{"the public key is no Ed25519 key in PEM (\"-----BEGIN PUBLIC KEY-----\")"};
  }
  return signature.size() == kSignatureBytes &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(text), text.size(),
                                     bytes_of(std::string_view(*key))) == 0;
}

}  // namespace everyface
