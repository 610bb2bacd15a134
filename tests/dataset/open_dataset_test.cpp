// Data sets on disk: layouts, what is left out and why, names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "everyface/base/text.h"
#include "tests/dataset/support.h"

namespace everyface {
namespace {

using ::testing::Contains;
using testing::DataFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names(const Dataset& data) {
  std::vector<std::string> all;
  for (const Record& one : data.records) {
    all.push_back(one.name);
  }
  return all;
}

TEST(DatasetKinds, AreTheEightWithHelp) {
  std::vector<std::string> all;
  for (const DatasetKind& kind : dataset_kinds()) {
    all.push_back(kind.name);
    EXPECT_FALSE(kind.summary.empty()) << kind.name;
    EXPECT_FALSE(kind.layout.empty()) << kind.name;
  }
  EXPECT_THAT(all,
              ElementsAre("darkface", "wider", "yolo", "utkface", "lfw", "yaleb", "csv", "folder"));
}

TEST(OpenDataset, UnknownKindNamesTheNearest) {
  EXPECT_THAT(testing::refusal("utkfaces", "."), HasSubstr("did you mean utkface?"));
  EXPECT_THAT(testing::refusal("", "."), HasSubstr("The kinds are: darkface, wider"));
}

TEST(OpenDataset, MissingPathsFilesAndEmptyFoldersAreRefusedByEveryKind) {
  const DataFolder folder;
  folder.write("file.txt", "");
  for (const DatasetKind& kind : dataset_kinds()) {
    EXPECT_THAT(testing::refusal(kind.name, folder.path() / "gone"), HasSubstr("gone: no such"))
        << kind.name;
    EXPECT_NE(testing::refusal(kind.name, folder.path()), "opened") << kind.name;
    EXPECT_NE(testing::refusal(kind.name, folder.path() / "file.txt"), "opened") << kind.name;
  }
}

TEST(OpenDataset, BorderIsTheKindsOrTheOptions) {
  const DataFolder folder;
  folder.photo("1_0_0_2017.jpg");
  EXPECT_EQ(open_dataset("utkface", folder.path(), {.pad_px = 0})->pad_px, 0);
  EXPECT_EQ(open_dataset("folder", folder.path(), {.pad_px = 7})->pad_px, 7);
  EXPECT_EQ(open_dataset("folder", folder.path())->pad_px, 0);
  EXPECT_FALSE(open_dataset("folder", folder.path(), {.pad_px = -2}));
}

TEST(Folder, RecordsAreUnlabelledSortedByNameBytes) {
  const DataFolder folder;
  for (const char* name : {"10.png", "2.png", "B.png", "a.png", "sub/1.jpg"}) {
    folder.photo(name);
  }
  folder.write("notes.txt", "");
  const Dataset data = testing::open("folder", folder.path());
  EXPECT_THAT(names(data), ElementsAre("10.png", "2.png", "B.png", "a.png", "sub/1.jpg"));
  EXPECT_EQ(data.records[4].file, folder.path() / "sub" / "1.jpg");
  for (const Record& one : data.records) {
    EXPECT_FALSE(one.labelled);
  }
  EXPECT_THAT(data.group_names, IsEmpty());
}

TEST(Folder, PicturesOfKindsNotReadAreCounted) {
  const DataFolder folder;
  folder.photo("a.png");
  folder.write("b.heic", "");
  folder.write("sub/c.GIF", "");
  EXPECT_THAT(testing::open("folder", folder.path()).problems,
              ElementsAre(HasSubstr(": 2 left out (GIF, HEIC")));
}

TEST(Folder, TrailingSlashChangesNothing) {
  const DataFolder folder;
  folder.photo("image/1.png");
  folder.write("label/1.txt", "0\n");
  const Dataset data = testing::open("darkface", folder.path().string() + "/");
  EXPECT_THAT(names(data), ElementsAre("image/1.png"));
  EXPECT_EQ(data.root, folder.path());
}

TEST(Folder, SymbolicLinkLoopsAreProblems) {
  const DataFolder folder;
  folder.photo("a.png");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "again");
  std::filesystem::create_symlink("self.png", folder.path() / "self.png");
  const Dataset data = testing::open("folder", folder.path());
  EXPECT_THAT(names(data), ElementsAre("a.png"));
  EXPECT_THAT(data.problems, Contains(HasSubstr("again")));
  EXPECT_THAT(data.problems, Contains(HasSubstr("self.png")));
}

TEST(Folder, NamesAreValidUtf8AndUniqueWhileFilesStayAsTheyAre) {
  const DataFolder folder;
  folder.photo("a\xff.png");
  folder.photo("a\xfe.png");
  folder.photo("a\xef\xbf\xbd.png");
  const Dataset data = testing::open("folder", folder.path());
  ASSERT_EQ(data.records.size(), 3U);
  std::set<std::string> unique;
  std::set<std::filesystem::path> files;
  for (const Record& one : data.records) {
    EXPECT_EQ(one.name, to_valid_utf8(one.name));
    EXPECT_TRUE(std::filesystem::exists(one.file));
    unique.insert(one.name);
    files.insert(one.file);
  }
  EXPECT_EQ(unique.size(), 3U);
  EXPECT_EQ(files.size(), 3U);
  EXPECT_TRUE(std::is_sorted(data.records.begin(), data.records.end(),
                             [](const Record& a, const Record& b) { return a.name < b.name; }));
}

TEST(Darkface, LabelsBelongToThePhotoOfTheirName) {
  const DataFolder folder;
  folder.photo("image/1.png");
  folder.photo("image/2.png");
  folder.photo("image/3.png");
  folder.photo("image/sub/4.png");
  folder.write("label/1.txt", "1\n1 2 3 4\n");
  folder.write("label/2.txt", "2\n1 2 3 4\n");
  folder.write("label/sub/4.txt", "0\n");
  folder.write("label/9.txt", "0\n");
  const Dataset data = testing::open("darkface", folder.path());
  EXPECT_THAT(names(data),
              ElementsAre("image/1.png", "image/2.png", "image/3.png", "image/sub/4.png"));
  EXPECT_TRUE(data.records[0].labelled);
  EXPECT_FALSE(data.records[0].normalised_boxes);
  ASSERT_EQ(data.records[0].faces.size(), 1U);
  EXPECT_FALSE(data.records[1].labelled);
  EXPECT_THAT(data.records[1].error, HasSubstr("label/2.txt line 1: the count says 2"));
  EXPECT_FALSE(data.records[2].labelled);
  EXPECT_EQ(data.records[2].error, "");
  EXPECT_TRUE(data.records[3].labelled);
  EXPECT_THAT(data.problems, ElementsAre(HasSubstr("label/9.txt: no photo goes with")));
}

TEST(Darkface, LabelThatCannotBeReadIsAnErrorNotAnUnlabelledPhoto) {
  const DataFolder folder;
  folder.photo("image/1.png");
  folder.photo("image/2.png");
  folder.photo("image/3.png");
  std::filesystem::create_directories(folder.path() / "label" / "1.txt");
  std::filesystem::create_symlink("2.txt", folder.path() / "label" / "2.txt");
  folder.write("label/3.txt", "0\n" + std::string((4U << 20U) + 1, '\n'));
  const Dataset data = testing::open("darkface", folder.path());
  EXPECT_THAT(data.records[0].error, HasSubstr("directory"));
  EXPECT_THAT(data.records[1].error, HasSubstr("loop"));
  EXPECT_THAT(data.records[2].error, HasSubstr("limit"));
}

TEST(Darkface, WithoutLabelFolderNothingIsLabelledAndThatIsSaid) {
  const DataFolder folder;
  folder.photo("image/1.png");
  const Dataset data = testing::open("darkface", folder.path());
  ASSERT_EQ(data.records.size(), 1U);
  EXPECT_FALSE(data.records[0].labelled);
  EXPECT_THAT(data.problems, ElementsAre(HasSubstr("no photo is labelled")));
}

TEST(Yolo, ThreeLayoutsGiveTheSameFaces) {
  for (const auto& [photos, labels] :
       {std::pair("images/", "labels/"), std::pair("image/", "label/"), std::pair("", "")}) {
    const DataFolder folder;
    folder.photo(std::string(photos) + "train/a.jpg");
    folder.photo(std::string(photos) + "b.jpg");
    folder.write(std::string(labels) + "train/a.txt", "0 0.5 0.5 0.5 1\n");
    folder.write(std::string(labels) + "classes.txt", "face\n");
    const Dataset data = testing::open("yolo", folder.path());
    ASSERT_EQ(data.records.size(), 2U) << photos;
    EXPECT_THAT(data.problems, IsEmpty()) << photos;
    const Record a = testing::record(data, std::string(photos) + "train/a.jpg");
    ASSERT_EQ(a.faces.size(), 1U) << photos;
    EXPECT_TRUE(a.normalised_boxes);
    EXPECT_EQ(a.faces[0].box, (Box{0.25, 0, 0.75, 1}));
    EXPECT_FALSE(testing::record(data, std::string(photos) + "b.jpg").labelled) << photos;
  }
}

TEST(Yolo, PhotosWithoutOneLabelFileAreRefused) {
  const DataFolder folder;
  folder.photo("a.jpg");
  EXPECT_THAT(testing::refusal("yolo", folder.path()), HasSubstr("no photo has a label file"));
}

TEST(ToPixels, ScalesNormalisedBoxesOnly) {
  Record one;
  LabelledFace face;
  face.box = Box{0.25, 0.5, 0.75, 1};
  face.groups = {{"skin", "V"}};
  one.faces = {face, LabelledFace{}};
  EXPECT_EQ(to_pixels(one, 400, 200)[0].box, (Box{0.25, 0.5, 0.75, 1}));
  one.normalised_boxes = true;
  const auto faces = to_pixels(one, 400, 200);
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_EQ(faces[0].box, (Box{100, 100, 300, 200}));
  EXPECT_EQ(faces[0].groups, face.groups);
  EXPECT_FALSE(faces[1].box);
}

}  // namespace
}  // namespace everyface
