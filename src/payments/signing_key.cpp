#include "everyface/payments/signing_key.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "everyface/base/base64.h"

namespace everyface {
namespace {

/// RFC 4648 section 5, no padding.
std::string base64url(std::string_view data) {
  std::string text = base64(data);
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace

SigningKey::SigningKey(Ed25519Key key, std::string id) : key_(std::move(key)), id_(std::move(id)) {}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, std::string id) {
  if (id.empty() || std::any_of(id.begin(), id.end(), [](char c) {
        return c < ' ' || c > '~' || c == '"' || c == '\\';
      })) {
    return Error{"a key's id is printable ASCII without quotes, as the wallet shows it"};
  }
  auto key = Ed25519Key::from_pem(pem);
  if (!key) {
    return Error{"this is no Ed25519 private key in PEM (\"-----BEGIN PRIVATE KEY-----\")"};
  }
  return SigningKey(std::move(*key), std::move(id));
}

std::string SigningKey::jwks() const {
  const nlohmann::json key = {{"kid", id_},   {"alg", "EdDSA"},   {"use", "sig"},
                              {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base64url(public_key())}};
  return nlohmann::json{{"keys", nlohmann::json::array({key})}}.dump();
}

}  // namespace everyface
