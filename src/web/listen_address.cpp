#include "everyface/web/listen_address.h"

#include <algorithm>

#include "everyface/base/text.h"
#include "everyface/web/address.h"

namespace everyface::web {
namespace {

constexpr int kMostPort = 65535;

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

/// Takes the host off the front of `text`.
std::optional<std::string> take_host(std::string_view& text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !Address::parse(text.substr(1, end - 1))) {
      return std::nullopt;
    }
    std::string host(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return host;
  }
  const std::size_t end = std::min(text.find(':'), text.size());
  std::string host(text.substr(0, end));
  text.remove_prefix(end);
  return is_host_name(host) ? std::optional(host) : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_int(text);
  if (!number || *number < 0 || *number > kMostPort || text.starts_with('+')) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const auto host = take_host(text);
  if (!host || !text.starts_with(':')) {
    return std::nullopt;
  }
  const auto port = parse_port(text.substr(1));
  if (!port) {
    return std::nullopt;
  }
  return ListenAddress{*host, *port};
}

std::optional<SiteUrl> parse_site_url(std::string_view url) {
  SiteUrl parsed;
  parsed.secure = url.starts_with("https://");
  if (!parsed.secure && !url.starts_with("http://")) {
    return std::nullopt;
  }
  url.remove_prefix(parsed.secure ? 8 : 7);
  parsed.authority = lower_case(url);
  const auto host = take_host(url);
  if (!host) {
    return std::nullopt;
  }
  parsed.host = lower_case(*host);
  if (url.empty()) {
    return parsed;
  }
  const auto port = url.starts_with(':') ? parse_port(url.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port == (parsed.secure ? 443 : 80)) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace everyface::web
