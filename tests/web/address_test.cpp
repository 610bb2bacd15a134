#include "everyface/web/address.h"

#include <gtest/gtest.h>

#include "everyface/web/listen_address.h"

namespace everyface::web {
namespace {

Address address(std::string_view text) { return Address::parse(text).value(); }

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> parsed;
  for (const char* text : texts) {
    parsed.push_back(Network::parse(text).value());
  }
  return parsed;
}

TEST(Address, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(address("192.0.2.1").text(), "192.0.2.1");
  EXPECT_EQ(address("2001:DB8:0::1").text(), "2001:db8::1");
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1")) << "IPv4 in IPv6's clothes";
  using namespace std::string_view_literals;
  for (const auto wrong : {""sv, "localhost"sv, "1.2.3"sv, "1.2.3.4:80"sv, "[::1]"sv,
                           "fe80::1%eth0"sv, "1.2.3.4\0"sv, "01.2.3.4"sv}) {
    EXPECT_FALSE(Address::parse(wrong)) << wrong;
  }
}

TEST(Address, LoopbackIsAWholeNetworkOfIpv4AndOneAddressOfIpv6) {
  EXPECT_TRUE(address("127.0.0.1").is_loopback());
  EXPECT_TRUE(address("127.200.3.4").is_loopback());
  EXPECT_TRUE(address("::1").is_loopback());
  EXPECT_FALSE(address("128.0.0.1").is_loopback());
  EXPECT_FALSE(address("::2").is_loopback());
  EXPECT_FALSE(address("1::1").is_loopback());
}

TEST(Address, NetworkOfACustomer) {
  EXPECT_EQ(address("192.0.2.77").network_text(), "192.0.2.0/24");
  EXPECT_EQ(address("2001:db8:1:2:3:4:5:6").network_text(), "2001:db8:1:2::/64");
}

TEST(Network, ContainsWhatSharesItsBits) {
  const Network ten = Network::parse("10.0.0.0/8").value();
  EXPECT_TRUE(ten.contains(address("10.255.0.1")));
  EXPECT_FALSE(ten.contains(address("11.0.0.1")));
  const Network odd = Network::parse("192.0.2.128/25").value();
  EXPECT_TRUE(odd.contains(address("192.0.2.200")));
  EXPECT_FALSE(odd.contains(address("192.0.2.127")));
  EXPECT_TRUE(Network::parse("::/0").value().contains(address("1.2.3.4")));
  EXPECT_FALSE(Network::parse("0.0.0.0/0").value().contains(address("2001:db8::1")));
  EXPECT_TRUE(Network::parse("2001:db8::7").value().contains(address("2001:db8::7")));
}

TEST(Network, RefusesBitsBeyondThePrefixAndOtherNonsense) {
  for (const char* wrong : {"10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "/8",
                            "10.0.0.0/8/8", "x/8"}) {
    EXPECT_FALSE(Network::parse(wrong)) << wrong;
  }
}

TEST(ClientAddress, OnlyTrustedProxiesAreBelieved) {
  const auto trusted = networks({"10.0.0.0/8", "::1"});
  EXPECT_EQ(client_address(address("192.0.2.1"), "1.1.1.1", trusted), address("192.0.2.1"))
      << "a stranger's header";
  EXPECT_EQ(client_address(address("10.0.0.1"), "1.1.1.1", trusted), address("1.1.1.1"));
  EXPECT_EQ(client_address(address("10.0.0.1"), "", trusted), address("10.0.0.1"));
}

TEST(ClientAddress, WhatTheClientItselfSentDoesNotCount) {
  const auto trusted = networks({"10.0.0.0/8"});
  EXPECT_EQ(client_address(address("10.0.0.1"), "127.0.0.1, 1.1.1.1", trusted), address("1.1.1.1"));
  EXPECT_EQ(client_address(address("10.0.0.1"), "9.9.9.9, 1.1.1.1 , 10.0.0.2", trusted),
            address("1.1.1.1"))
      << "through two proxies";
  EXPECT_EQ(client_address(address("10.0.0.1"), "unknown", trusted), address("10.0.0.1"));
  EXPECT_EQ(client_address(address("10.0.0.1"), "1.1.1.1, unknown, 10.0.0.2", trusted),
            address("10.0.0.2"))
      << "nothing beyond what is no address";
}

TEST(ListenAddress, HostAndPort) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->host, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listen_address("localhost:65535")->port, 65535);
  for (const char* wrong : {"", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:65536", "a b:80",
                            "[::1]", "[x]:80", "127.0.0.1:+80", "127.0.0.1:-1"}) {
    EXPECT_FALSE(parse_listen_address(wrong)) << wrong;
  }
}

TEST(SiteUrl, SchemeHostAndPortAlone) {
  EXPECT_TRUE(parse_site_url("https://Faces.example")->secure);
  EXPECT_EQ(parse_site_url("https://Faces.example")->authority, "faces.example");
  EXPECT_EQ(parse_site_url("http://[::1]:8080")->host, "::1");
  EXPECT_EQ(parse_site_url("http://127.0.0.1:8080")->authority, "127.0.0.1:8080");
  for (const char* wrong :
       {"", "faces.example", "ftp://faces.example", "https://", "https://faces.example/",
        "https://faces.example/x", "https://a@faces.example", "https://faces.example:443",
        "https://faces.example:0", "https://faces.example?x"}) {
    EXPECT_FALSE(parse_site_url(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace everyface::web
