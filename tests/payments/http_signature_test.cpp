#include "everyface/payments/http_signature.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "everyface/base/base64.h"
#include "payments/hmac.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// RFC 9421, appendix B.1.4: test-key-ed25519.
constexpr std::string_view kPem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::int64_t kNow = 1'618'884'473;

/// In hexadecimal, under "whsec".
std::string hmac(std::string_view text) {
  std::string hex;
  for (const char byte : hmac_sha256("whsec", {text})) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

SigningKey key() { return SigningKey::from_pem(kPem, "test-key-ed25519").value(); }

KeyLookup known() {
  return [](std::string_view id) {
    return id == "test-key-ed25519" ? std::optional(key().public_key()) : std::nullopt;
  };
}

SignedRequest post() {
  return {"POST",
          "https://wallet.example/alice?x=1",
          {{"authorization", "GNAP token"}, {"content-type", "application/json"}},
          R"({"a":1})"};
}

SignedRequest signed_post() {
  SignedRequest request = post();
  EXPECT_TRUE(sign_request(request, key(), kNow).ok());
  return request;
}

void replace(SignedRequest& request, std::string_view name, const std::string& value) {
  for (auto& [header, old] : request.headers) {
    if (header == name) {
      old = value;
    }
  }
}

std::string code_of(const Result<void>& result) { return result ? "" : result.error().code; }
std::string verdict(const SignedRequest& request, std::int64_t now_s = kNow) {
  return code_of(verify_request(request, known(), now_s));
}

TEST(HttpSignature, GivesTheBytesOfTheStandardsExample) {  // RFC 9421, appendix B.2.6
  const SignedRequest request = {"POST",
                                 "https://example.com/foo?param=Value&Pet=dog",
                                 {{"date", "Tue, 20 Apr 2021 02:07:55 GMT"},
                                  {"content-type", "application/json"},
                                  {"content-length", "18"}},
                                 R"({"hello": "world"})"};
  const auto base = signature_base(
      request, {"date", "@method", "@path", "@authority", "content-type", "content-length"},
      R"(("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519")");
  ASSERT_TRUE(base.ok());
  EXPECT_EQ(*base,
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n"
            "\"@authority\": example.com\n\"content-type\": application/json\n"
            "\"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" \"@path\" "
            "\"@authority\" \"content-type\" \"content-length\");created=1618884473;"
            "keyid=\"test-key-ed25519\"");
  EXPECT_EQ(
      base64(key().sign(*base)),
      "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==");
  // RFC 9421, appendix B.2.
  EXPECT_EQ(
      content_digest(request.body),
      "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHW"
      "XvJwew==:");
}

TEST(HttpSignature, CoversWhatOpenPaymentsAsksFor) {
  const SignedRequest request = signed_post();
  const auto input = read_signature(request);
  ASSERT_TRUE(input.ok());
  EXPECT_THAT(input->components, ElementsAre("@method", "@target-uri", "authorization",
                                             "content-digest", "content-length", "content-type"));
  EXPECT_EQ(input->created_s, kNow);
  EXPECT_EQ(input->key_id, "test-key-ed25519");
  EXPECT_EQ(verdict(request), "");
  SignedRequest get = {"GET", "https://wallet.example/alice", {}, ""};
  ASSERT_TRUE(sign_request(get, key(), kNow).ok());
  EXPECT_THAT(read_signature(get)->components, ElementsAre("@method", "@target-uri"));
  EXPECT_EQ(verdict(get), "");
  SignedRequest untyped = {"POST", "https://wallet.example/", {}, "{}"};
  EXPECT_EQ(code_of(sign_request(untyped, key(), kNow)), "signature_incomplete");
}

TEST(HttpSignature, WhatWasChangedOnTheWayIsRefused) {
  const auto changed = [](auto change) {
    SignedRequest request = signed_post();
    change(request);
    return verdict(request);
  };
  EXPECT_EQ(changed([](auto& r) { r.method = "PUT"; }), "signature_wrong");
  EXPECT_EQ(changed([](auto& r) { r.url += "0"; }), "signature_wrong");
  EXPECT_EQ(changed([](auto& r) { replace(r, "authorization", "GNAP other"); }), "signature_wrong");
  EXPECT_EQ(changed([](auto& r) { r.body = R"({"a":2})"; }), "digest_wrong");
  EXPECT_EQ(changed([](auto& r) {
              r.body = R"({"a":2})";
              replace(r, "content-digest", content_digest(r.body));
            }),
            "signature_wrong");
  EXPECT_EQ(changed([](auto& r) { replace(r, "content-length", "8"); }), "digest_wrong");
  EXPECT_EQ(changed([](auto& r) { r.headers.emplace_back("authorization2", "x"); }), "");
}

TEST(HttpSignature, HoldsForAWhileOnly) {
  const SignedRequest request = signed_post();
  EXPECT_EQ(verdict(request, kNow + kSignatureLifeSeconds), "");
  EXPECT_EQ(verdict(request, kNow + kSignatureLifeSeconds + 1), "signature_expired");
  EXPECT_EQ(verdict(request, kNow - kClockSkewSeconds), "");
  EXPECT_EQ(verdict(request, kNow - kClockSkewSeconds - 1), "signature_expired");
}

TEST(HttpSignature, MustCoverWhatCouldBeChanged) {
  SignedRequest request = post();
  request.headers.emplace_back("content-digest", content_digest(request.body));
  request.headers.emplace_back("content-length", "7");
  const std::string parameters =
      R"(("@method" "@target-uri" "authorization");created=1618884473;keyid="test-key-ed25519")";
  const auto base =
      signature_base(request, {"@method", "@target-uri", "authorization"}, parameters);
  request.headers.emplace_back("signature-input", "sig1=" + parameters);
  request.headers.emplace_back("signature", "sig1=:" + base64(key().sign(*base)) + ":");
  EXPECT_EQ(verdict(request), "signature_incomplete");
}

TEST(HttpSignature, HeadersOfAnotherFormAreRefused) {
  const auto with_input = [](const std::string& input) {
    SignedRequest request = signed_post();
    replace(request, "signature-input", input);
    return verdict(request);
  };
  const std::string list = R"(("@method" "@target-uri"))";
  const std::string all = R"(sig1=("@method");created=1;keyid="a")";
  for (const std::string& input : std::vector<std::string>{
           "", "sig1", "sig1=" + list, "sig1=" + list + ";created=1",
           "sig1=" + list + R"(;keyid="a")", R"(=("@method");created=1;keyid="a")",
           R"(sig1=("@method"  "@path");created=1;keyid="a")",
           R"(sig1=("@method" "@method");created=1;keyid="a")",
           R"(sig1=("x";req);created=1;keyid="a")", R"(sig1=("@method);created=1;keyid="a")",
           R"(sig1=("@method");created=-1;keyid="a")",
           R"(sig1=("@method");created=1234567890123456;keyid="a")",
           R"(sig1=("@method");created=1;keyid="a\"b")", R"(sig1=("@method");created=1;more="a")",
           all + ", sig2=();created=1", all + " "}) {
    EXPECT_EQ(with_input(input), "signature_malformed") << input;
  }
  EXPECT_EQ(with_input(R"(sig1=("@method");created=1;keyid="a";alg="rsa-v1_5-sha256")"),
            "signature_algorithm");
  for (const char* wrong : {"", "sig1", "sig1=::", "sig2=:AAAA:", "sig1=:AAAA:", "sig1=AAAA"}) {
    SignedRequest request = signed_post();
    replace(request, "signature", wrong);
    EXPECT_EQ(verdict(request), "signature_malformed") << wrong;
  }
  EXPECT_EQ(verdict(post()), "signature_missing");
  SignedRequest others = post();
  ASSERT_TRUE(sign_request(others, SigningKey::from_pem(kPem, "other").value(), kNow).ok());
  EXPECT_EQ(verdict(others), "key_unknown");
}

TEST(HttpSignature, AWebhookIsOfTheSecret) {
  // printf '1618884473.{"id":"x"}' | openssl dgst -sha256 -hmac whsec
  const std::string right = "46c34a3dd8b61ab3013bd818b7a97a098d8158f7c321fb2062280ac5fb393929";
  const std::string body = R"({"id":"x"})";
  const auto check = [&](const std::string& header, std::int64_t now_s = kNow) {
    return code_of(verify_webhook(header, body, "whsec", now_s));
  };
  EXPECT_EQ(check("t=1618884473, v1=" + right), "");
  EXPECT_EQ(check("t=1618884473,v1=" + std::string(64, '0') + ",v1=" + right), "");
  EXPECT_EQ(check("t=1618884474, v1=" + right), "signature_wrong");
  EXPECT_EQ(check("t=1618884473, v1=" + right.substr(1)), "signature_wrong");
  EXPECT_EQ(check("t=1618884473, v1=" + right, kNow + kSignatureLifeSeconds + 1),
            "signature_expired");
  // As Rafiki makes it: milliseconds, and names in order whatever the body's.
  EXPECT_EQ(
      code_of(verify_webhook("t=1618884473000, v1=" + hmac("1618884473000.{\"a\":1,\"id\":\"x\"}"),
                             "{\"id\": \"x\", \"a\": 1}", "whsec", kNow)),
      "");
  for (const char* wrong : {"", "t=1618884473", "v1=00", "t=x, v1=00", "t=, v1=00"}) {
    EXPECT_EQ(check(wrong), "signature_malformed") << wrong;
  }
}

TEST(SigningKey, IsReadAsWalletsHandItOut) {
  const auto jwks = nlohmann::json::parse(key().jwks());
  EXPECT_EQ(jwks, nlohmann::json::parse(
                      R"({"keys":[{"kid":"test-key-ed25519","alg":"EdDSA","use":"sig","kty":"OKP",)"
                      R"("crv":"Ed25519","x":"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}]})"));
  EXPECT_THAT(SigningKey::from_pem("x", "a").error().message, HasSubstr("PRIVATE KEY"));
  for (const char* id : {"", "a\"b", "a\\b", "a\nb"}) {
    EXPECT_FALSE(SigningKey::from_pem(kPem, id).ok()) << id;
  }
}

}  // namespace
}  // namespace everyface
