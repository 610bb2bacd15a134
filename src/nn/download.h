// One file from a URL.
#pragma once

#include <cstdint>
#include <string>

#include "everyface/base/result.h"

namespace everyface {

/// The content behind an https://, http:// or file:// URL, at most `max_bytes` of it. Follows up
/// to ten redirects, to https and http only; uses the proxy that the environment names
/// (https_proxy, http_proxy, no_proxy). Errors (each names the URL and the reason): another
/// protocol, no connection within 20 s, less than 100 bytes/s for a minute, an HTTP status of 400
/// and above (with the status), a transfer that ends early, more than `max_bytes`.
Result<std::string> download(const std::string& url, std::uint64_t max_bytes);

}  // namespace everyface
