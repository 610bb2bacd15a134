// Which files are taken for photos.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "everyface/base/file.h"
#include "everyface/image/photo.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

std::vector<std::string> names_of(const FoundPhotos& found) {
  std::vector<std::string> names;
  for (const FoundPhoto& photo : found.photos) {
    names.push_back(photo.name);
  }
  return names;
}

TEST(FindPhotos, WalksFoldersSortedAndReportsWhatItCannotFollow) {
  const TemporaryFolder folder;
  const auto& root = folder.path();
  for (const std::string name : {"b.png", "sub/a.JPG", "sub/notes.txt", "zero.jpg"}) {
    ASSERT_TRUE(write_file_atomic(root / name, "x").ok());
  }
  std::filesystem::create_directory_symlink(root, root / "sub" / "back");
  std::filesystem::create_symlink("nowhere", root / "dangling.png");
  std::filesystem::create_symlink("circle.png", root / "circle.png");
  std::filesystem::create_directories(root / "folder.jpg");

  const FoundPhotos found = find_photos({root, root / "absent", root / "sub" / "notes.txt"});
  EXPECT_THAT(names_of(found),
              ::testing::ElementsAre("b.png", "sub/a.JPG", "zero.jpg", "notes.txt"));
  std::string problems;
  for (const std::string& problem : found.problems) {
    problems += problem + "\n";
  }
  EXPECT_THAT(problems, HasSubstr("makes a loop"));
  EXPECT_THAT(problems, HasSubstr("dangling.png"));
  EXPECT_THAT(problems, HasSubstr("circle.png"));
  EXPECT_THAT(problems, HasSubstr("absent: no such file or folder"));
  EXPECT_EQ(found.problems.size(), 4U);
}

TEST(FindPhotos, PassesOverTheFolderToSkipAndWhatStudiesLeft) {
  using ::testing::ElementsAre;
  const TemporaryFolder folder;
  const auto& root = folder.path();
  for (const std::string name : {"a.png", "out/b.png", "study/c.png", "study/run.json",
                                 "study/results.jsonl", "half/d.png", "half/run.json"}) {
    ASSERT_TRUE(write_file_atomic(root / name, "x").ok());
  }
  std::filesystem::create_directory_symlink("out", root / "link");
  EXPECT_THAT(names_of(find_photos({root})),
              ElementsAre("a.png", "half/d.png", "link/b.png", "out/b.png"));
  EXPECT_THAT(names_of(find_photos({root}, root / "half" / ".." / "out" / "")),
              ElementsAre("a.png", "half/d.png"));
  EXPECT_THAT(names_of(find_photos({root}, root / "absent")),
              ElementsAre("a.png", "half/d.png", "link/b.png", "out/b.png"));
  // Named, they are walked.
  EXPECT_THAT(names_of(find_photos({root / "study", root / "out"}, root / "out")),
              ElementsAre("c.png", "b.png"));
}

TEST(FindPhotos, CountsPicturesOfOtherKinds) {
  const TemporaryFolder folder;
  for (const std::string name : {"a.png", "b.GIF", "sub/c.heic", "sub/d.nef", "e.txt"}) {
    ASSERT_TRUE(write_file_atomic(folder.path() / name, "x").ok());
  }
  const FoundPhotos found = find_photos({folder.path()});
  EXPECT_EQ(found.other_files, 3U);
  EXPECT_EQ(found.photos.size(), 1U);
  EXPECT_TRUE(found.problems.empty());
}

TEST(FindPhotos, DoesNotTakeResultsForPhotos) {
  const TemporaryFolder folder;
  const auto& root = folder.path();
  for (const std::string name :
       {"a.png", "out/a.png", "run/run.json", "run/results.jsonl", "run/pictures/x.jpg"}) {
    ASSERT_TRUE(write_file_atomic(root / name, "x").ok());
  }
  EXPECT_EQ(find_photos({root}).photos.size(), 2U) << "a.png and out/a.png";
  EXPECT_EQ(find_photos({root}, root / "out").photos.size(), 1U);
  EXPECT_EQ(find_photos({root / "out"}, root / "out").photos.size(), 1U) << "named as input";
}

}  // namespace
}  // namespace everyface
