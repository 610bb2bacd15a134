// Blobs, in a folder and in an S3-compatible store: the same tests for both.
#include "everyface/store/blobs.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <thread>

#include "everyface/base/file.h"
#include "tests/store/s3_server.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

enum class Where { kFolder, kS3 };

class BlobsTest : public ::testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    if (GetParam() == Where::kFolder) {
      keep(open_folder_blobs(folder_.path() / "blobs"));
    } else if (const std::string why = testing::S3Server::unavailable(); !why.empty()) {
      GTEST_SKIP() << why;
    } else {
      testing::S3Server& server = testing::S3Server::running();
      server.reset();
      keep(open_s3_blobs(server.options()));
    }
  }

  BlobStore& blobs() { return *blobs_; }
  [[nodiscard]] std::filesystem::path file(const char* name) const { return folder_.path() / name; }

  std::string content(std::string_view key) {
    auto bytes = blobs().get(key, 64U << 20U);
    return bytes ? *bytes : bytes.error().code;
  }
  std::vector<std::string> keys(std::string_view prefix) {
    std::vector<std::string> found;
    const auto listed =
        blobs().list(prefix, [&](const BlobEntry& entry) { found.push_back(entry.key); });
    EXPECT_TRUE(listed) << listed.error().message;
    return found;
  }
  std::string range(std::string_view key, std::uint64_t offset,
                    std::optional<std::uint64_t> length) {
    std::string bytes;
    const auto read = blobs().read(key, offset, length, [&](std::string_view piece) {
      bytes += piece;
      return true;
    });
    return read ? bytes : read.error().code;
  }

 private:
  void keep(Result<std::unique_ptr<BlobStore>> opened) {
    ASSERT_TRUE(opened) << opened.error().message;
    blobs_ = std::move(*opened);
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<BlobStore> blobs_;
};

INSTANTIATE_TEST_SUITE_P(In, BlobsTest, ::testing::Values(Where::kFolder, Where::kS3),
                         [](const ::testing::TestParamInfo<Where>& tested) {
                           return tested.param == Where::kFolder ? "folder" : "s3";
                         });

TEST_P(BlobsTest, WhatIsPutIsThereUntilItIsRemoved) {
  const std::string bytes("a\0b\xff", 4);
  EXPECT_EQ(content("photos/1.webp"), "blob_missing");
  ASSERT_TRUE(blobs().put("photos/1.webp", bytes));
  EXPECT_EQ(content("photos/1.webp"), bytes);
  ASSERT_TRUE(blobs().put("photos/1.webp", "other")) << "what was there is replaced";
  EXPECT_EQ(content("photos/1.webp"), "other");
  ASSERT_TRUE(blobs().put("photos/empty", ""));
  EXPECT_EQ(content("photos/empty"), "");
  ASSERT_TRUE(blobs().remove("photos/1.webp"));
  EXPECT_EQ(content("photos/1.webp"), "blob_missing");
  EXPECT_TRUE(blobs().remove("photos/1.webp")) << "removing what is not there is no error";
}

TEST_P(BlobsTest, FindKnowsSizeAndTime) {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  ASSERT_TRUE(blobs().put("a", "12345"));
  const auto found = blobs().find("a");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->key, "a");
  EXPECT_EQ((*found)->bytes, 5U);
  EXPECT_NEAR(static_cast<double>((*found)->modified_ms), static_cast<double>(now), 3'600'000.0);
  EXPECT_FALSE(*blobs().find("b"));
}

TEST_P(BlobsTest, RangesAreReadWithinTheBlob) {
  ASSERT_TRUE(blobs().put("a", "0123456789"));
  EXPECT_EQ(range("a", 0, std::nullopt), "0123456789");
  EXPECT_EQ(range("a", 3, 4), "3456");
  EXPECT_EQ(range("a", 8, 100), "89");
  EXPECT_EQ(range("a", 8, std::nullopt), "89");
  EXPECT_EQ(range("a", 10, std::nullopt), "") << "the end is within";
  EXPECT_EQ(range("a", 4, 0), "");
  EXPECT_EQ(range("a", 11, std::nullopt), "blob_range");
  EXPECT_EQ(range("b", 0, 1), "blob_missing");
  EXPECT_EQ(range("a", 1, std::numeric_limits<std::uint64_t>::max()), "123456789");
}

TEST_P(BlobsTest, AReaderMayStop) {
  ASSERT_TRUE(blobs().put("a", std::string(1U << 20U, 'x')));
  const auto read = blobs().read("a", 0, std::nullopt, [](std::string_view) { return false; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "blob_aborted");
  const auto too_large = blobs().get("a", 1000);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, "blob_too_large");
}

TEST_P(BlobsTest, LargeFilesGoInAndOut) {
  std::string bytes(12U << 20U, '\0');  // on S3: three parts, the last of them smaller
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 2654435761U >> 13U);
  }
  ASSERT_TRUE(write_file_atomic(file("in"), bytes));
  const auto put = blobs().put_file("releases/1/photos-000.tar", file("in"));
  ASSERT_TRUE(put) << put.error().message;
  const auto got = blobs().get_file("releases/1/photos-000.tar", file("out"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(*read_file(file("out")) == bytes);
  ASSERT_TRUE(blobs().put_file("small", file("in"))) << "and small ones";
  const auto missing = blobs().put_file("x", file("nowhere"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("nowhere"));
  EXPECT_FALSE(blobs().get_file("no", file("no")));
  EXPECT_FALSE(std::filesystem::exists(file("no")));
}

TEST_P(BlobsTest, ListsByPrefix) {
  for (const char* key : {"b/2", "b/1", "b/10/x", "a", "b.txt", "c/1"}) {
    ASSERT_TRUE(blobs().put(key, "x"));
  }
  EXPECT_THAT(keys(""), UnorderedElementsAre("a", "b.txt", "b/1", "b/10/x", "b/2", "c/1"));
  EXPECT_THAT(keys("b"), UnorderedElementsAre("b.txt", "b/1", "b/10/x", "b/2"));
  EXPECT_THAT(keys("b/1"), UnorderedElementsAre("b/1", "b/10/x"));
  EXPECT_THAT(keys("b/10/"), UnorderedElementsAre("b/10/x"));
  EXPECT_THAT(keys("nothing/"), IsEmpty());
}

TEST_P(BlobsTest, OnlySafeKeysAreTaken) {
  for (const std::string_view key : {"", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", ".", "a b",
                                     "a\\b", "\xc3\xa9", "a\nb", "a?b", "a%2fb"}) {
    const auto put = blobs().put(key, "x");
    ASSERT_FALSE(put) << key;
    EXPECT_EQ(put.error().code, "blob_key");
    EXPECT_EQ(content(key), "blob_key");
    EXPECT_FALSE(blobs().remove(key));
    EXPECT_FALSE(blobs().find(key));
  }
  EXPECT_TRUE(check_blob_key(std::string(200, 'a') + "/" + std::string(200, 'b')));
  EXPECT_FALSE(check_blob_key(std::string(201, 'a')));
  EXPECT_FALSE(check_blob_key(std::string(256, 'a') + "/" + std::string(256, 'b')));
}

TEST_P(BlobsTest, OrphansAreFoundAndRemoved) {
  for (const char* key : {"photos/kept", "photos/orphan", "photos/recent", "other/orphan"}) {
    ASSERT_TRUE(blobs().put(key, "x"));
  }
  constexpr auto kAll = std::numeric_limits<std::int64_t>::max();
  const ReferencedBlobs referenced =
      [](std::span<const std::string> asked) -> Result<std::vector<bool>> {
    std::vector<bool> known;
    for (const std::string& key : asked) {
      known.push_back(key != "photos/orphan");
    }
    return known;
  };
  const auto young = sweep_orphans(blobs(), "photos/", 0, referenced, true);
  ASSERT_TRUE(young);
  EXPECT_EQ(young->seen, 3U);
  EXPECT_THAT(young->orphans, IsEmpty()) << "all were written after 1970";
  const auto shown = sweep_orphans(blobs(), "photos/", kAll, referenced, false);
  ASSERT_TRUE(shown);
  ASSERT_EQ(shown->orphans.size(), 1U);
  EXPECT_EQ(shown->orphans[0].key, "photos/orphan");
  EXPECT_EQ(content("photos/orphan"), "x") << "only shown";
  ASSERT_TRUE(sweep_orphans(blobs(), "photos/", kAll, referenced, true));
  EXPECT_THAT(keys(""), UnorderedElementsAre("other/orphan", "photos/kept", "photos/recent"));
  const auto unsure = sweep_orphans(
      blobs(), "", kAll,
      [](std::span<const std::string>) -> Result<std::vector<bool>> { return Error{"no answer"}; },
      true);
  EXPECT_FALSE(unsure);
  EXPECT_EQ(keys("").size(), 3U) << "in doubt, nothing is removed";
}

TEST_P(BlobsTest, ReadersSeeTheOldOrTheNewContent) {
  const std::string old_bytes(300'000, 'o');
  const std::string new_bytes(200'000, 'n');
  ASSERT_TRUE(blobs().put("a", old_bytes));
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(blobs().put("a", i % 2 == 0 ? new_bytes : old_bytes));
    }
  });
  for (int i = 0; i < 20; ++i) {
    if (GetParam() == Where::kFolder) {  // s3rver itself writes in place
      const std::string bytes = content("a");
      EXPECT_TRUE(bytes == old_bytes || bytes == new_bytes) << bytes.size();
    }
  }
  writer.join();
  EXPECT_EQ(content("a"), old_bytes);
}

TEST(FolderBlobsTest, WhatAKilledWriterLeftIsNoBlobAndIsRemoved) {
  const testing::TemporaryFolder folder;
  const auto blobs = open_folder_blobs(folder.path());
  ASSERT_TRUE(blobs);
  const auto left = folder.path() / ".incoming" / "half";
  const auto fresh = folder.path() / ".incoming" / "under-way";
  std::ofstream(left) << "x";
  std::ofstream(fresh) << "x";
  std::filesystem::last_write_time(
      left, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));
  const auto day_ago = std::chrono::system_clock::now() - std::chrono::hours(24);
  const auto removed = (*blobs)->remove_leftovers(
      std::chrono::duration_cast<std::chrono::milliseconds>(day_ago.time_since_epoch()).count());
  ASSERT_TRUE(removed);
  EXPECT_EQ(*removed, 1);
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(fresh));
  int seen = 0;
  ASSERT_TRUE((*blobs)->list("", [&](const BlobEntry&) { ++seen; }));
  EXPECT_EQ(seen, 0);
}

TEST(FolderBlobsTest, SaysWhyItCannotWrite) {
  const testing::TemporaryFolder folder;
  auto blobs = open_folder_blobs(folder.path());
  ASSERT_TRUE(blobs);
  ASSERT_TRUE((*blobs)->put("a", "x"));
  const auto below = (*blobs)->put("a/b", "x");
  ASSERT_FALSE(below);
  EXPECT_EQ(below.error().code, "blob_unavailable");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / ".incoming"));
}

}  // namespace
}  // namespace everyface
