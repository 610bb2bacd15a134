#include "everyface/commons/release_key.h"

#include <sodium.h>

#include <utility>

#include "commons/secret_file.h"
#include "commons/sodium.h"
#include "everyface/base/ed25519_pem.h"

namespace everyface {

static_assert(kSignatureBytes == crypto_sign_BYTES);

ReleaseKey::ReleaseKey(Ed25519Key key, std::string public_pem)
    : key_(std::move(key)), public_pem_(std::move(public_pem)) {}

Result<ReleaseKey> ReleaseKey::open(const std::filesystem::path& file) {
  start_sodium();
  auto pem = read_secret_file(file);
  if (!pem) {
    return pem.error();
  }
  auto key = Ed25519Key::from_pem(*pem);
  sodium_memzero(pem->data(), pem->size());
  if (!key) {
    return Error{"key file " + file.string() +
                 " is no Ed25519 private key in PEM; openssl genpkey -algorithm ed25519 makes one"};
  }
  std::string public_pem = ed25519_public_pem(key->public_key());
  return ReleaseKey(std::move(*key), std::move(public_pem));
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
