#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include "everyface/payments/outgoing_http.h"

namespace everyface {
namespace {

using Address6 = std::array<unsigned char, 16>;

struct Block4 {
  std::uint32_t start;
  unsigned bits;
};

/// IANA IPv4 Special-Purpose Address Registry, and multicast.
constexpr Block4 kSpecial4[] = {
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by carriers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, where clouds keep their secrets
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
};

bool is_public4(std::uint32_t address) {
  return std::none_of(std::begin(kSpecial4), std::end(kSpecial4), [address](const Block4& block) {
    return (address ^ block.start) >> (32U - block.bits) == 0;
  });
}

std::uint32_t word(const Address6& address, std::size_t at) {
  return std::uint32_t{address.at(at)} << 24U | std::uint32_t{address.at(at + 1)} << 16U |
         std::uint32_t{address.at(at + 2)} << 8U | std::uint32_t{address.at(at + 3)};
}

bool is_public6(const Address6& address) {
  if (word(address, 0) == 0x0064FF9B && word(address, 4) == 0 && word(address, 8) == 0) {
    return is_public4(word(address, 12));  // translated by NAT64
  }
  // Of all of IPv6 only 2000::/3 is handed out for the Internet. In it are blocks that lead
  // elsewhere: protocol assignments with Teredo, documentation, and 6to4 with IPv4 inside.
  const std::uint32_t start = word(address, 0);
  if (start >> 29U != 1) {
    return false;
  }
  return start >> 9U != 0x20010000U >> 9U && start != 0x20010DB8U && start >> 16U != 0x2002U &&
         start >> 12U != 0x3FFF0U;
}

}  // namespace

bool is_public_address(std::string_view address) {
  const std::string text(address);
  in_addr four = {};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) {
    return is_public4(ntohl(four.s_addr));
  }
  Address6 six = {};
  return ::inet_pton(AF_INET6, text.c_str(), six.data()) == 1 && is_public6(six);
}

}  // namespace everyface
