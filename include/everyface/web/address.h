// Internet addresses of clients, and the networks that limits and trust are given to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everyface::web {

/// An IPv4 or IPv6 address. An IPv4 address in IPv6's clothes (::ffff:192.0.2.1) is the IPv4 one.
class Address {
 public:
  /// 0.0.0.0.
  Address() = default;
  /// "192.0.2.1" or "2001:db8::1"; none for anything else (names, ports, zones, brackets).
  static std::optional<Address> parse(std::string_view text);

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is_loopback() const;
  /// What one customer of a provider usually holds, as text: the /24 of an IPv4 address, the /64 of
  /// an IPv6 one, such as "192.0.2.0/24". Rate limits count by it, and logs name no more than it.
  [[nodiscard]] std::string network_text() const;

  friend bool operator==(const Address&, const Address&) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the zero behind it for a pointer
  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  friend class Network;
  std::array<std::uint8_t, 16> bytes_ = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  [[nodiscard]] bool is_ipv4() const;
};

/// All addresses that begin with the same bits.
class Network {
 public:
  /// "10.0.0.0/8", "2001:db8::/32", or one address. None where the text is neither, or has bits set
  /// beyond its prefix.
  static std::optional<Network> parse(std::string_view text);

  [[nodiscard]] bool contains(const Address& address) const;

 private:
  Address base_;
  int prefix_bits_ = 128;
};

/// Who the client is: `peer`, the other end of the connection, unless that is one of `trusted`
/// proxies; then the last address in `forwarded_for` (the value of X-Forwarded-For) that is not a
/// trusted proxy itself. What stands before that one, or where an entry is no address, is the word
/// of strangers and does not count.
Address client_address(const Address& peer, std::string_view forwarded_for,
                       const std::vector<Network>& trusted);

}  // namespace everyface::web
