#include "everyface/web/csrf.h"

#include <sodium.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace everyface::web {
namespace {

constexpr std::size_t kSaltDigits = 32;
constexpr std::size_t kLeastKeyBytes = 32;

std::string hex(const unsigned char* bytes, std::size_t count) {
  std::string text(2 * count + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, count);
  text.pop_back();  // the NUL at the end
  return text;
}

std::string hmac_hex(std::string_view key, const std::string& message) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()),
                              key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(message.data()),
                                message.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  return hex(digest.data(), digest.size());
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  static const bool kReady = sodium_init() >= 0;
  if (!kReady) {
    throw std::runtime_error("the system gives no random bytes");
  }
  std::vector<unsigned char> random(bytes);
  randombytes_buf(random.data(), random.size());
  return hex(random.data(), bytes);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
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
