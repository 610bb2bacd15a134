// What is particular to S3-compatible stores: signatures, answers in XML, failures.
#include <gmock/gmock.h>

#include "everyface/base/file.h"
#include "everyface/store/blobs.h"
#include "store/http.h"
#include "store/s3_xml.h"
#include "store/sigv4.h"
#include "store/xml.h"
#include "tests/store/s3_server.h"

namespace everyface::store {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

/// The keys and the moment (2013-05-24T00:00:00Z) of the examples in Amazon's documentation
/// "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
const SigningKeys kExampleKeys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                               "us-east-1"};
constexpr std::int64_t kExampleTime = 1369353600;

SignedRequest example(const std::string& method, const std::string& path) {
  SignedRequest request;
  request.method = method;
  request.path = path;
  request.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                     {"x-amz-content-sha256", std::string(kEmptySha256)}};
  return request;
}

std::string signature(SignedRequest request) {
  const std::string authorization = sign(request, kExampleKeys, kExampleTime);
  return authorization.substr(authorization.rfind('=') + 1);
}

TEST(SignatureV4Test, AmazonsExamplesOfS3) {
  SignedRequest get = example("GET", "/test.txt");
  get.headers["range"] = "bytes=0-9";
  EXPECT_EQ(sign(get, kExampleKeys, kExampleTime),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");

  SignedRequest put = example("PUT", "/test$file.text");
  put.headers["date"] = "Fri, 24 May 2013 00:00:00 GMT";
  put.headers["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
  put.payload_sha256 = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
  put.headers["x-amz-content-sha256"] = put.payload_sha256;
  EXPECT_EQ(signature(put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");

  SignedRequest lifecycle = example("GET", "/");
  lifecycle.query = {{"lifecycle", ""}};
  EXPECT_EQ(signature(lifecycle),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");

  SignedRequest list = example("GET", "/");
  list.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(signature(list), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

/// Cases of Amazon's "Signature Version 4 Test Suite", all at 2015-08-30T12:36:00Z.
TEST(SignatureV4Test, AmazonsTestSuite) {
  const SigningKeys keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1",
                         "service"};
  constexpr std::int64_t kTime = 1440938160;
  const auto signature_of = [&](SignedRequest request) {
    request.headers["host"] = "example.amazonaws.com";
    const std::string authorization = sign(request, keys, kTime);
    return authorization.substr(authorization.rfind('=') + 1);
  };
  EXPECT_EQ(signature_of({"GET", "/", {}, {}}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(signature_of({"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, {}}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(signature_of({"POST", "/", {}, {}}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  EXPECT_EQ(
      signature_of({"GET", "/", {}, {{"my-header1", " value1 "}, {"my-header2", "\"a   b   c\""}}}),
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST(S3XmlTest, ListsAreReadWithWhatComesNext) {
  const auto listing = parse_s3_listing(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>photos</Name><IsTruncated>true</IsTruncated>
  <NextContinuationToken>1/a&amp;b=&#x3d;</NextContinuationToken>
  <Contents><Key>photos/1.webp</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>
    <ETag>&quot;x&quot;</ETag><Size>434234</Size></Contents>
  <Contents><Key>b</Key><LastModified>1970-01-02T00:00:00Z</LastModified><Size>0</Size></Contents>
</ListBucketResult>)");
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_EQ(listing->entries.size(), 2U);
  EXPECT_EQ(listing->entries[0].key, "photos/1.webp");
  EXPECT_EQ(listing->entries[0].bytes, 434234U);
  EXPECT_EQ(listing->entries[0].modified_ms, 1255369830000);
  EXPECT_EQ(listing->entries[1].modified_ms, 86400000);
  EXPECT_EQ(listing->continuation, "1/a&b==");
}

TEST(S3XmlTest, WhatIsNoListIsRefused) {
  const auto why = [](std::string_view xml) {
    const auto listing = parse_s3_listing(xml);
    return listing ? std::string("none") : listing.error().message;
  };
  EXPECT_THAT(why("<Error><Code>NoSuchBucket</Code></Error>"), HasSubstr("begins with Error"));
  EXPECT_THAT(why("<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents>"
                  "</ListBucketResult>"),
              HasSubstr("'a'"));
  EXPECT_THAT(why("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
              HasSubstr("does not say how to ask for the rest"));
  EXPECT_THAT(why("<ListBucketResult>"), HasSubstr("ends within ListBucketResult"));
  EXPECT_THAT(why("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), HasSubstr("cannot be read at byte 1"));
  EXPECT_THAT(why("<ListBucketResult>&unknown;</ListBucketResult>"), HasSubstr("entity"));
  EXPECT_THAT(why("<a></b>"), HasSubstr("end tag"));
  EXPECT_THAT(why("<a/><b/>"), HasSubstr("follows the document"));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += "<a>";
  }
  EXPECT_THAT(why(deep), HasSubstr("nested"));
}

TEST(S3XmlTest, TimesAreStrict) {
  EXPECT_EQ(parse_s3_time("2024-02-29T00:00:00.123Z"), 1709164800000);
  for (const char* text :
       {"2023-02-29T00:00:00Z", "2024-02-29 00:00:00Z", "2024-02-29T24:00:00Z",
        "2024-02-29T00:00:00", "2024-02-29T00:00:00xZ", "20240229T000000Z", ""}) {
    EXPECT_FALSE(parse_s3_time(text)) << text;
  }
}

TEST(EndpointTest, MustBeHttpsOrOnLoopback) {
  const auto host = [](const std::string& url) {
    const auto endpoint = parse_endpoint(url);
    return endpoint ? endpoint->origin : endpoint.error().message;
  };
  EXPECT_EQ(host("https://s3.example.org"), "https://s3.example.org");
  EXPECT_EQ(host("https://s3.example.org:9000/"), "https://s3.example.org:9000");
  EXPECT_EQ(host("http://127.0.0.1:9000"), "http://127.0.0.1:9000");
  EXPECT_EQ(host("http://[::1]:9000"), "http://[::1]:9000");
  EXPECT_THAT(host("http://s3.example.org"), HasSubstr("must be https"));
  EXPECT_THAT(host("http://127.0.0.1.example.org"), HasSubstr("must be https"));
  for (const char* url :
       {"", "s3", "https://a:b@c", "https://a/bucket", "https://a?b", "ftp://a"}) {
    EXPECT_FALSE(parse_endpoint(url)) << url;
  }
}

class S3FailureTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = testing::S3Server::unavailable(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    server_ = &testing::S3Server::running();
    server_->reset();
    auto opened = open_s3_blobs(server_->options());
    ASSERT_TRUE(opened) << opened.error().message;
    blobs_ = std::move(*opened);
  }
  testing::S3Server* server_ = nullptr;
  std::unique_ptr<BlobStore> blobs_;
};

TEST_F(S3FailureTest, AStoreThatFailsIsAskedAgain) {
  server_->fail("503", 2);
  EXPECT_TRUE(blobs_->put("a", "0123456789"));
  server_->fail("reset", 2);
  EXPECT_EQ(*blobs_->get("a", 100), "0123456789");
}

TEST_F(S3FailureTest, AStoreThatGoesOnFailingIsGivenUp) {
  const int before = server_->requests_seen();
  server_->fail("503", 100);
  const auto put = blobs_->put("a", "x");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, "blob_unavailable");
  EXPECT_THAT(put.error().message, HasSubstr("it answers 503 SlowDown: Please reduce"));
  EXPECT_EQ(server_->requests_seen() - before, server_->options().attempts);
}

TEST_F(S3FailureTest, ABrokenDownloadGoesOnWhereItBroke) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) {
    bytes += std::to_string(i);
  }
  ASSERT_TRUE(blobs_->put("a", bytes));
  server_->fail("cut", 3);
  const auto whole = blobs_->get("a", 64U << 20U);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_TRUE(*whole == bytes);
}

TEST_F(S3FailureTest, AFailedUploadInPartsLeavesNothing) {
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "large", std::string(11U << 20U, 'x')));
  server_->fail("503", 5);  // the beginning: all attempts
  EXPECT_FALSE(blobs_->put_file("large", folder.path() / "large"));
  server_->fail("", 0);
  EXPECT_FALSE(*blobs_->find("large"));
  EXPECT_TRUE(blobs_->put_file("large", folder.path() / "large"));
  EXPECT_EQ((*blobs_->find("large"))->bytes, 11U << 20U);
}

TEST_F(S3FailureTest, WrongKeysAndBucketsAreSaidWhenOpening) {
  S3Options options = server_->options();
  options.secret_key = "wrong";
  const auto refused = open_s3_blobs(options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("403"));
  options = server_->options();
  options.bucket = "nowhere";
  const auto missing = open_s3_blobs(options);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("404"));
  options.bucket = "No Bucket";
  EXPECT_THAT(open_s3_blobs(options).error().message, HasSubstr("no bucket's name"));
}

TEST_F(S3FailureTest, ManyKeysAreListedInPages) {
  std::vector<std::string> put;
  for (int i = 0; i < 8; ++i) {
    put.push_back("many/" + std::to_string(i));
    ASSERT_TRUE(blobs_->put(put.back(), ""));
  }
  server_->list_in_pages_of(3);
  std::vector<std::string> keys;
  const auto listed =
      blobs_->list("many/", [&](const BlobEntry& entry) { keys.push_back(entry.key); });
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(keys, UnorderedElementsAreArray(put));
}

}  // namespace
}  // namespace everyface::store
