// HTTP message signatures (RFC 9421) of requests, with Ed25519 and digests of bodies (RFC 9530), as
// Open Payments uses them: both what the site sends to wallets and what wallets send to it. And the
// signatures of wallets' webhooks.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/payments/signing_key.h"

namespace everyface {

/// What a signature covers of a request.
struct SignedRequest {
  std::string method;  ///< in capitals
  std::string url;     ///< absolute, as sent: "https://wallet.example/alice?x=1"
  /// Names in lower case, each once; values without blanks around them.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// None where there is no such header.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

/// "sha-512=:<base64>:" of a body.
std::string content_digest(std::string_view body);

/// The text that is signed (RFC 9421 section 2.5): a line for each component, @method, @target-uri,
/// @authority, @path, @query or a header, and one with the parameters. Error: a component that the
/// request has not, or that is none of these.
Result<std::string> signature_base(const SignedRequest& request,
                                   const std::vector<std::string>& components,
                                   std::string_view parameters);

/// Adds Content-Digest and Content-Length where there is a body, Signature-Input and Signature,
/// which cover @method, @target-uri, Authorization where it is there, and those of the body with
/// its Content-Type, which must be there. `created_s`: Unix time. Error: no Content-Type.
Result<void> sign_request(SignedRequest& request, const SigningKey& key, std::int64_t created_s);

/// A signature as its headers tell of it.
struct SignatureInput {
  std::vector<std::string> components;
  std::string parameters;  ///< as they are signed: ("@method" …);created=…;keyid="…"
  std::int64_t created_s = 0;
  std::optional<std::int64_t> expires_s;
  std::string key_id;
  std::string signature;  ///< 64 bytes
};

/// Reads Signature-Input and Signature, which must hold one signature in the form that RFC 9421
/// writes: one blank between names, no parameters of components. Codes: signature_missing,
/// signature_malformed, signature_algorithm (another than Ed25519).
Result<SignatureInput> read_signature(const SignedRequest& request);

inline constexpr std::int64_t kSignatureLifeSeconds = 300;
inline constexpr std::int64_t kClockSkewSeconds = 60;

/// The public key (32 bytes) of an id; none where there is none.
using KeyLookup = std::function<std::optional<std::string>(std::string_view key_id)>;

/// That the request is what the key's owner signed: within its time (made at most
/// kSignatureLifeSeconds ago, clocks differing by kClockSkewSeconds at most), covering what
/// sign_request() covers, with the digest and the length of its body. Codes: as read_signature();
/// signature_expired, signature_incomplete, digest_wrong, key_unknown, signature_wrong.
Result<void> verify_request(const SignedRequest& request, const KeyLookup& key_of,
                            std::int64_t now_s);

/// A webhook's "t=<Unix time>, v1=<hex>": HMAC-SHA-256 of "t.body" under the secret that was agreed
/// on, the body as it came or in its canonical form (RFC 8785), the time in seconds or
/// milliseconds: Rafiki signs the canonical form, in milliseconds. Several v1 may stand there while
/// a secret is changed. Codes: signature_malformed, signature_expired, signature_wrong.
Result<void> verify_webhook(std::string_view header, std::string_view body, std::string_view secret,
                            std::int64_t now_s);

}  // namespace everyface
