#include "everyface/base/ed25519_key.h"

#include <sodium.h>

#include <new>
#include <stdexcept>
#include <utility>

#include "everyface/base/ed25519_pem.h"

namespace everyface {
namespace {

static_assert(kEd25519KeyBytes == crypto_sign_SEEDBYTES);
static_assert(kEd25519KeyBytes == crypto_sign_PUBLICKEYBYTES);

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Ed25519Key::Ed25519Key(Secret secret, std::string public_key)
    : secret_(std::move(secret)), public_key_(std::move(public_key)) {}

std::optional<Ed25519Key> Ed25519Key::from_pem(std::string_view pem) {
  if (sodium_init() < 0) {
    throw std::runtime_error("the system gives no random bytes");
  }
  auto seed = ed25519_seed_of_pem(pem);
  if (!seed) {
    return std::nullopt;
  }
  Secret secret(static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)),
                sodium_free);
  if (!secret) {
    throw std::bad_alloc();
  }
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_seed_keypair(bytes(public_key), secret.get(), bytes(*seed));
  sodium_memzero(seed->data(), seed->size());
  return Ed25519Key(std::move(secret), std::move(public_key));
}

std::string Ed25519Key::sign(std::string_view text) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes(signature), nullptr,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       secret_.get());
  return signature;
}

}  // namespace everyface
