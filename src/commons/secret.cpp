#include "everyface/commons/secret.h"

#include <sodium.h>

#include "commons/sodium.h"
#include "everyface/base/hash.h"

namespace everyface {

std::string new_secret() {
  constexpr std::size_t kBytes = 32;
  constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  const std::string bytes = random_bytes(kBytes);
  std::string text(sodium_base64_ENCODED_LEN(kBytes, kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(std::string_view(bytes)), kBytes, kVariant);
  text.pop_back();  // the zero that libsodium ends it with
  return text;
}

std::string secret_digest(std::string_view secret) { return sha256_hex(secret); }

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace everyface
