// The head of a request, from the wire's texts to what handlers read.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "everyface/web/request.h"
#include "everyface/web/response.h"

namespace everyface::web {

/// What the HTTP parser found.
struct RawHead {
  std::string_view method;
  std::string_view target;
  int version = 11;  ///< 10 or 11
  Headers headers;
  Address peer;
};

/// The request, or why it is refused: 400 (target, Host, framing, query), 414, 431, 501, 505. After
/// a refusal the connection cannot go on: where the next request begins is not known.
std::variant<Request, Response> read_head(RawHead head,
                                          const std::vector<Network>& trusted_proxies);

}  // namespace everyface::web
