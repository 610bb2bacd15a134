// CSV text and manifests.
#include "dataset/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataset/csv_text.h"
#include "tests/dataset/support.h"

namespace everyface::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CsvManifest manifest(std::string_view text) {
  auto read = parse_csv_manifest(text, "m.csv");
  if (!read) {
    ADD_FAILURE() << read.error().message;
    return {};
  }
  return std::move(*read);
}

std::string manifest_error(std::string_view text) {
  const auto read = parse_csv_manifest(text, "m.csv");
  return read ? "read" : read.error().message;
}

/// The error of the only photo.
std::string record_error(std::string_view text) {
  const CsvManifest read = manifest(text);
  EXPECT_EQ(read.records.size(), 1U);
  return read.records.empty() ? "" : read.records[0].error;
}

TEST(CsvText, SplitsFieldsAndUnquotes) {
  const auto rows = parse_csv("a,b,c\n\"1,5\",\"say \"\"hi\"\"\",\"two\nlines\"\n,,\n", "m.csv");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_THAT((*rows)[0].fields, ElementsAre("a", "b", "c"));
  EXPECT_THAT((*rows)[1].fields, ElementsAre("1,5", "say \"hi\"", "two\nlines"));
  EXPECT_THAT((*rows)[2].fields, ElementsAre("", "", ""));
  EXPECT_EQ((*rows)[2].line, 4U);
  EXPECT_EQ((*rows)[1].error, "");
}

TEST(CsvText, AcceptsByteOrderMarkCrlfBlankLinesAndNoLastLineEnd) {
  const auto rows = parse_csv(
      "\xef\xbb\xbf"
      "a,b\r\n\r\n\"x\",\"\"\r\n1,2",
      "m.csv");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_THAT((*rows)[0].fields, ElementsAre("a", "b"));
  EXPECT_THAT((*rows)[1].fields, ElementsAre("x", ""));
  EXPECT_EQ((*rows)[1].line, 3U);
  EXPECT_THAT((*rows)[2].fields, ElementsAre("1", "2"));
}

TEST(CsvText, TrailingCommaMeansAnEmptyLastField) {
  const auto rows = parse_csv("a,", "m.csv");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_THAT((*rows)[0].fields, ElementsAre("a", ""));
}

TEST(CsvText, MisplacedQuotesAreErrorsOfTheirRow) {
  const auto rows = parse_csv("\"a\"b,c\nd\"e,f\ng,h\n", "m.csv");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_THAT((*rows)[0].error, HasSubstr("follows a closing quote"));
  EXPECT_THAT((*rows)[1].error, HasSubstr("quote in the midst"));
  EXPECT_EQ((*rows)[2].error, "");
}

TEST(CsvText, QuoteThatNeverClosesNamesWhereItOpens) {
  const auto rows = parse_csv("a,b\nc,\"d\n\n", "m.csv");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().message, "m.csv line 2: the quote that opens here is never closed");
}

TEST(CsvManifest, BoxesSubjectsAndGroups) {
  const CsvManifest read = manifest(
      "region,path,x1,y1,x2,y2,subject,skin\n"
      "North,a.jpg,1,2,3.5,4,ann, VI \n"
      "South,a.jpg,5,6,7,8,,\n"
      "North,./sub/../b.jpg,1,1,2,2,,II\n");
  EXPECT_THAT(read.group_names, ElementsAre("region", "skin"));
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_EQ(read.records[0].name, "a.jpg");
  EXPECT_TRUE(read.records[0].labelled);
  EXPECT_FALSE(read.records[0].normalised_boxes);
  ASSERT_EQ(read.records[0].faces.size(), 2U);
  EXPECT_EQ(read.records[0].faces[0].box, (Box{1, 2, 3.5, 4}));
  EXPECT_EQ(read.records[0].faces[0].subject, "ann");
  EXPECT_EQ(read.records[0].faces[0].groups, (Groups{{"region", "North"}, {"skin", "VI"}}));
  EXPECT_FALSE(read.records[0].faces[1].subject);
  EXPECT_EQ(read.records[0].faces[1].groups, (Groups{{"region", "South"}}));
  EXPECT_EQ(read.records[1].name, "b.jpg");
}

TEST(CsvManifest, EmptyBoxSaysNoFaceWhateverTheOtherColumnsHold) {
  const CsvManifest read = manifest(
      "path,x1,y1,x2,y2,subject,skin\n"
      "none.jpg,,,,,,\n"
      "group.jpg,,, ,,,IV\n"
      "person.jpg,,,,,ann,\n");
  ASSERT_EQ(read.records.size(), 3U);
  for (const Record& record : read.records) {
    EXPECT_EQ(record.error, "") << record.name;
    EXPECT_TRUE(record.labelled) << record.name;
    EXPECT_THAT(record.faces, IsEmpty()) << record.name;
  }
}

TEST(CsvManifest, NoFaceBesideAFaceIsAnErrorInEitherOrder) {
  EXPECT_THAT(record_error("path,x1,y1,x2,y2\na.jpg,,,,\na.jpg,1,2,3,4\n"),
              HasSubstr("m.csv line 3: this row and an earlier one"));
  EXPECT_THAT(record_error("path,x1,y1,x2,y2\na.jpg,1,2,3,4\na.jpg,,,,\n"),
              HasSubstr("m.csv line 3"));
  EXPECT_THAT(record_error("path,x1,y1,x2,y2\na.jpg,,,,\na.jpg,,,,\n"), HasSubstr("line 3"));
  EXPECT_THAT(record_error("path,x1,y1,x2,y2,skin\na.jpg,1,2,3,4,I\na.jpg,,,,,II\n"),
              HasSubstr("m.csv line 3: this row and an earlier one"));
}

TEST(CsvManifest, WithoutBoxColumnsEachRowIsAFaceSomewhere) {
  const CsvManifest read = manifest("path,race\na.jpg,Black\na.jpg,White\nb.jpg,\n");
  ASSERT_EQ(read.records.size(), 2U);
  ASSERT_EQ(read.records[0].faces.size(), 2U);
  EXPECT_FALSE(read.records[0].faces[0].box);
  ASSERT_EQ(read.records[1].faces.size(), 1U);
  EXPECT_TRUE(read.records[1].faces[0].groups.empty());
}

TEST(CsvManifest, PathAloneLeavesPhotosUnlabelled) {
  const CsvManifest read = manifest("path\na.jpg\nb.jpg\na.jpg\n");
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_FALSE(read.records[0].labelled);
  EXPECT_THAT(read.records[0].faces, IsEmpty());
}

TEST(CsvManifest, HeaderMistakesRefuseTheFile) {
  EXPECT_THAT(manifest_error(""), HasSubstr("m.csv line 1: empty"));
  EXPECT_THAT(manifest_error("\n\n"), HasSubstr("empty"));
  EXPECT_THAT(manifest_error("image,x1\na.jpg,1\n"),
              HasSubstr("no column \"path\"; the columns are image, x1"));
  EXPECT_THAT(manifest_error("path;x1\n"), HasSubstr("the columns are path;x1"));
  EXPECT_THAT(manifest_error("path,skin,skin\n"), HasSubstr("two columns are called \"skin\""));
  EXPECT_THAT(manifest_error("path,,skin\n"), HasSubstr("a column has no name"));
  EXPECT_THAT(manifest_error("path,x1,y1,x2\n"), HasSubstr("all four columns"));
  EXPECT_THAT(manifest_error("\"path\"x\n"), HasSubstr("closing quote"));
  EXPECT_THAT(manifest_error("path\n\"a.jpg\n"), HasSubstr("line 2: the quote"));
  EXPECT_THAT(manifest_error(std::string_view("\xff\xfep\0a\0", 6)), HasSubstr("UTF-16"));
}

TEST(CsvManifest, RowMistakesAreErrorsOfTheirPhoto) {
  constexpr const char* kHeader = "path,x1,y1,x2,y2\n";
  EXPECT_THAT(record_error(std::string(kHeader) + "a.jpg,1,2,three,4\n"),
              HasSubstr("m.csv line 2: x2 \"three\""));
  EXPECT_THAT(record_error(std::string(kHeader) + "a.jpg,1,2,1e300,4\n"), HasSubstr("line 2: x2"));
  EXPECT_THAT(record_error(std::string(kHeader) + "\na.jpg,1,,3,4\n"), HasSubstr("line 3: a box"));
  EXPECT_THAT(record_error(std::string(kHeader) + "a.jpg,3,2,1,4\n"), HasSubstr("no positive"));
  EXPECT_THAT(record_error(std::string(kHeader) + "a.jpg,1,2,3\n"),
              HasSubstr("line 2: 4 fields under 5 columns"));
  EXPECT_THAT(record_error(std::string(kHeader) + "a.jpg,1,2,3,4,5\n"), HasSubstr("6 fields"));
  EXPECT_THAT(record_error(std::string(kHeader) + "a.jpg,\"1\"1,2,3,4\n"), HasSubstr("quote"));
}

TEST(CsvManifest, RowsWithoutPathAreProblems) {
  const CsvManifest read =
      manifest(std::string_view("path,skin\n,II\n  ,II\na\0b.jpg,I\nc.jpg,I\n", 36));
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_THAT(read.problems, ElementsAre("m.csv line 2: no path", "m.csv line 3: no path",
                                         "m.csv line 4: the path holds a zero byte"));
}

TEST(CsvDataset, PathsAreRelativeToTheFileAndMissingPhotosAreErrors) {
  const testing::DataFolder folder;
  folder.photo("in/a.jpg");
  folder.photo("out.jpg");
  const std::string absolute = (folder.path() / "out.jpg").string();
  folder.write("in/m.csv", "path\na.jpg\n../out.jpg\ngone.jpg\n" + absolute + "\n");
  const Dataset data = testing::open("csv", folder.path() / "in" / "m.csv");
  EXPECT_EQ(data.root, folder.path() / "in");
  ASSERT_EQ(data.records.size(), 4U);
  EXPECT_EQ(testing::record(data, "a.jpg").file, folder.path() / "in" / "a.jpg");
  EXPECT_EQ(testing::record(data, "a.jpg").error, "");
  EXPECT_EQ(testing::record(data, "../out.jpg").error, "");
  EXPECT_EQ(testing::record(data, absolute).file, absolute);
  EXPECT_EQ(testing::record(data, absolute).error, "");
  EXPECT_THAT(testing::record(data, "gone.jpg").error, HasSubstr("there is no photo"));
}

TEST(CsvDataset, KeepsGroupColumnsThatHaveValues) {
  const testing::DataFolder folder;
  folder.photo("a.jpg");
  folder.write("m.csv", "path,skin,notes\na.jpg,II,\n");
  EXPECT_THAT(testing::open("csv", folder.path() / "m.csv").group_names, ElementsAre("skin"));
}

TEST(CsvDataset, RefusesFoldersAndEmptyLists) {
  const testing::DataFolder folder;
  folder.write("m.csv", "path,skin\n,II\n");
  EXPECT_THAT(testing::refusal("csv", folder.path()), HasSubstr("needs the CSV file itself"));
  EXPECT_THAT(testing::refusal("csv", folder.path() / "m.csv"), HasSubstr("lists no photo"));
}

}  // namespace
}  // namespace everyface::dataset
