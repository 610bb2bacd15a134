#include "everyface/web/forms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/testing.h"

namespace everyface::web {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(PercentDecode, WholeEscapesOfUtf8WithoutNul) {
  EXPECT_EQ(percent_decode("a%20b+c", false), "a b+c");
  EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
  EXPECT_EQ(percent_decode("%C3%a9", false), "\xc3\xa9");
  for (const char* wrong : {"%", "%2", "%zz", "%2z", "a%00b", "%ff", "%c3"}) {
    EXPECT_FALSE(percent_decode(wrong, false)) << wrong;
  }
}

TEST(PercentEncode, ComesBackAsItWas) {
  std::string every;
  for (int c = 1; c < 128; ++c) {
    every += static_cast<char>(c);
  }
  every += "\xc3\xa9\xf0\x9f\x99\x82";
  EXPECT_EQ(percent_decode(percent_encode(every), false), every);
  EXPECT_EQ(percent_encode("a b/?\"~"), "a%20b%2F%3F%22~");
}

TEST(Urlencoded, FieldsInOrder) {
  const auto fields = parse_urlencoded("a=1&b=two+words&a=%26&empty=&bare&&=v");
  ASSERT_TRUE(fields.ok());
  EXPECT_THAT(*fields, ElementsAre(Pair("a", "1"), Pair("b", "two words"), Pair("a", "&"),
                                   Pair("empty", ""), Pair("bare", ""), Pair("", "v")));
  EXPECT_EQ(fields->get("a"), "1");
  EXPECT_EQ(fields->all("a").size(), 2U);
  EXPECT_TRUE(parse_urlencoded("")->empty());
}

TEST(Urlencoded, RefusesWhatIsBrokenOrTooMuch) {
  EXPECT_THAT(parse_urlencoded("ok=1&x=%GG").error().message, HasSubstr("field 2"));
  FormLimits limits;
  limits.fields = 2;
  limits.value_bytes = 3;
  limits.name_bytes = 2;
  EXPECT_TRUE(parse_urlencoded("a=1&b=2", limits).ok());
  EXPECT_FALSE(parse_urlencoded("a=1&b=2&c=3", limits).ok());
  EXPECT_TRUE(parse_urlencoded("ab=123", limits).ok());
  EXPECT_FALSE(parse_urlencoded("ab=1234", limits).ok());
  EXPECT_FALSE(parse_urlencoded("abc=1", limits).ok());
}

TEST(Cookies, WhatIsMalformedIsLeftOut) {
  EXPECT_THAT(parse_cookies("a=1; b=\"2\";c=3; bad; =x; d e=1; f=a b; g="),
              ElementsAre(Pair("a", "1"), Pair("b", "2"), Pair("c", "3"), Pair("g", "")));
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += "c" + std::to_string(i) + "=1; ";
  }
  EXPECT_EQ(parse_cookies(many).size(), 64U);
}

TEST(Range, OneRangeOfBytes) {
  const auto part = [](std::string_view header, std::uint64_t first, std::uint64_t length) {
    const RangeRequest range = parse_range(header, 1000);
    EXPECT_EQ(range.kind, RangeRequest::Kind::kPart) << header;
    EXPECT_EQ(range.range.first, first) << header;
    EXPECT_EQ(range.range.length, length) << header;
  };
  part("bytes=0-0", 0, 1);
  part("bytes=0-99", 0, 100);
  part("bytes=990-", 990, 10);
  part("bytes=990-5000", 990, 10);
  part("bytes=-10", 990, 10);
  part("bytes=-5000", 0, 1000);
  part("bytes=999-999", 999, 1);
  part("bytes=0-18446744073709551615", 0, 1000);
}

TEST(Range, WhatCannotBeServedInPart) {
  using Kind = RangeRequest::Kind;
  for (const char* beyond : {"bytes=1000-", "bytes=1000-2000", "bytes=-0"}) {
    EXPECT_EQ(parse_range(beyond, 1000).kind, Kind::kUnsatisfiable) << beyond;
  }
  EXPECT_EQ(parse_range("bytes=-5", 0).kind, Kind::kUnsatisfiable) << "of nothing";
  for (const char* whole :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "items=0-1", "bytes=0-1,5-6",
        "bytes=+1-2", "bytes=1--2", "bytes=18446744073709551616-"}) {
    EXPECT_EQ(parse_range(whole, 1000).kind, Kind::kWhole) << whole;
  }
}

TEST(Json, BoundedAndUnambiguous) {
  EXPECT_EQ(parse_json(R"({"a":[1,2]})").value()["a"][1], 2);
  EXPECT_THAT(parse_json("{\"a\":").error().message, HasSubstr("byte 6"));
  EXPECT_THAT(parse_json(R"({"a":1,"a":2})").error().message, HasSubstr("\"a\""));
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":2}])").ok()) << "two objects may share a name";
  EXPECT_FALSE(parse_json("\"\xff\"").ok());
  EXPECT_TRUE(parse_json("[[1]]", 2).ok());
  EXPECT_THAT(parse_json("[[[1]]]", 2).error().message, HasSubstr("2 levels"));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')).ok());
}

TEST(Boundary, OfMultipartForms) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=----x1"), "----x1");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; boundary=\"a b\""), "a b");
  for (const std::string& wrong :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/mixed; boundary=x"),
        std::string("multipart/form-data; boundary=\"x"),
        std::string("multipart/form-data; boundary=a;boundary=b"),
        std::string("multipart/form-data; boundary=\"x \""),
        "multipart/form-data; boundary=" + std::string(71, 'x'),
        std::string("multipart/form-data; boundary=\"a\r\nb\"")}) {
    EXPECT_FALSE(multipart_boundary(wrong)) << wrong;
  }
}

class Multipart : public ::testing::Test {
 protected:
  static std::string part(const std::string& disposition, const std::string& content,
                          const std::string& more = "") {
    return "--B\r\nContent-Disposition: form-data; " + disposition + "\r\n" + more + "\r\n" +
           content + "\r\n";
  }

  /// Feeds the body in pieces of this size.
  Result<Request> parse(const std::string& body, std::size_t piece = 1'000'000) {
    limits_.spool_folder = folder_.path().string();
    MultipartParser parser("B", limits_);
    for (std::size_t at = 0; at < body.size(); at += piece) {
      if (auto fed = parser.feed(std::string_view(body).substr(at, piece)); !fed) {
        return fed.error();
      }
    }
    Request request;
    if (auto finished = parser.finish(request); !finished) {
      return finished.error();
    }
    return request;
  }

  FormLimits limits_;
  testing::TemporaryFolder folder_;
};

TEST_F(Multipart, FieldsAndFilesWhereverThePiecesEnd) {
  // The content of the file nearly holds the boundary, again and again.
  const std::string tricky = "\r\n--\r\n--A\r\n-\r\r\n--\r\n--";
  const std::string body =
      part("name=\"note\"", "gr\xc3\xbc\xc3\x9f") +
      part("name=\"photo\"; filename=\"a \\\"b\\\".jpg\"", tricky, "Content-Type: image/jpeg\r\n") +
      part("name=\"photo\"; filename=\"\"", "") + part("name=empty", "") + "--B--\r\n";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    auto request = parse(body, piece);
    ASSERT_TRUE(request.ok()) << piece << ": " << request.error().message;
    EXPECT_THAT(request->form, ElementsAre(Pair("note", "gr\xc3\xbc\xc3\x9f"), Pair("empty", "")));
    ASSERT_EQ(request->uploads.size(), 1U) << "where no file was chosen there is none";
    const Upload& upload = request->uploads.front();
    EXPECT_EQ(upload.field, "photo");
    EXPECT_EQ(upload.file_name, "a \"b\".jpg");
    EXPECT_EQ(upload.content_type, "image/jpeg");
    ASSERT_EQ(upload.content.read().value(), tricky) << "in pieces of " << piece;
  }
}

TEST_F(Multipart, LargeFilesGoToDiskUnderNoName) {
  limits_.memory_bytes = 1000;
  std::string content;
  for (int i = 0; i < 5000; ++i) {
    content += static_cast<char>(i % 251);
  }
  auto request = parse(part("name=f; filename=x", content) + "--B--", 700);
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->uploads.front().content.size(), content.size());
  EXPECT_EQ(request->uploads.front().content.read().value(), content);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "nothing is left if we are killed";
}

TEST_F(Multipart, AFolderThatIsNotThereIsSaid) {
  limits_.memory_bytes = 1;
  testing::TemporaryFolder other;
  MultipartParser parser("B", [&] {
    FormLimits limits = limits_;
    limits.spool_folder = (other.path() / "absent").string();
    return limits;
  }());
  const auto fed = parser.feed(part("name=f; filename=x", "12345"));
  ASSERT_FALSE(fed.ok());
  EXPECT_THAT(fed.error().message, HasSubstr("absent"));
}

TEST_F(Multipart, LimitsHold) {
  limits_.value_bytes = 4;
  EXPECT_TRUE(parse(part("name=a", "1234") + "--B--").ok());
  EXPECT_THAT(parse(part("name=a", "12345") + "--B--").error().message, HasSubstr("\"a\""));
  limits_.file_bytes = 4;
  EXPECT_TRUE(parse(part("name=a; filename=f", "1234") + "--B--").ok());
  EXPECT_EQ(parse(part("name=a; filename=f", "12345") + "--B--").error().code, "too_large");
  limits_.files = 1;
  const std::string file = part("name=a; filename=f", "1");
  EXPECT_EQ(parse(file + file + "--B--").error().code, "too_large");
  limits_.fields = 1;
  EXPECT_FALSE(parse(part("name=a", "1") + part("name=b", "1") + "--B--").ok());
  limits_.name_bytes = 2;
  EXPECT_FALSE(parse(part("name=abc", "1") + "--B--").ok());
  EXPECT_FALSE(parse(part("name=a", "1", "X: " + std::string(5000, 'x') + "\r\n") + "--B--").ok());
}

TEST_F(Multipart, RefusesWhatIsNotStrictlyAForm) {
  const std::string good = part("name=a", "1");
  for (const std::string& wrong :
       {std::string(), std::string("--B"), std::string("--B--x"), good, good + "--B-",
        good + "--Bx", "preamble\r\n" + good + "--B--", good + "--B--\r\nmore", "--C\r\n" + good,
        std::string("--B\r\n\r\nno headers\r\n--B--"),
        std::string("--B\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--B--"),
        std::string("--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--"),
        std::string("--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--B--"),
        std::string("--B\r\nno colon\r\n\r\n1\r\n--B--"), part("name=a; name=b", "1") + "--B--",
        part("name=\"\"", "1") + "--B--", part("name=a", "\xff") + "--B--",
        part("name=a", std::string("\0", 1)) + "--B--",
        part("name=a", "1", "Content-Transfer-Encoding: base64\r\n") + "--B--"}) {
    EXPECT_FALSE(parse(wrong).ok()) << wrong;
    EXPECT_FALSE(parse(wrong, 1).ok()) << wrong;
  }
  EXPECT_TRUE(parse("--B--").ok()) << "a form without fields";
}

}  // namespace
}  // namespace everyface::web
