#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "everyface/base/base64.h"
#include "everyface/payments/open_payments.h"

namespace everyface {

bool is_finish_hash(std::string_view hash, std::string_view client_nonce,
                    std::string_view server_nonce, std::string_view interact_ref,
                    std::string_view grant_endpoint) {
  std::string base;
  for (const std::string_view line : {client_nonce, server_nonce, interact_ref}) {
    base.append(line).append("\n");
  }
  base.append(grant_endpoint);
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(base.data()),
                     base.size());
  std::string text(hash);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  if (text.size() == 43) {
    text += '=';
  }
  const auto given = from_base64(text);
  return given && given->size() == digest.size() &&
         sodium_memcmp(given->data(), digest.data(), digest.size()) == 0;
}

}  // namespace everyface
