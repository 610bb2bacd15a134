#include "store/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "everyface/base/hash.h"
#include "everyface/base/text.h"

namespace everyface::store {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hmac(std::string_view key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(message.data()),  // NOLINT(*-reinterpret-cast)
         message.size(), digest.data(), &length);
  return {digest.begin(), digest.begin() + length};
}

std::string hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0x0fU];
  }
  return text;
}

/// "20130524T000000Z"
std::string timestamp(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 17> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return text.data();
}

/// Without blanks at the ends, runs of them as one.
std::string single_spaced(std::string_view text) {
  const std::vector<std::string_view> words = split_blanks(text);
  return join({words.begin(), words.end()}, " ");
}

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slashes) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slashes);
    if (plain) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 0x0fU]};
    }
  }
  return encoded;
}

std::string canonical_query(const SignedRequest& request) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : request.query) {
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return text;
}

std::string sign(SignedRequest& request, const SigningKeys& keys, std::int64_t seconds) {
  const std::string time = timestamp(seconds);
  const std::string day = time.substr(0, 8);
  request.headers["x-amz-date"] = time;

  std::string names;
  std::string canonical = request.method + "\n" + uri_encode(request.path, true) + "\n" +
                          canonical_query(request) + "\n";
  for (const auto& [name, value] : request.headers) {
    canonical += name + ":" + single_spaced(value) + "\n";
    names.append(names.empty() ? "" : ";").append(name);
  }
  canonical += "\n" + names + "\n" + request.payload_sha256;

  const std::string scope = day + "/" + keys.region + "/" + keys.service + "/aws4_request";
  const std::string to_sign =
      std::string(kAlgorithm) + "\n" + time + "\n" + scope + "\n" + sha256_hex(canonical);
  std::string key = "AWS4" + keys.secret_key;
  for (const std::string& part : {day, keys.region, keys.service, std::string("aws4_request")}) {
    key = hmac(key, part);
  }
  return std::string(kAlgorithm) + " Credential=" + keys.access_key + "/" + scope +
         ",SignedHeaders=" + names + ",Signature=" + hex(hmac(key, to_sign));
}

}  // namespace everyface::store
