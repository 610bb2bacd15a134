// The files of a release without a database, and what is read of them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

#include "commons/release_builder.h"
#include "everyface/base/file.h"
#include "everyface/base/hash.h"
#include "everyface/commons/release_verify.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReleaseFilesTest : public ::testing::Test {
 protected:
  ReleaseFilesTest() {
    EXPECT_TRUE(ReleaseKey::create_file(folder_.path() / "key.pem").ok());
    settings_.name = "faces";
    settings_.site_url = "https://faces.example";
    content_.version = {1, 0};
    content_.date = "2026-11-25";
    for (const char* const name : {"aaaa", "bbbb"}) {
      ReleasedPhoto& photo = content_.photos.emplace_back();
      photo.name = name;
      photo.blob_key = name;
      photo.face = {1, 2, 3.5, 4};
      photo.subject = std::string("person of ") + name;
      photo.country = "KE";
      content_.people.push_back({"black", "woman", "18-24", "KE", ""});
    }
  }

  std::map<std::string, std::string> build(const std::string& into) {
    const auto key = ReleaseKey::open(folder_.path() / "key.pem");
    const std::filesystem::path folder = folder_.path() / into;
    std::filesystem::create_directories(folder);
    const auto files = build_release(
        {settings_, content_, *key, "the licence", folder,
         [](const ReleasedPhoto& photo) { return Result<std::string>("bytes of " + photo.name); }});
    EXPECT_TRUE(files.ok()) << files.error().message;
    std::map<std::string, std::string> digests;
    for (const ReleaseFile& file : *files) {
      digests[file.name] = file.sha256;
    }
    return digests;
  }

  testing::TemporaryFolder folder_;
  ReleaseSettings settings_;
  ReleaseContent content_;
};

TEST_F(ReleaseFilesTest, TheSameContentGivesTheSameBytesAnywhereAtAnyTime) {
  ::setenv("TZ", "Pacific/Auckland", 1);  // NOLINT(concurrency-mt-unsafe)
  ::tzset();
  const auto first = build("first");
  ::setenv("TZ", "America/Anchorage", 1);  // NOLINT(concurrency-mt-unsafe)
  ::tzset();
  const auto second = build("second");
  ::unsetenv("TZ");  // NOLINT(concurrency-mt-unsafe)
  ::tzset();
  EXPECT_EQ(first, second);
  EXPECT_TRUE(first.contains("faces-1.0.zip"));
  EXPECT_TRUE(first.contains("faces-1.0-000000.tar"));
}

TEST_F(ReleaseFilesTest, AFailureToFetchAPhotoIsTheBuildersError) {
  const auto key = ReleaseKey::open(folder_.path() / "key.pem");
  const auto files =
      build_release({settings_, content_, *key, "", folder_.path(), [](const ReleasedPhoto&) {
                       return Result<std::string>(Error{"gone", "overtaken"});
                     }});
  ASSERT_FALSE(files.ok());
  EXPECT_EQ(files.error().code, "overtaken");
}

TEST_F(ReleaseFilesTest, ACountryOfFewPeopleIsLeftOut) {
  content_.photos[1].country = "TV";
  ReleaseContent two = content_;
  generalise(two, 1);
  EXPECT_EQ(two.photos[1].country, "TV");
  generalise(two, 2);
  EXPECT_EQ(two.photos[0].country, "");
  EXPECT_EQ(two.photos[1].country, "");
}

TEST_F(ReleaseFilesTest, MetadataSaysNothingWhereThePersonDoesNot) {
  content_.photos[0].groups = "undisclosed";
  content_.photos[0].gender = "woman";
  content_.photos[0].monk_tone = "7";
  content_.photos[0].subject = "s";
  EXPECT_THAT(metadata_csv(content_), HasSubstr("\nphotos/aaaa.jpg,1,2,3.5,4,s,,woman,,KE,7\n"));
}

TEST(Digests, AreReadAsSha256sumWritesThem) {
  const std::string digest(64, 'a');
  const auto lines = parse_digests(digest + "  photos/a b.jpg\n" + digest + " *other\n");
  ASSERT_TRUE(lines.ok());
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[0].name, "photos/a b.jpg");
  EXPECT_EQ((*lines)[1].name, "other");
  EXPECT_TRUE(parse_digests("").value().empty());
}

TEST(Digests, NothingElseIsRead) {
  const std::string digest(64, 'a');
  for (const std::string& text : std::vector<std::string>{
           std::string("x"), digest, digest + "  ", digest + " name",
           std::string(64, 'A') + "  name", std::string(63, 'a') + "   name",
           digest + "  /etc/passwd", digest + "  ../name", digest + "  a/../b", digest + "  a//b",
           digest + "  ./a", digest + "  a\\b", digest + std::string("  a\0b", 5),
           digest + "  a\n" + digest + "  a\n", "\n"}) {
    EXPECT_FALSE(parse_digests(text).ok()) << text;
  }
  EXPECT_THAT(parse_digests(digest + "  a\nx\n").error().message, HasSubstr("line 2"));
}

}  // namespace
}  // namespace everyface
