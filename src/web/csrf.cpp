#include "everyface/web/csrf.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace everyface::web {
namespace {

constexpr std::size_t kSaltDigits = 32;
constexpr std::size_t kLeastKeyBytes = 32;

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

std::string hmac_hex(std::string_view key, const std::string& message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, message.size(),
           digest.data(), &length) == nullptr) {
    throw std::runtime_error("HMAC-SHA-256 is not available");
  }
  return hex(digest.data(), length);
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error("the system gives no random bytes");
  }
  return hex(random.data(), bytes);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_same_origin(const Headers& headers, std::string_view origin) {
  if (const auto site = headers.find("Sec-Fetch-Site")) {
    return *site == "same-origin" || *site == "none";
  }
  if (const auto from = headers.find("Origin")) {
    return *from == origin;
  }
  return true;
}

CsrfTokens::CsrfTokens(std::string site_key) : site_key_(std::move(site_key)) {
  if (site_key_.size() < kLeastKeyBytes) {
    throw std::invalid_argument("the site's key needs at least 32 bytes");
  }
}

std::string CsrfTokens::make(std::string_view secret) const {
  const std::string salt = random_hex(kSaltDigits / 2);
  return salt + hmac_hex(site_key_, "csrf " + salt + std::string(secret));
}

bool CsrfTokens::valid(std::string_view token, std::string_view secret) const {
  if (token.size() < kSaltDigits || secret.empty()) {
    return false;
  }
  const std::string salt(token.substr(0, kSaltDigits));
  return equal_in_constant_time(token.substr(kSaltDigits),
                                hmac_hex(site_key_, "csrf " + salt + std::string(secret)));
}

}  // namespace everyface::web
