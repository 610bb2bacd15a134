// HTTP to addresses that strangers name: a wallet address is somebody else's URL, and must not let
// them reach what only the site's own machine can reach.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

struct OutgoingRules {
  /// http:// and https:// to this machine too, for trials and tests. Never on a public site.
  bool allow_loopback = false;
  std::int64_t timeout_ms = 10'000;           ///< from the look-up of the name to the last byte
  std::size_t longest_answer = 256U * 1024U;  ///< bytes of a body
};

struct OutgoingRequest {
  std::string method;  ///< in capitals
  std::string url;     ///< as normal_url() gives it
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct OutgoingAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// A URL as WHATWG's parser writes it, as far as wallets' need it: scheme and host in lower case, a
/// path where there is none, no default port. It is what a signature covers. Code url_not_allowed:
/// no https (nor http on loopback, where the rules allow it), a user's name, a fragment, more than
/// 2048 characters, not ASCII.
Result<std::string> normal_url(std::string_view url, const OutgoingRules& rules);

/// "https://host:port"
std::string origin_of(std::string_view normal_url);

/// Whether an address ("192.0.2.1", "2001:db8::1") is one that anybody on the Internet may reach:
/// none of the special-purpose blocks of IANA's registries (private, loopback, link-local,
/// carrier-grade NAT, documentation, multicast …), whether written as IPv4 or within IPv6.
bool is_public_address(std::string_view address);

/// May be used by many threads.
class OutgoingHttp {
 public:
  explicit OutgoingHttp(const OutgoingRules& rules);
  OutgoingHttp(const OutgoingHttp&) = delete;
  OutgoingHttp& operator=(const OutgoingHttp&) = delete;
  ~OutgoingHttp();

  [[nodiscard]] const OutgoingRules& rules() const { return rules_; }

  /// The address is checked when the connection is made, so that a name cannot mean another one
  /// then. A GET without Authorization follows redirects within its origin, three at most; nothing
  /// else follows any. Codes: url_not_allowed; address_not_allowed (the name is one of no public
  /// address); redirect_not_allowed; answer_too_long; no_answer (none came, or not to its end:
  /// whether the request was carried out is unknown).
  Result<OutgoingAnswer> perform(const OutgoingRequest& request);

 private:
  struct Handles;

  Result<OutgoingAnswer> once(const OutgoingRequest& request);

  OutgoingRules rules_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace everyface
