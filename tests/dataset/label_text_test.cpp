// Label files of one photo, read from text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "dataset/box_labels.h"

namespace everyface::dataset {
namespace {

using ::testing::HasSubstr;

std::string darkface_error(std::string_view text) {
  const auto faces = parse_darkface_label(text, "7.txt");
  return faces ? "read" : faces.error().message;
}

std::string yolo_error(std::string_view text) {
  const auto faces = parse_yolo_label(text, "7.txt");
  return faces ? "read" : faces.error().message;
}

TEST(DarkfaceLabel, ReadsCountAndBoxes) {
  const auto faces = parse_darkface_label("2\n580 312 611 351\n446.5 305 470 334\n", "7.txt");
  ASSERT_TRUE(faces);
  ASSERT_EQ(faces->size(), 2U);
  EXPECT_EQ((*faces)[0].box, (Box{580, 312, 611, 351}));
  EXPECT_EQ((*faces)[1].box, (Box{446.5, 305, 470, 334}));
  EXPECT_FALSE((*faces)[0].ignored);
  EXPECT_TRUE((*faces)[0].groups.empty());
}

TEST(DarkfaceLabel, AcceptsByteOrderMarkCrlfTabsAndBlankLines) {
  const auto faces = parse_darkface_label("\xef\xbb\xbf\r\n1\r\n\r\n 1\t2  3 4 \r\n\r\n", "7.txt");
  ASSERT_TRUE(faces) << faces.error().message;
  ASSERT_EQ(faces->size(), 1U);
  EXPECT_EQ((*faces)[0].box, (Box{1, 2, 3, 4}));
}

TEST(DarkfaceLabel, CountOfZeroSaysThatThereIsNoFace) {
  const auto faces = parse_darkface_label("0\n", "7.txt");
  ASSERT_TRUE(faces);
  EXPECT_TRUE(faces->empty());
}

TEST(DarkfaceLabel, NamesFileAndLineOfEveryMistake) {
  EXPECT_THAT(darkface_error(""), HasSubstr("7.txt line 1: empty"));
  EXPECT_THAT(darkface_error(" \n\n"), HasSubstr("7.txt line 1: empty"));
  EXPECT_THAT(darkface_error("faces\n"), HasSubstr("7.txt line 1: \"faces\""));
  EXPECT_THAT(darkface_error("1.5\n1 2 3 4\n"), HasSubstr("7.txt line 1: \"1.5\""));
  EXPECT_THAT(darkface_error("-1\n"), HasSubstr("7.txt line 1: \"-1\""));
  EXPECT_THAT(darkface_error("1 2 3 4\n"), HasSubstr("7.txt line 1"));
  EXPECT_THAT(darkface_error("1\n\n1 2 3\n"), HasSubstr("7.txt line 3: 3 values"));
  EXPECT_THAT(darkface_error("1\n1 2 3 4 5\n"), HasSubstr("7.txt line 2: 5 values"));
  EXPECT_THAT(darkface_error("1\n1 2 x 4\n"), HasSubstr("7.txt line 2: \"x\" is not a number"));
  EXPECT_THAT(darkface_error("1\n1 2 nan 4\n"), HasSubstr("7.txt line 2: \"nan\""));
  EXPECT_THAT(darkface_error("1\n1 2 1e300 4\n"), HasSubstr("7.txt line 2: 1e+300"));
  EXPECT_THAT(darkface_error("1\n3 2 1 4\n"), HasSubstr("7.txt line 2: the box has no positive"));
  EXPECT_THAT(darkface_error("1\n1 2 3 2\n"), HasSubstr("7.txt line 2: the box has no positive"));
}

TEST(DarkfaceLabel, CountThatDisagreesIsAnErrorWhateverItsSize) {
  EXPECT_THAT(darkface_error("2\n1 2 3 4\n"), HasSubstr("the count says 2 faces, but 1 lines"));
  EXPECT_THAT(darkface_error("0\n1 2 3 4\n"), HasSubstr("the count says 0 faces, but 1 lines"));
  EXPECT_THAT(darkface_error("1000000000000000000\n1 2 3 4\n"), HasSubstr("the count says 1e+18"));
  EXPECT_THAT(darkface_error("1e300\n1 2 3 4\n"), HasSubstr("the count says 1e+300"));
}

TEST(DarkfaceLabel, MessagesStayOnOneLineOfValidText) {
  const std::string message = darkface_error(std::string_view("1\n1 2 3 a\xff\x01\n", 12));
  EXPECT_EQ(message.find_first_of("\n\x01\xff"), std::string::npos) << message;
  EXPECT_LT(darkface_error("1\n" + std::string(100000, 'x')).size(), 3000U);
}

TEST(YoloLabel, TurnsCentreAndSizeIntoCorners) {
  const auto faces = parse_yolo_label("0 0.5 0.25 0.5 0.25 -1 -1 0.3\n3 0.5 0.5 1 1", "7.txt");
  ASSERT_TRUE(faces);
  ASSERT_EQ(faces->size(), 2U);
  EXPECT_EQ((*faces)[0].box, (Box{0.25, 0.125, 0.75, 0.375}));
  EXPECT_EQ((*faces)[1].box, (Box{0, 0, 1, 1}));
}

TEST(YoloLabel, EmptyFileSaysThatThereIsNoFace) {
  const auto faces = parse_yolo_label("", "7.txt");
  ASSERT_TRUE(faces);
  EXPECT_TRUE(faces->empty());
}

TEST(YoloLabel, ToleratesRoundingOutwardsButNotMore) {
  EXPECT_EQ(yolo_error("0 1.01 0.5 0.1 0.1"), "read");
  EXPECT_EQ(yolo_error("0 -0.01 0.5 0.1 0.1"), "read");
  EXPECT_THAT(yolo_error("0 1.011 0.5 0.1 0.1"), HasSubstr("7.txt line 1: 1.011 is outside"));
  EXPECT_THAT(yolo_error("0 0.5 -0.02 0.1 0.1"), HasSubstr("-0.02 is outside"));
  EXPECT_THAT(yolo_error("0 100 50 20 30"), HasSubstr("100 is outside"));
}

TEST(YoloLabel, NamesFileAndLineOfEveryMistake) {
  EXPECT_THAT(yolo_error("0 0.5 0.5 0.1 0.1\n\n0 0.5 0.5 0.1"),
              HasSubstr("7.txt line 3: 4 values"));
  EXPECT_THAT(yolo_error("face 0.5 0.5 0.1 0.1"), HasSubstr("7.txt line 1: the class \"face\""));
  EXPECT_THAT(yolo_error("-1 0.5 0.5 0.1 0.1"), HasSubstr("7.txt line 1: the class \"-1\""));
  EXPECT_THAT(yolo_error("0 0.5 0.5 0.1 inf"), HasSubstr("7.txt line 1: \"inf\" is not a number"));
  EXPECT_THAT(yolo_error("0 0.5 0.5 0 0.1"), HasSubstr("7.txt line 1: the box has no positive"));
  EXPECT_THAT(yolo_error("0 0.5 0.5 0.1 -0.005"),
              HasSubstr("7.txt line 1: the box has no positive"));
}

}  // namespace
}  // namespace everyface::dataset
