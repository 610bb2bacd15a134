#include "everyface/payments/http_signature.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "everyface/base/base64.h"
#include "everyface/base/text.h"
#include "payments/hmac.h"
#include "payments/signature_time.h"

namespace everyface {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Error refused(std::string code, std::string what) {
  return Error{"the signature of the request: " + std::move(what), std::move(code)};
}

/// A URL taken apart as far as components need it.
struct Target {
  std::string authority;
  std::string path;
  std::string query;  ///< with its question mark
};

std::optional<Target> take_apart(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  const std::size_t query = std::min(rest.find('?'), rest.size());
  std::string authority = lower_case(rest.substr(0, path));
  const std::string_view usual = url.starts_with("https:") ? ":443" : ":80";
  if (authority.ends_with(usual)) {
    authority.resize(authority.size() - usual.size());
  }
  const std::string_view plain = rest.substr(path, query - path);
  return Target{std::move(authority), plain.empty() ? "/" : std::string(plain),
                query == rest.size() ? "?" : std::string(rest.substr(query))};
}

/// The value of a component; none where the request has it not.
std::optional<std::string> value_of(const SignedRequest& request, const std::string& component) {
  if (component == "@method") {
    return request.method;
  }
  if (component == "@target-uri") {
    return request.url;
  }
  if (component.starts_with('@')) {
    const auto target = take_apart(request.url);
    return !target                     ? std::nullopt
           : component == "@authority" ? std::optional(target->authority)
           : component == "@path"      ? std::optional(target->path)
           : component == "@query"     ? std::optional(target->query)
                                       : std::nullopt;
  }
  const std::string* header = request.header(component);
  return header == nullptr ? std::nullopt : std::optional(*header);
}

std::vector<std::string> covered_by_us(const SignedRequest& request) {
  std::vector<std::string> components = {"@method", "@target-uri"};
  if (request.header("authorization") != nullptr) {
    components.emplace_back("authorization");
  }
  if (!request.body.empty()) {
    for (const char* name : {"content-digest", "content-length", "content-type"}) {
      components.emplace_back(name);
    }
  }
  return components;
}

/// That the digest and the length are those of the body.
Result<void> check_body(const SignedRequest& request) {
  if (request.body.empty()) {
    return {};
  }
  const std::string* digest = request.header("content-digest");
  const std::string* length = request.header("content-length");
  if (digest == nullptr || *digest != content_digest(request.body)) {
    return refused("digest_wrong", "Content-Digest is not the SHA-512 of the body");
  }
  if (length == nullptr || *length != std::to_string(request.body.size())) {
    return refused("digest_wrong", "Content-Length is not the length of the body");
  }
  return {};
}

Result<void> check_time(std::int64_t created_s, std::optional<std::int64_t> expires_s,
                        std::int64_t now_s) {
  if (created_s > now_s + kClockSkewSeconds || created_s < now_s - kSignatureLifeSeconds ||
      (expires_s && *expires_s < now_s)) {
    return refused("signature_expired", "made too long ago, or by a clock that is ahead");
  }
  return {};
}

}  // namespace

const std::string* SignedRequest::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [name](const auto& header) { return header.first == name; });
  return found == headers.end() ? nullptr : &found->second;
}

std::string content_digest(std::string_view body) {
  std::string digest(crypto_hash_sha512_BYTES, '\0');
  crypto_hash_sha512(reinterpret_cast<unsigned char*>(digest.data()), bytes(body), body.size());
  return "sha-512=:" + base64(digest) + ":";
}

Result<std::string> signature_base(const SignedRequest& request,
                                   const std::vector<std::string>& components,
                                   std::string_view parameters) {
  std::string base;
  for (const std::string& component : components) {
    const auto value = value_of(request, component);
    if (!value) {
      return refused("signature_incomplete", "the request has no " + component);
    }
    base += fmt::format("\"{}\": {}\n", component, *value);
  }
  return base + fmt::format("\"@signature-params\": {}", parameters);
}

Result<void> sign_request(SignedRequest& request, const SigningKey& key, std::int64_t created_s) {
  if (!request.body.empty()) {
    if (request.header("content-type") == nullptr) {
      return refused("signature_incomplete", "a request with a body needs a Content-Type");
    }
    request.headers.emplace_back("content-digest", content_digest(request.body));
    request.headers.emplace_back("content-length", std::to_string(request.body.size()));
  }
  const std::vector<std::string> components = covered_by_us(request);
  const std::string parameters = fmt::format("(\"{}\");created={};keyid=\"{}\"",
                                             fmt::join(components, "\" \""), created_s, key.id());
  const auto base = signature_base(request, components, parameters);
  if (!base) {
    return base.error();
  }
  request.headers.emplace_back("signature-input", "sig1=" + parameters);
  request.headers.emplace_back("signature", "sig1=:" + base64(key.sign(*base)) + ":");
  return {};
}

Result<void> verify_request(const SignedRequest& request, const KeyLookup& key_of,
                            std::int64_t now_s) {
  const auto input = read_signature(request);
  if (!input) {
    return input.error();
  }
  if (auto fresh = check_time(input->created_s, input->expires_s, now_s); !fresh) {
    return fresh;
  }
  for (const std::string& wanted : covered_by_us(request)) {
    const auto& covered = input->components;
    if (std::find(covered.begin(), covered.end(), wanted) == covered.end()) {
      return refused("signature_incomplete", "it does not cover " + wanted);
    }
  }
  if (auto same = check_body(request); !same) {
    return same;
  }
  const auto base = signature_base(request, input->components, input->parameters);
  if (!base) {
    return base.error();
  }
  const auto key = key_of(input->key_id);
  if (!key || key->size() != crypto_sign_PUBLICKEYBYTES) {
    return refused("key_unknown", "there is no key " + input->key_id);
  }
  if (crypto_sign_verify_detached(bytes(input->signature), bytes(*base), base->size(),
                                  bytes(*key)) != 0) {
    return refused("signature_wrong", "it is not the key's");
  }
  return {};
}

namespace {

/// Wallets send seconds or milliseconds. The year 5138 in seconds is 1973 in milliseconds.
constexpr std::int64_t kLatestSeconds = 100'000'000'000;
constexpr std::int64_t kMilliseconds = 1000;

std::string hmac_hex(std::string_view secret, std::initializer_list<std::string_view> pieces) {
  const std::string digest = hmac_sha256(secret, pieces);
  std::string hex(2 * digest.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes(digest), digest.size());
  hex.pop_back();  // the NUL at the end
  return hex;
}

bool is_one_of(const std::vector<std::string>& digests, const std::string& expected) {
  bool right = false;
  for (const std::string& given : digests) {
    right = (given.size() == expected.size() &&
             sodium_memcmp(given.data(), expected.data(), expected.size()) == 0) ||
            right;
  }
  return right;
}

/// The same JSON with sorted names and without blanks (RFC 8785, for plain ASCII names and whole
/// numbers), which is what Rafiki signs; the body itself where it is no JSON.
std::string canonical(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  return json.is_discarded() ? std::string(body)
                             : json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Result<void> verify_webhook(std::string_view header, std::string_view body, std::string_view secret,
                            std::int64_t now_s) {
  std::optional<std::int64_t> sent_s;
  std::string sent_text;
  std::vector<std::string> digests;
  for (std::string_view part : split(header, ',')) {
    part = trim(part);
    if (part.starts_with("t=")) {
      sent_text = part.substr(2);
      sent_s = parse_time(sent_text);
    } else if (part.starts_with("v1=")) {
      digests.push_back(lower_case(part.substr(3)));
    }
  }
  if (!sent_s || digests.empty()) {
    return Error{"the webhook's signature is not \"t=…, v1=…\"", "signature_malformed"};
  }
  if (*sent_s > kLatestSeconds) {
    *sent_s /= kMilliseconds;
  }
  if (auto fresh = check_time(*sent_s, std::nullopt, now_s); !fresh) {
    return fresh;
  }
  if (!is_one_of(digests, hmac_hex(secret, {sent_text, ".", body})) &&
      !is_one_of(digests, hmac_hex(secret, {sent_text, ".", canonical(body)}))) {
    return Error{"the webhook's signature is not of the secret that was agreed on",
                 "signature_wrong"};
  }
  return {};
}

}  // namespace everyface
