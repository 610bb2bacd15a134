#include "everyface/web/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "everyface/base/text.h"

namespace everyface::web {
namespace {

constexpr int kIpv4Offset = 12;  // of an IPv4 address in its IPv6 form
constexpr std::array<std::uint8_t, 12> kIpv4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Clears every bit from `bits` on; true where one was set.
bool clear_from(std::array<std::uint8_t, 16>& bytes, int bits) {
  bool cleared = false;
  for (int bit = bits; bit < 128; ++bit) {
    std::uint8_t& byte = bytes.at(static_cast<std::size_t>(bit / 8));
    const auto mask = static_cast<std::uint8_t>(0x80U >> static_cast<unsigned>(bit % 8));
    cleared = cleared || (byte & mask) != 0;
    byte = static_cast<std::uint8_t>(byte & ~mask);
  }
  return cleared;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) {
    return std::nullopt;
  }
  Address address;
  in_addr ipv4{};
  if (::inet_pton(AF_INET, terminated.c_str(), &ipv4) == 1) {
    std::memcpy(address.bytes_.data() + kIpv4Offset, &ipv4, sizeof ipv4);
    return address;
  }
  if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) {
    return address;
  }
  return std::nullopt;
}

bool Address::is_ipv4() const {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), bytes_.begin());
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (is_ipv4()) {
    ::inet_ntop(AF_INET, bytes_.data() + kIpv4Offset, buffer.data(), buffer.size());
  } else {
    ::inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  }
  return buffer.data();
}

bool Address::is_loopback() const {
  if (is_ipv4()) {
    return bytes_[kIpv4Offset] == 127;
  }
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
         bytes_.back() == 1;
}

std::string Address::network_text() const {
  Address base = *this;
  clear_from(base.bytes_, is_ipv4() ? 96 + 24 : 64);
  return base.text() + (is_ipv4() ? "/24" : "/64");
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) {
    return std::nullopt;
  }
  Network network;
  network.base_ = *base;
  if (slash != std::string_view::npos) {
    const int most = base->is_ipv4() ? 32 : 128;
    const auto bits = parse_int(text.substr(slash + 1));
    if (!bits || *bits < 0 || *bits > most) {
      return std::nullopt;
    }
    network.prefix_bits_ = *bits + (128 - most);
  }
  if (clear_from(network.base_.bytes_, network.prefix_bits_)) {
    return std::nullopt;
  }
  return network;
}

bool Network::contains(const Address& address) const {
  Address masked = address;
  clear_from(masked.bytes_, prefix_bits_);
  return masked == base_;
}

Address client_address(const Address& peer, std::string_view forwarded_for,
                       const std::vector<Network>& trusted) {
  const auto is_trusted = [&trusted](const Address& address) {
    return std::any_of(trusted.begin(), trusted.end(),
                       [&address](const Network& network) { return network.contains(address); });
  };
  Address client = peer;
  while (is_trusted(client) && !forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::string_view last =
        comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    const auto named = Address::parse(trim(last));
    if (!named) {
      break;
    }
    client = *named;
    forwarded_for = comma == std::string_view::npos ? "" : forwarded_for.substr(0, comma);
  }
  return client;
}

}  // namespace everyface::web
