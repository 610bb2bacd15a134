#include "everyface/payments/outgoing_http.h"

#include <gmock/gmock.h>

#include "tests/web_server.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::Values;
using testing::WebServer;

const OutgoingRules kPublic;
const OutgoingRules kTrial{.allow_loopback = true, .longest_answer = 1000};

std::string redirect_to(const std::string& url) {
  return "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " + url +
         "\r\n\r\n";
}

std::string code_of(const Result<OutgoingAnswer>& answer) {
  return answer ? "answered " + std::to_string(answer->status) : answer.error().code;
}

TEST(NormalUrl, IsWhatABrowserWouldSend) {
  for (const auto& [given, normal] : std::vector<std::pair<std::string, std::string>>{
           {"https://Wallet.Example", "https://wallet.example/"},
           {"https://wallet.example:443/Alice", "https://wallet.example/Alice"},
           {"https://wallet.example:8443/a/../b?x=%20Y",
            "https://wallet.example:8443/a/../b?x=%20Y"},
           {"HTTPS://wallet.example/a", "https://wallet.example/a"}}) {
    const auto url = normal_url(given, kPublic);
    ASSERT_TRUE(url.ok()) << url.error().message;
    EXPECT_EQ(*url, normal);
    EXPECT_EQ(normal_url(*url, kPublic).value(), normal);
  }
  EXPECT_EQ(origin_of("https://wallet.example:8443/a?b"), "https://wallet.example:8443");
}

class RefusedUrl : public ::testing::TestWithParam<std::string> {};

TEST_P(RefusedUrl, IsNotAsked) {
  const auto url = normal_url(GetParam(), kPublic);
  ASSERT_FALSE(url.ok());
  EXPECT_EQ(url.error().code, "url_not_allowed");
}

INSTANTIATE_TEST_SUITE_P(Urls, RefusedUrl,
                         Values("", "wallet.example", "http://wallet.example/", "http://127.0.0.1/",
                                "file:///etc/passwd", "ftp://wallet.example/",
                                "gopher://wallet.example/", "https://", "https:///a",
                                "https://user@wallet.example/", "https://u:p@wallet.example/",
                                "https://wallet.example/#a", "https://wallet.example/\r\nHost: x",
                                "https://wallet.example/ a", "https://wället.example/",
                                "https://wallet.example/" + std::string(2048, 'a'),
                                std::string("https://a\0b/", 12)));

TEST(NormalUrl, IsHttpOnLoopbackOnlyWhereThatIsAllowed) {
  EXPECT_TRUE(normal_url("http://127.0.0.1:4000/a", kTrial).ok());
  EXPECT_TRUE(normal_url("http://localhost/a", kTrial).ok());
  EXPECT_FALSE(normal_url("http://wallet.example/a", kTrial).ok());
}

class SpecialAddress : public ::testing::TestWithParam<const char*> {};

TEST_P(SpecialAddress, IsNotPublic) { EXPECT_FALSE(is_public_address(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Addresses, SpecialAddress,
                         Values("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1",
                                "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255",
                                "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1",
                                "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
                                "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1",
                                "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",
                                "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1",
                                "2001:1ff::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1",
                                "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1",
                                "wallet.example", ""));

class PublicAddress : public ::testing::TestWithParam<const char*> {};

TEST_P(PublicAddress, IsPublic) { EXPECT_TRUE(is_public_address(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Addresses, PublicAddress,
                         Values("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1",
                                "126.255.255.255", "172.15.0.1", "172.32.0.1", "192.0.1.1",
                                "198.17.0.1", "198.20.0.1", "223.255.255.255", "64:ff9b::8.8.8.8",
                                "2001:200::1", "2606:4700::1111", "2a00:1450::1"));

TEST(OutgoingHttp, AsksNothingOfThisMachineWhateverItIsCalled) {
  WebServer server;
  server.serve("/", "secret");
  const std::string port = server.url().substr(server.url().rfind(':'));
  OutgoingHttp http(kPublic);
  for (const char* host : {"127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0.0.0.0",
                           "[::1]", "[::ffff:127.0.0.1]"}) {
    EXPECT_EQ(code_of(http.perform({"GET", "https://" + std::string(host) + port + "/"})),
              "address_not_allowed")
        << host;
  }
  EXPECT_TRUE(server.requested().empty());
}

TEST(OutgoingHttp, GivesStatusHeadersAndBody) {
  WebServer server;
  server.answer("/a", "HTTP/1.1 404 No\r\nX-Word: yes \r\nContent-Length: 4\r\n\r\nbody");
  OutgoingHttp http(kTrial);
  const auto answer = http.perform({"GET", server.url() + "/a"});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->headers.at("x-word"), "yes");
  EXPECT_EQ(answer->body, "body");
}

TEST(OutgoingHttp, FollowsRedirectsWithinTheOriginAndNoOthers) {
  WebServer server;
  WebServer other;
  server.answer("/a", redirect_to("/b"));
  server.answer("/b", redirect_to(server.url() + "/c"));
  server.serve("/c", "here");
  server.answer("/away", redirect_to(other.url() + "/"));
  server.answer("/file", redirect_to("file:///etc/passwd"));
  server.answer("/round", redirect_to("/round"));
  OutgoingHttp http(kTrial);
  const auto answer = http.perform({"GET", server.url() + "/a"});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, "here");
  for (const char* path : {"/away", "/file", "/round"}) {
    EXPECT_EQ(code_of(http.perform({"GET", server.url() + path})), "redirect_not_allowed") << path;
  }
  EXPECT_EQ(code_of(http.perform({"POST", server.url() + "/a"})), "redirect_not_allowed");
  EXPECT_EQ(code_of(http.perform({"GET", server.url() + "/a", {{"Authorization", "GNAP x"}}})),
            "redirect_not_allowed");
  EXPECT_TRUE(other.requested().empty());
}

TEST(OutgoingHttp, TakesNoMoreThanItsLimits) {
  WebServer server;
  server.serve("/most", std::string(1000, 'a'));
  server.serve("/more", std::string(1001, 'a'));
  std::string headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 200; ++i) {
    headers += "X-" + std::to_string(i) + ": a\r\n";
  }
  server.answer("/headers", headers + "Content-Length: 0\r\n\r\n");
  OutgoingHttp http(kTrial);
  EXPECT_EQ(code_of(http.perform({"GET", server.url() + "/most"})), "answered 200");
  EXPECT_EQ(code_of(http.perform({"GET", server.url() + "/more"})), "answer_too_long");
  EXPECT_EQ(code_of(http.perform({"GET", server.url() + "/headers"})), "answer_too_long");
}

TEST(OutgoingHttp, SaysThatNoAnswerCame) {
  WebServer server;
  server.answer("/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
  server.answer("/nothing", "");
  OutgoingHttp http(kTrial);
  for (const char* path : {"/cut", "/nothing"}) {
    const auto answer = http.perform({"GET", server.url() + path});
    EXPECT_EQ(code_of(answer), "no_answer") << path;
    EXPECT_THAT(answer.error().message, HasSubstr(server.url()));
  }
}

TEST(OutgoingHttp, WaitsNoLongerThanItsTime) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);  // takes connections, never answers
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, generic, length), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, generic, &length), 0);
  OutgoingHttp http({.allow_loopback = true, .timeout_ms = 100});
  EXPECT_EQ(code_of(http.perform(
                {"GET", "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/"})),
            "no_answer");
  ::close(listener);
}

}  // namespace
}  // namespace everyface
