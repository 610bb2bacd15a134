// AWS Signature Version 4, in the header Authorization: what S3-compatible stores ask for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace everyface::store {

/// SHA-256 of nothing, as the payload of requests without one.
inline constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct SigningKeys {
  std::string access_key;
  std::string secret_key;
  std::string region;
  std::string service = "s3";
};

struct SignedRequest {
  std::string method;
  std::string path;  ///< not yet percent-encoded; begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  ///< not yet percent-encoded
  std::map<std::string, std::string> headers;  ///< names in lower case; all are signed; with "host"
  std::string payload_sha256 = std::string(kEmptySha256);
};

/// Percent-encoded as the signature needs it: all but letters, digits, '-', '.', '_', '~', and '/'
/// where `slashes` are kept.
std::string uri_encode(std::string_view text, bool keep_slashes);

/// The query as it is signed and sent: encoded, sorted, joined by '&'.
std::string canonical_query(const SignedRequest& request);

/// Adds "x-amz-date" and gives the value of "authorization". `seconds` is the time since 1970.
std::string sign(SignedRequest& request, const SigningKeys& keys, std::int64_t seconds);

}  // namespace everyface::store
