#include "everyface/payments/signing_key.h"

#include <sodium.h>

#include <algorithm>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "everyface/base/base64.h"
#include "everyface/base/ed25519_pem.h"

namespace everyface {
namespace {

static_assert(kEd25519KeyBytes == crypto_sign_SEEDBYTES);
static_assert(kEd25519KeyBytes == crypto_sign_PUBLICKEYBYTES);

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// RFC 4648 section 5, no padding.
std::string base64url(std::string_view data) {
  std::string text = base64(data);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace

SigningKey::SigningKey(Secret secret, std::string public_key, std::string id)
    : secret_(std::move(secret)), public_key_(std::move(public_key)), id_(std::move(id)) {}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, std::string id) {
  if (sodium_init() < 0) {
    throw std::runtime_error("the system gives no random bytes");
  }
  if (id.empty() || std::any_of(id.begin(), id.end(), [](char c) {
        return c < ' ' || c > '~' || c == '"' || c == '\\';
      })) {
    return Error{"a key's id is printable ASCII without quotes, as the wallet shows it"};
  }
  auto seed = ed25519_seed_of_pem(pem);
  if (!seed) {
    return Error{"this is no Ed25519 private key in PEM (\"-----BEGIN PRIVATE KEY-----\")"};
  }
  Secret secret(static_cast<unsigned char*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)),
                sodium_free);
  if (!secret) {
    throw std::bad_alloc();
  }
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_seed_keypair(bytes(public_key), secret.get(), bytes(*seed));
  sodium_memzero(seed->data(), seed->size());
  return SigningKey(std::move(secret), std::move(public_key), std::move(id));
}

std::string SigningKey::sign(std::string_view text) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes(signature), nullptr,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       secret_.get());
  return signature;
}

std::string SigningKey::jwks() const {
  const nlohmann::json key = {{"kid", id_},   {"alg", "EdDSA"},   {"use", "sig"},
                              {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url(public_key_)}};
  return nlohmann::json{{"keys", nlohmann::json::array({key})}}.dump();
}

}  // namespace everyface
