// The real data sets beside the repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "dataset/name_labels.h"
#include "tests/dataset/support.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Dataset shared(const std::string& kind) {
  return testing::open(kind, testing::shared_folder() / "data" / kind);
}

/// How many faces have each value of a group.
std::map<std::string, int> counts(const Dataset& data, const std::string& group) {
  std::map<std::string, int> all;
  for (const Record& one : data.records) {
    for (const LabelledFace& face : one.faces) {
      if (const auto value = face.groups.find(group); value != face.groups.end()) {
        ++all[value->second];
      }
    }
  }
  return all;
}

/// Faces in all records, none of which may have an error.
std::size_t all_faces(const Dataset& data) {
  std::size_t faces = 0;
  for (const Record& one : data.records) {
    EXPECT_EQ(one.error, "");
    faces += one.faces.size();
  }
  EXPECT_THAT(data.problems, IsEmpty());
  return faces;
}

TEST(SharedData, Darkface) {
  EVERYFACE_NEEDS_SHARED("data/darkface");
  const Dataset data = shared("darkface");
  EXPECT_EQ(data.records.size(), 11U);
  EXPECT_EQ(all_faces(data), 11U);
  std::vector<std::string> labelled;
  for (const Record& one : data.records) {
    if (one.labelled) {
      labelled.push_back(one.name);
    }
  }
  EXPECT_THAT(labelled, ElementsAre("image/11.png", "image/4.png", "image/5.png"));
}

TEST(SharedData, Utkface) {
  EVERYFACE_NEEDS_SHARED("data/utkface");
  const Dataset data = shared("utkface");
  EXPECT_EQ(data.records.size(), 10650U);
  EXPECT_EQ(all_faces(data), 10650U);
  EXPECT_EQ(data.pad_px, 60);
  EXPECT_EQ(
      counts(data, "race"),
      (std::map<std::string, int>{
          {"White", 4505}, {"Black", 2041}, {"Asian", 1533}, {"Indian", 1795}, {"Others", 776}}));
  EXPECT_EQ(counts(data, "gender"), (std::map<std::string, int>{{"male", 5605}, {"female", 5045}}));
  EXPECT_EQ(counts(data, "age").size(), 9U);
}

// The race codes of the earlier study are of other photos of the set; each is one that we know.
TEST(SharedData, UtkfaceRacesHaveTheCodesOfTheEarlierStudy) {
  EVERYFACE_NEEDS_SHARED("data/seed_results/race_test_cases.txt");
  std::ifstream file(testing::shared_folder() / "data/seed_results/race_test_cases.txt");
  std::set<std::string> races;
  for (std::string code; file >> code;) {
    const auto face = dataset::parse_utkface_name("30_0_" + code + "_2017.jpg");
    ASSERT_TRUE(face) << face.error().message;
    races.insert(face->groups.at("race"));
  }
  EXPECT_EQ(races.size(), 5U);
}

TEST(SharedData, WiderSample) {
  EVERYFACE_NEEDS_SHARED("data/wider");
  const Dataset data = shared("wider");
  EXPECT_EQ(data.records.size(), 100U);
  EXPECT_EQ(all_faces(data), 2656U);
  EXPECT_THAT(data.group_names, ElementsAre("gender", "age", "skin"));
  EXPECT_EQ(counts(data, "skin"), (std::map<std::string, int>{{"I", 255},
                                                              {"II", 86},
                                                              {"III", 32},
                                                              {"IV", 12},
                                                              {"V", 12},
                                                              {"VI", 10},
                                                              {"Not Sure", 141}}));
  for (const Record& one : data.records) {
    for (const LabelledFace& face : to_pixels(one, 416, 416)) {
      ASSERT_TRUE(face.box);
      EXPECT_GE(face.box->x1, -1);
      EXPECT_LE(face.box->y2, 417);
    }
  }
}

TEST(SharedData, WiderSampleIsYoloToo) {
  EVERYFACE_NEEDS_SHARED("data/wider");
  const Dataset data = testing::open("yolo", testing::shared_folder() / "data/wider");
  EXPECT_EQ(all_faces(data), 2656U);
}

TEST(SharedData, Lfw) {
  EVERYFACE_NEEDS_SHARED("data/lfw");
  const Dataset data = shared("lfw");
  EXPECT_EQ(data.records.size(), 2320U);
  EXPECT_EQ(all_faces(data), 2320U);
  std::set<std::string> people;
  for (const Record& one : data.records) {
    people.insert(one.faces.at(0).subject.value());
  }
  EXPECT_EQ(people.size(), 1241U);
}

// 7, 12, 12, 14 and 19 lights are the published sizes of the subsets, for each of ten people.
TEST(SharedData, YalebHasThePublishedSubsets) {
  EVERYFACE_NEEDS_SHARED("data/yaleb");
  const Dataset data = shared("yaleb");
  EXPECT_EQ(all_faces(data), 640U);
  EXPECT_EQ(counts(data, "light"),
            (std::map<std::string, int>{
                {"0-12", 70}, {"13-25", 120}, {"26-50", 120}, {"51-77", 140}, {"78+", 190}}));
}

TEST(SharedData, OrdinaryPhotos) {
  EVERYFACE_NEEDS_SHARED("data/photos");
  const Dataset data = testing::open("folder", testing::shared_folder() / "data/photos");
  EXPECT_EQ(data.records.size(), 300U);
}

}  // namespace
}  // namespace everyface
