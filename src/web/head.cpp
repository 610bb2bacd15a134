#include "web/head.h"

#include <algorithm>
#include <optional>

#include "everyface/base/text.h"
#include "everyface/web/csrf.h"
#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

constexpr std::size_t kMostTargetBytes = 4096;
constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kIdBytes = 8;

std::optional<Method> parse_method(std::string_view name) {
  for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut,
                              Method::kPatch, Method::kDelete}) {
    if (method_name(method) == name) {
      return method;
    }
  }
  return std::nullopt;
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// What is wrong with how the request says where it ends (RFC 9112 section 6.3): where two readers
/// could disagree about that, requests can be smuggled.
bool ambiguous_framing(const RawHead& head) {
  const auto encodings = head.headers.all("Transfer-Encoding");
  const auto lengths = head.headers.all("Content-Length");
  if (lengths.size() > 1 || encodings.size() > 1 || (!lengths.empty() && !encodings.empty())) {
    return true;
  }
  const bool plain_length =
      lengths.empty() || std::all_of(lengths.front().begin(), lengths.front().end(),
                                     [](char c) { return c >= '0' && c <= '9'; });
  if (!plain_length) {
    return true;
  }
  return !encodings.empty() && (head.version == 10 || lower_case(encodings.front()) != "chunked");
}

}  // namespace

std::variant<Request, Response> read_head(RawHead head,
                                          const std::vector<Network>& trusted_proxies) {
  Request request;
  request.id = random_hex(kIdBytes);
  if (head.version != 10 && head.version != 11) {
    return Response::problem(505);
  }
  if (head.target.size() > kMostTargetBytes) {
    return Response::problem(414);
  }
  if (head.headers.size() > kMostHeaders) {
    return Response::problem(431);
  }
  const auto hosts = head.headers.all("Host");
  if (!head.target.starts_with('/') || !is_visible(head.target) || ambiguous_framing(head) ||
      hosts.size() > 1 || (hosts.empty() && head.version == 11)) {
    return Response::problem(400);
  }
  const auto method = parse_method(head.method);
  if (!method) {
    return Response::problem(501);
  }
  request.method = *method;
  const std::size_t question = std::min(head.target.find('?'), head.target.size());
  request.path = head.target.substr(0, question);
  auto query = parse_urlencoded(head.target.substr(std::min(question + 1, head.target.size())));
  if (!query) {
    return Response::problem(400);
  }
  request.query = std::move(*query);
  request.headers = std::move(head.headers);
  request.cookies = parse_cookies(request.headers.get("Cookie"));
  request.client =
      client_address(head.peer, request.headers.get("X-Forwarded-For"), trusted_proxies);
  const bool by_proxy = std::any_of(trusted_proxies.begin(), trusted_proxies.end(),
                                    [&head](const Network& n) { return n.contains(head.peer); });
  request.secure = by_proxy && request.headers.get("X-Forwarded-Proto") == "https";
  return request;
}

}  // namespace everyface::web
