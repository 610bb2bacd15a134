// HOST:PORT and https://HOST.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace everyface::web {

struct ListenAddress {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;
};

/// "127.0.0.1:8080", "localhost:0", "[::1]:8080".
std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// The address of a site: scheme and host, no path.
struct SiteUrl {
  bool secure = false;
  std::string host;       ///< "faces.example", "127.0.0.1", "::1"
  std::string authority;  ///< with the port where it is not the scheme's: "127.0.0.1:8080"
};

std::optional<SiteUrl> parse_site_url(std::string_view url);

}  // namespace everyface::web
