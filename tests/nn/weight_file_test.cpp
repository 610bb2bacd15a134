#include "nn/weight_file.h"

#include <gmock/gmock.h>

#include <cstring>

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A file with this header text, then the bytes of its tensors.
std::string file_of(const std::string& header, const std::string& body) {
  std::string bytes = "EVFWGHT\n";
  const auto add = [&bytes](auto number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  add(std::uint32_t{1});
  add(static_cast<std::uint32_t>(header.size()));
  const std::size_t start = (24 + header.size() + 63) / 64 * 64;
  add(static_cast<std::uint64_t>(start + body.size()));
  bytes += header;
  bytes.resize(start);
  return bytes + body;
}

std::string text_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

constexpr char kHeader[] = R"({"network":"net","configuration":{"steps":4,"stacked":[1,3]},)"
                           R"("source":{},"tensors":[{"name":"a","shape":[2,2],"type":"float32"},)"
                           R"({"name":"b","shape":[3],"type":"float16"}]})";

/// a is 1 2 3 4, b is 1 -2 0.5; b begins at the next multiple of 64.
std::string good_file() {
  std::string body = text_of({1, 2, 3, 4});
  body.resize(64);
  body += std::string("\x00\x3c\x00\xc0\x00\x38", 6);
  return file_of(kHeader, body);
}

std::string problem_of(const std::string& bytes) {
  const auto file = read_weight_file(bytes);
  return file ? "" : file.error().message;
}

TEST(WeightFile, HoldsTensorsOfBothTypesAndTheShapeOfTheNetwork) {
  const auto file = read_weight_file(good_file());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->network, "net");
  EXPECT_THAT(file->configuration.at("steps"), ElementsAre(4));
  EXPECT_THAT(file->configuration.at("stacked"), ElementsAre(1, 3));
  EXPECT_THAT(file->tensors.at("a").shape, ElementsAre(2, 2));
  EXPECT_THAT(file->tensors.at("a").values, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(file->tensors.at("b").values, ElementsAre(1, -2, 0.5F));
}

TEST(WeightFile, RefusesEveryFileThatIsCutShortOrLonger) {
  const std::string whole = good_file();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_THAT(problem_of(whole.substr(0, length)), HasSubstr(length < 24 ? "not a" : "damaged"))
        << length;
  }
  EXPECT_THAT(problem_of(whole + "x"), HasSubstr("damaged"));
}

TEST(WeightFile, NamesWhatIsWrong) {
  const auto with = [](const std::string& tensors) {
    return file_of(R"({"network":"net","configuration":{},"tensors":[)" + tensors + "]}",
                   text_of({1, 2}));
  };
  const std::string a = R"({"name":"a","shape":[2],"type":"float32"})";
  EXPECT_EQ(problem_of(with(a)), "");
  EXPECT_THAT(problem_of(with(R"({"name":"a","shape":[3],"type":"float32"})")),
              HasSubstr("\"a\" is empty or reaches beyond the end"));
  EXPECT_THAT(problem_of(with(R"({"name":"a","shape":[0],"type":"float32"})")),
              HasSubstr("\"a\" is empty"));
  EXPECT_THAT(
      problem_of(with(R"({"name":"a","shape":[4294967296,4294967296,2],"type":"float32"})")),
      HasSubstr("\"a\" is empty or reaches beyond the end"));
  EXPECT_THAT(problem_of(with(R"({"name":"a","shape":[1],"type":"float32"})")),
              HasSubstr("bytes after its end"));
  EXPECT_THAT(problem_of(with(R"({"name":"a","shape":[-2],"type":"float32"})")), HasSubstr("-2"));
  EXPECT_THAT(problem_of(with(R"({"name":"a","shape":[2],"type":"int8"})")),
              HasSubstr("unknown type"));
  EXPECT_THAT(problem_of(with(a + "," + a)), HasSubstr("\"a\""));
  EXPECT_THAT(problem_of(file_of("{}", "")), HasSubstr("network"));
  EXPECT_THAT(problem_of(file_of(R"({"network":"net","configuration":{},"tensors":[)" + a + "]}",
                                 text_of({1, std::numeric_limits<float>::infinity()}))),
              HasSubstr("\"a\" holds values that are not finite"));

  std::string newer = good_file();
  newer[8] = 2;
  EXPECT_THAT(problem_of(newer), HasSubstr("version 2"));
}

}  // namespace
}  // namespace everyface
