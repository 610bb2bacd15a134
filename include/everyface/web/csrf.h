// Requests that another site made a browser send.
#pragma once

#include <string>
#include <string_view>

#include "everyface/web/request.h"

namespace everyface::web {

/// True where the browser says that the request came from our own pages, or is no browser:
/// Sec-Fetch- Site is same-origin or none; where that header is absent, Origin is `origin`
/// ("https://host"); where both are, true, and the token alone decides.
bool is_same_origin(const Headers& headers, std::string_view origin);

/// Makes and checks the token that forms carry: an HMAC-SHA-256 of the session's secret under the
/// site's key, salted anew each time, so that compressed pages give nothing away about it.
class CsrfTokens {
 public:
  /// `site_key`: at least 32 bytes, the same on every server of the site.
  explicit CsrfTokens(std::string site_key);

  [[nodiscard]] std::string make(std::string_view secret) const;
  /// In constant time.
  [[nodiscard]] bool valid(std::string_view token, std::string_view secret) const;

 private:
  std::string site_key_;
};

/// `bytes` from the system's random source as lower-case hexadecimal digits.
std::string random_hex(std::size_t bytes);

/// Compares in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace everyface::web
