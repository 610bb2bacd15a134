// WIDER FACE: the official lists and ground truth, and the sample with demographics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "dataset/demographics.h"
#include "dataset/wider_list.h"
#include "dataset/wider_mat.h"
#include "tests/dataset/support.h"

namespace everyface::dataset {
namespace {

using ::testing::Contains;
using testing::DataFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(WiderList, ReadsBoxesAttributesAndIgnoredFaces) {
  const auto entries = parse_wider_list(
      "0--Parade/a.jpg\n3\n"
      "10 20 30 40 2 1 1 0 1 1\n"
      "1 2 3 4 0 0 0 1 0 0 \n"
      "5 6 0 7 0 0 0 0 0 0\n"
      "9--Press/b.jpg\n1\n1 2 3 4\n",
      "list.txt");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].photo, "0--Parade/a.jpg");
  EXPECT_EQ(entries[0].error, "");
  ASSERT_EQ(entries[0].faces.size(), 3U);
  EXPECT_EQ(entries[0].faces[0].box, (Box{10, 20, 40, 60}));
  EXPECT_FALSE(entries[0].faces[0].ignored);
  EXPECT_EQ(entries[0].faces[0].groups, (Groups{{"blur", "heavy"},
                                                {"expression", "exaggerate"},
                                                {"illumination", "extreme"},
                                                {"occlusion", "partial"},
                                                {"pose", "atypical"}}));
  EXPECT_TRUE(entries[0].faces[1].ignored) << "flagged invalid";
  EXPECT_TRUE(entries[0].faces[2].ignored) << "no width";
  ASSERT_EQ(entries[1].faces.size(), 1U);
  EXPECT_TRUE(entries[1].faces[0].groups.empty());
}

TEST(WiderList, CountOfZeroMayHaveItsLineOfZeros) {
  const auto entries = parse_wider_list(
      "a/x.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \na/y.jpg\n0\na/z.jpg\n1\n1 2 3 4\n", "list.txt");
  ASSERT_EQ(entries.size(), 3U);
  for (const WiderEntry& entry : entries) {
    EXPECT_EQ(entry.error, "");
  }
  EXPECT_THAT(entries[0].faces, IsEmpty());
  EXPECT_THAT(entries[1].faces, IsEmpty());
  EXPECT_EQ(entries[2].faces.size(), 1U);
}

TEST(WiderList, GoesOnAfterAMalformedEntry) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"2\n1 2 3 4\n", "list.txt line 2: the count says 2 faces, but 1 lines follow"},
      {"1\n1 2 3 4\n5 6 7 8\n", "list.txt line 4: a line more than the count says"},
      {"0\n5 6 7 8\n", "list.txt line 3: a line more than the count says"},
      {"many\n1 2 3 4\n", "list.txt line 2: \"many\" is not a number of faces"},
      {"1e18\n1 2 3 4\n", "list.txt line 2: the count says 1e+18 faces"},
      {"-1\n", "list.txt line 2: \"-1\""},
      {"", "list.txt line 1: no count follows"},
      {"1\n1 2 3\n", "list.txt line 3: 3 values"},
      {"1\n1 2 x 4\n", "list.txt line 3: \"x\" is not a number"},
      {"1\n1 2 1e9 4\n", "list.txt line 3: 1e+09 is no position"},
      {"1\n1 2 3 4 3 0 0 0 0 0\n", "list.txt line 3: blur is 3, not 0 to 2"},
      {"1\n1 2 3 4 0.5 0 0 0 0 0\n", "list.txt line 3: blur is 0.5"},
      {"1\n1 2 3 4 0 0 0 2 0 0\n", "list.txt line 3: invalid is 2"},
  };
  for (const auto& [block, message] : cases) {
    const auto entries =
        parse_wider_list("a/x.jpg\n" + block + "a/y.jpg\n1\n1 2 3 4\n", "list.txt");
    ASSERT_EQ(entries.size(), 2U) << block;
    EXPECT_THAT(entries[0].error, HasSubstr(message)) << block;
    EXPECT_EQ(entries[1].error, "") << block;
    EXPECT_EQ(entries[1].faces.size(), 1U) << block;
  }
}

TEST(WiderList, TextBeforeTheFirstNameIsOneMalformedEntry) {
  const auto entries = parse_wider_list("1 2 3 4\n5\na/y.jpg\n0\n", "list.txt");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_THAT(entries[0].error, HasSubstr("list.txt line 1: \"1 2 3 4\" where a photo's name"));
  EXPECT_EQ(entries[1].error, "");
  EXPECT_THAT(parse_wider_list("", "list.txt"), IsEmpty());
}

TEST(WiderSubset, ReadsRowsFromOne) {
  const auto selections = parse_wider_subset("a/x.jpg\n2\n1\n3\na/y.jpg\n1\n0\n", "easy.txt");
  ASSERT_EQ(selections.size(), 2U);
  EXPECT_THAT(selections[0].faces, ElementsAre(0U, 2U));
  EXPECT_EQ(selections[0].listed_faces, WiderSelection::kUnknown);
  EXPECT_THAT(selections[1].error, HasSubstr("easy.txt line 7: \"0\" is not a row"));
}

/// A small official data set.
class OfficialWider : public ::testing::Test {
 protected:
  OfficialWider() {
    folder_.photo("WIDER_val/images/0--Parade/x.jpg");
    folder_.photo("WIDER_val/images/0--Parade/y.jpg");
    folder_.photo("WIDER_val/images/9--Press/z.jpg");
    list("wider_face_split/",
         "0--Parade/x.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n5 6 7 8 0 0 0 0 0 0\n"
         "0--Parade/y.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n");
  }
  void list(const std::string& where, const std::string& text) {
    folder_.write(where + "wider_face_val_bbx_gt.txt", text);
  }
  Dataset open() { return testing::open("wider", folder_.path()); }
  static Record find(const Dataset& data, const std::string& name) {
    return testing::record(data, "WIDER_val/images/" + name);
  }
  DataFolder folder_;
};

TEST_F(OfficialWider, ListedPhotosAreLabelledOthersNot) {
  const Dataset data = open();
  EXPECT_EQ(data.kind, "wider");
  EXPECT_THAT(data.problems, IsEmpty());
  ASSERT_EQ(data.records.size(), 3U);
  EXPECT_EQ(find(data, "0--Parade/x.jpg").faces.size(), 2U);
  EXPECT_TRUE(find(data, "0--Parade/y.jpg").labelled);
  EXPECT_THAT(find(data, "0--Parade/y.jpg").faces, IsEmpty());
  EXPECT_FALSE(find(data, "9--Press/z.jpg").labelled);
  EXPECT_THAT(data.group_names,
              ElementsAre("blur", "expression", "illumination", "occlusion", "pose"));
}

TEST_F(OfficialWider, FindsTheListInTheRootToo) {
  std::filesystem::remove_all(folder_.path() / "wider_face_split");
  EXPECT_THAT(testing::refusal("wider", folder_.path()), HasSubstr("wider_face_val_bbx_gt.txt"));
  list("", "9--Press/z.jpg\n1\n1 2 3 4\n");
  EXPECT_EQ(find(open(), "9--Press/z.jpg").faces.size(), 1U);
}

TEST_F(OfficialWider, ListedTwiceMissingOrOutsideTheFolder) {
  list("wider_face_split/",
       "0--Parade/x.jpg\n0\n0--Parade/x.jpg\n0\n9--Press/gone.jpg\n0\n"
       "../../../x.jpg\n0\n/etc/x.jpg\n0\n");
  const Dataset data = open();
  ASSERT_EQ(data.records.size(), 4U);
  EXPECT_THAT(find(data, "0--Parade/x.jpg").error, HasSubstr("line 3: the photo is listed twice"));
  EXPECT_THAT(find(data, "9--Press/gone.jpg").error, HasSubstr("line 5: there is no photo"));
  EXPECT_THAT(data.problems, ElementsAre(HasSubstr("line 7: \"../../../x.jpg\" is no photo's name"),
                                         HasSubstr("line 9: \"/etc/x.jpg\"")));
}

TEST_F(OfficialWider, PlainSubsetsMarkFaces) {
  folder_.write("wider_easy_val.txt", "0--Parade/x.jpg\n1\n2\n");
  folder_.write("ground_truth/wider_hard_val.txt", "0--Parade/x.jpg\n2\n1\n2\n");
  const Record marked = find(open(), "0--Parade/x.jpg");
  EXPECT_EQ(marked.error, "");
  ASSERT_EQ(marked.faces.size(), 2U);
  EXPECT_THAT(marked.faces[0].subsets, ElementsAre("hard"));
  EXPECT_THAT(marked.faces[1].subsets, ElementsAre("easy", "hard"));
}

TEST_F(OfficialWider, SubsetsThatDisagreeWithTheListAreErrors) {
  folder_.write("wider_easy_val.txt",
                "0--Parade/x.jpg\n1\n3\n0--Parade/y.jpg\n1\nx\n0--Parade/w.jpg\n1\n1\n");
  const Dataset data = open();
  EXPECT_THAT(find(data, "0--Parade/x.jpg").error,
              HasSubstr("face 3 of 0--Parade/x.jpg, which has 2"));
  EXPECT_THAT(find(data, "0--Parade/y.jpg").error, HasSubstr("wider_easy_val.txt line 6"));
  EXPECT_THAT(data.problems, ElementsAre(HasSubstr("lacks 0--Parade/w.jpg")));
}

/// Ground truth files in the official nesting, written by SciPy: one for each piece of Python,
/// which changes what is written. They lie in the folder as 0.mat, 1.mat, …; false where SciPy is
/// missing.
bool write_mats(const DataFolder& folder, const std::vector<std::string>& changes) {
  std::string script = R"(import sys
import numpy as np
from scipy.io import savemat

def cells(*items):
    out = np.empty((len(items), 1), dtype=object)
    for i, item in enumerate(items):
        out[i, 0] = item
    return out

def rows(*values):
    return np.array(values, dtype=np.float64).reshape(-1, 1)

def boxes(count):
    return np.arange(4.0 * count).reshape(count, 4)

def make(name, change):
    names = cells(cells('x', 'y'), cells('z'))
    rows_x_y = cells(rows(2), np.zeros((0, 0)))
    boxes_x_y = cells(boxes(2), boxes(0))
    mat = dict(event_list=cells('0--Parade', '9--Press'), file_list=names,
               gt_list=cells(rows_x_y, cells(np.zeros((0, 1)))),
               face_bbx_list=cells(boxes_x_y, cells(boxes(0))))
    scope = dict(globals(), mat=mat, names=names, rows_x_y=rows_x_y, boxes_x_y=boxes_x_y,
                 compress=True)
    exec(change, scope)
    savemat(name, mat, do_compression=scope['compress'])

)";
  for (std::size_t i = 0; i < changes.size(); ++i) {
    script +=
        "make(sys.argv[1] + '/" + std::to_string(i) + ".mat', \"\"\"" + changes[i] + "\"\"\")\n";
  }
  folder.write("make.py", script);
  const std::string path = folder.path().string();
  const std::string command = "/usr/bin/python3 '" + path + "/make.py' '" + path + "' 2>/dev/null";
  return std::system(command.c_str()) == 0;  // NOLINT(*-mt-unsafe)
}

/// Puts number `i` of the files in place.
void use_mat(const DataFolder& folder, std::size_t i, const std::string& name) {
  std::filesystem::copy_file(folder.path() / (std::to_string(i) + ".mat"), folder.path() / name,
                             std::filesystem::copy_options::overwrite_existing);
}

constexpr const char* kNeedsSciPy = "needs SciPy for /usr/bin/python3 (python3-scipy)";

TEST_F(OfficialWider, MatlabGroundTruthMarksFaces) {
  const std::vector<std::string> changes = {"", "compress = False",
                                            "rows_x_y[0, 0] = np.array([[2]], dtype=np.uint8)",
                                            "del mat['face_bbx_list']"};
  if (!write_mats(folder_, changes)) {
    GTEST_SKIP() << kNeedsSciPy;
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    use_mat(folder_, i, "wider_medium_val.mat");
    const Dataset data = open();
    const Record marked = find(data, "0--Parade/x.jpg");
    EXPECT_EQ(marked.error, "") << changes[i];
    ASSERT_EQ(marked.faces.size(), 2U) << changes[i];
    EXPECT_THAT(marked.faces[0].subsets, IsEmpty()) << changes[i];
    EXPECT_THAT(marked.faces[1].subsets, ElementsAre("medium")) << changes[i];
    EXPECT_EQ(find(data, "0--Parade/y.jpg").error, "") << changes[i];
    EXPECT_THAT(data.problems, IsEmpty()) << changes[i];
  }
}

TEST_F(OfficialWider, MatlabGroundTruthThatDisagreesIsAnErrorOfThePhoto) {
  const std::vector<std::string> changes = {"boxes_x_y[0, 0] = boxes(3)",
                                            "boxes_x_y[0, 0] = np.ones((1, 3))",
                                            "boxes_x_y[0, 0] = 'text'",
                                            "del mat['face_bbx_list']; rows_x_y[0, 0] = rows(3)",
                                            "rows_x_y[0, 0] = rows(0)",
                                            "rows_x_y[0, 0] = rows(1.5)",
                                            "rows_x_y[0, 0] = rows(float('nan'))",
                                            "rows_x_y[0, 0] = cells('a')",
                                            "mat['gt_list'] = cells()"};
  const std::vector<std::string> messages = {"3 faces in 0--Parade/x, but the list has 2",
                                             "no rows of four",
                                             "no rows of four",
                                             "face 3 of 0--Parade/x",
                                             "gt_list has 0",
                                             "gt_list has 1.5",
                                             "gt_list has nan",
                                             "gt_list has no list of rows",
                                             "gt_list has no list of rows"};
  if (!write_mats(folder_, changes)) {
    GTEST_SKIP() << kNeedsSciPy;
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    use_mat(folder_, i, "wider_medium_val.mat");
    EXPECT_THAT(find(open(), "0--Parade/x.jpg").error, HasSubstr(messages[i])) << changes[i];
  }
}

TEST_F(OfficialWider, MatlabGroundTruthOfAnotherShapeIsRefused) {
  folder_.write("wider_easy_val.mat", "not a MATLAB file at all");
  EXPECT_THAT(testing::refusal("wider", folder_.path()), HasSubstr("not a MATLAB file"));
  const std::vector<std::string> changes = {
      "del mat['gt_list']",     "mat['event_list'] = 'text'",
      "names[0, 0] = 'text'",   "mat['event_list'][0, 0] = np.ones((1, 1))",
      "names[0, 0][0, 0] = ''", "mat['file_list'] = names[:1]"};
  if (!write_mats(folder_, changes)) {
    GTEST_SKIP() << kNeedsSciPy;
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    use_mat(folder_, i, "wider_easy_val.mat");
    EXPECT_THAT(testing::refusal("wider", folder_.path()), HasSubstr("wider_easy_val.mat"))
        << changes[i];
  }
}

TEST_F(OfficialWider, TruncatedMatlabFileNeverCrashes) {
  if (!write_mats(folder_, {"compress = False"})) {
    GTEST_SKIP() << kNeedsSciPy;
  }
  const auto size = std::filesystem::file_size(folder_.path() / "0.mat");
  for (std::uintmax_t kept = 0; kept < size; kept += 97) {
    use_mat(folder_, 0, "cut.mat");
    std::filesystem::resize_file(folder_.path() / "cut.mat", kept);
    const auto read = read_wider_mat(folder_.path() / "cut.mat");
    if (!read) {
      EXPECT_THAT(read.error().message, HasSubstr("cut.mat"));
    }
  }
}

/// A small sample in YOLO form.
class WiderSample : public ::testing::Test {
 protected:
  WiderSample() {
    folder_.photo("image/a.jpg");
    folder_.photo("image/b.jpg");
    folder_.write("label/a.txt", "0 0.5 0.5 0.5 0.5\n0 0.25 0.5 0.5 0.5 -1 -1\n");
    folder_.write("label/b.txt", "0 0.5 0.5 0.5 0.5\n");
  }
  void demographics(const std::string& rows) {
    folder_.write("demographics.csv",
                  "image,perceived_gender,perceived_age,perceived_skin,face\n" + rows);
  }
  Dataset open() { return testing::open("wider", folder_.path()); }
  DataFolder folder_;
};

TEST_F(WiderSample, GivesFacesTheirPerceivedGroups) {
  demographics("a,Male,Not Sure,VI,1\nb.jpg,Female,,II,0\n");
  const Dataset data = open();
  EXPECT_THAT(data.group_names, ElementsAre("gender", "age", "skin"));
  const Record a = testing::record(data, "image/a.jpg");
  EXPECT_TRUE(a.normalised_boxes);
  ASSERT_EQ(a.faces.size(), 2U);
  EXPECT_THAT(a.faces[0].groups, IsEmpty());
  EXPECT_EQ(a.faces[1].groups, (Groups{{"gender", "Male"}, {"age", "Not Sure"}, {"skin", "VI"}}));
  EXPECT_EQ(testing::record(data, "image/b.jpg").faces.at(0).groups,
            (Groups{{"gender", "Female"}, {"skin", "II"}}));
}

TEST_F(WiderSample, NeedsNoDemographics) {
  const Dataset data = open();
  EXPECT_EQ(data.records.size(), 2U);
  EXPECT_THAT(data.group_names, IsEmpty());
}

TEST_F(WiderSample, MalformedDemographicsAreErrorsOfTheirPhoto) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a,Male,Adult,I,2\n", "line 2: face 2, counted from 0, of 2"},
      {"a,Male,Adult,I,-1\n", "line 2: face \"-1\""},
      {"a,Male,Adult,I,one\n", "line 2: face \"one\""},
      {"a,Male,Adult,I\n", "line 2: 4 fields under 5 columns"},
      {"a,Male,Adult,I,0\na,Male,Adult,I,0\n", "line 3: face 0 is described twice"},
      {"a,\"Male\"x,Adult,I,0\n", "line 2"},
  };
  for (const auto& [rows, message] : cases) {
    demographics(rows);
    const Dataset data = open();
    EXPECT_THAT(testing::record(data, "image/a.jpg").error, HasSubstr(message)) << rows;
    EXPECT_EQ(testing::record(data, "image/b.jpg").error, "") << rows;
  }
  demographics("c,Male,Adult,I,0\n");
  EXPECT_THAT(open().problems, Contains(HasSubstr("line 2: there is no photo \"c\"")));
  folder_.write("demographics.csv", "image,face\n");
  EXPECT_THAT(testing::refusal("wider", folder_.path()), HasSubstr("demographics.csv line 1"));
}

TEST(WiderLayout, OtherFoldersAreRefused) {
  const DataFolder folder;
  folder.photo("a.jpg");
  EXPECT_THAT(testing::refusal("wider", folder.path()), HasSubstr("not laid out as wider"));
}

}  // namespace
}  // namespace everyface::dataset
