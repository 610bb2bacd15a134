#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "everyface/base/base64.h"
#include "everyface/payments/open_payments.h"

namespace everyface {
namespace {

using Digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

Digest digest_of(std::string_view text) {
  Digest digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  return digest;
}

}  // namespace

bool is_finish_hash(std::string_view hash, std::string_view client_nonce,
                    std::string_view server_nonce, std::string_view interact_ref,
                    std::string_view auth_server) {
  std::string text(hash);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  if (text.size() == 43) {
    text += '=';
  }
  const auto given = from_base64(text);
  if (!given || given->size() != crypto_hash_sha256_BYTES) {
    return false;
  }
  std::string base;
  for (const std::string_view line : {client_nonce, server_nonce, interact_ref}) {
    base.append(line).append("\n");
  }
  while (auth_server.ends_with('/')) {
    auth_server.remove_suffix(1);
  }
  base.append(auth_server);
  const auto matches = [&](const Digest& digest) {
    return sodium_memcmp(given->data(), digest.data(), digest.size()) == 0;
  };
  return matches(digest_of(base)) || matches(digest_of(base + "/"));
}

}  // namespace everyface
