// Labels that file names carry.
#include "dataset/name_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dataset/support.h"

namespace everyface::dataset {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Parse>
std::string error_of(Parse parse, std::string_view name) {
  const auto face = parse(name);
  return face ? "read" : face.error().message;
}

std::string age_band(int age) {
  return parse_utkface_name(std::to_string(age) + "_0_0_2017.jpg")->groups.at("age");
}

std::string light(std::string_view angles) {
  return parse_yaleb_name("yaleB01_P00" + std::string(angles) + ".pgm")->groups.at("light");
}

TEST(UtkfaceName, GivesRaceGenderAndAgeBand) {
  const auto face = parse_utkface_name("part1/24_1_3_20170116220224657.jpg.chip.jpg");
  ASSERT_TRUE(face);
  EXPECT_EQ(face->groups, (Groups{{"race", "Indian"}, {"gender", "female"}, {"age", "20-29"}}));
  EXPECT_FALSE(face->box);
  EXPECT_FALSE(face->subject);
  EXPECT_FALSE(face->ignored);
}

TEST(UtkfaceName, KnowsEveryCode) {
  const char* races[] = {"White", "Black", "Asian", "Indian", "Others"};
  for (int race = 0; race < 5; ++race) {
    EXPECT_EQ(parse_utkface_name("1_0_" + std::to_string(race) + "_2017.jpg")->groups.at("race"),
              races[race]);
  }
  EXPECT_EQ(parse_utkface_name("1_0_0_2017.jpg")->groups.at("gender"), "male");
}

TEST(UtkfaceName, AgeBandsMeetWithoutGap) {
  EXPECT_EQ(age_band(0), "0-2");
  EXPECT_EQ(age_band(2), "0-2");
  EXPECT_EQ(age_band(3), "3-9");
  EXPECT_EQ(age_band(9), "3-9");
  EXPECT_EQ(age_band(10), "10-19");
  EXPECT_EQ(age_band(19), "10-19");
  EXPECT_EQ(age_band(20), "20-29");
  EXPECT_EQ(age_band(59), "50-59");
  EXPECT_EQ(age_band(60), "60-69");
  EXPECT_EQ(age_band(69), "60-69");
  EXPECT_EQ(age_band(70), "70+");
  EXPECT_EQ(age_band(116), "70+");
}

TEST(UtkfaceName, AllowsBlanksAsTheDataSetHasThem) {
  EXPECT_TRUE(parse_utkface_name("24_0_1_20170116220224657 .jpg.chip.jpg"));
  EXPECT_TRUE(parse_utkface_name(" 24 _ 0_1 _2017.jpg"));
}

TEST(UtkfaceName, SaysWhichPartIsWrong) {
  EXPECT_THAT(error_of(parse_utkface_name, "61_1_20170109142408075.jpg"), HasSubstr("3 parts"));
  EXPECT_THAT(error_of(parse_utkface_name, ".jpg"), HasSubstr("1 parts"));
  EXPECT_THAT(error_of(parse_utkface_name, "1_0_0_2017_9.jpg"), HasSubstr("5 parts"));
  EXPECT_THAT(error_of(parse_utkface_name, "old_0_0_2017.jpg"), HasSubstr("the age \"old\""));
  EXPECT_THAT(error_of(parse_utkface_name, "-1_0_0_2017.jpg"), HasSubstr("the age \"-1\""));
  EXPECT_THAT(error_of(parse_utkface_name, "151_0_0_2017.jpg"), HasSubstr("the age \"151\""));
  EXPECT_THAT(error_of(parse_utkface_name, "1_2_0_2017.jpg"), HasSubstr("the gender \"2\""));
  EXPECT_THAT(error_of(parse_utkface_name, "1__0_2017.jpg"), HasSubstr("the gender \"\""));
  EXPECT_THAT(error_of(parse_utkface_name, "1_0_5_2017.jpg"), HasSubstr("the race \"5\""));
  EXPECT_THAT(error_of(parse_utkface_name, "1_0_20170109150557335_.jpg"), HasSubstr("the race"));
  EXPECT_THAT(error_of(parse_utkface_name, "1_0_0_.jpg"), HasSubstr("the time"));
}

TEST(LfwName, SubjectIsThePerson) {
  const auto face = parse_lfw_name("image/Eric_Daze/Eric_Daze_0001.jpg");
  ASSERT_TRUE(face);
  EXPECT_EQ(face->subject, "Eric_Daze");
  EXPECT_FALSE(face->box);
  EXPECT_TRUE(face->groups.empty());
}

TEST(LfwName, RefusesPhotosOutsideTheirPersonsFolder) {
  EXPECT_THAT(error_of(parse_lfw_name, "Eric_Daze_0001.jpg"), HasSubstr("no person's folder"));
  EXPECT_THAT(error_of(parse_lfw_name, "Eric/Eric_Daze_0001.jpg"), HasSubstr("\"Daze_0001\""));
  EXPECT_THAT(error_of(parse_lfw_name, "Eric/Erica_0001.jpg"), HasSubstr("folder's name"));
  EXPECT_THAT(error_of(parse_lfw_name, "Eric/Eric.jpg"), HasSubstr("folder's name"));
  EXPECT_THAT(error_of(parse_lfw_name, "Eric/Eric_.jpg"), HasSubstr("\"\" is not"));
}

TEST(YalebName, SubjectAndLight) {
  const auto face = parse_yaleb_name("yaleB02/yaleB02_P00A-035E-20.png");
  ASSERT_TRUE(face);
  EXPECT_EQ(face->subject, "yaleB02");
  EXPECT_EQ(face->groups, (Groups{{"light", "26-50"}}));
  EXPECT_FALSE(face->box);
}

TEST(YalebName, LightIsTheAngleToTheCamera) {
  EXPECT_EQ(light("A+000E+00"), "0-12");
  EXPECT_EQ(light("A-005E+10"), "0-12");   // acos(cos 5° cos 10°) = 11.2°
  EXPECT_EQ(light("A+020E-10"), "13-25");  // 22.3°, though each angle is smaller
  EXPECT_EQ(light("A-025E+00"), "13-25");
  EXPECT_EQ(light("A+050E+00"), "26-50");
  EXPECT_EQ(light("A+035E+40"), "26-50");  // 51.1° in the name, of the third subset
  EXPECT_EQ(light("A+050E-40"), "51-77");  // 60.5°
  EXPECT_EQ(light("A-070E+45"), "51-77");  // 76.0°
  EXPECT_EQ(light("A+085E-20"), "78+");
  EXPECT_EQ(light("A+000E+90"), "78+");
  EXPECT_EQ(light("A-130E+20"), "78+");  // from behind
  EXPECT_EQ(light("_Ambient"), "ambient");
}

TEST(YalebName, SaysWhatIsMissing) {
  EXPECT_THAT(error_of(parse_yaleb_name, "subject01.pgm"), HasSubstr("yaleB"));
  EXPECT_THAT(error_of(parse_yaleb_name, "yaleB1_P00A+000E+00.pgm"), HasSubstr("two digits"));
  EXPECT_THAT(error_of(parse_yaleb_name, "yaleB01A+000E+00.pgm"), HasSubstr("pose"));
  EXPECT_THAT(error_of(parse_yaleb_name, "yaleB01_P00A+00E+00.pgm"), HasSubstr("angles"));
  EXPECT_THAT(error_of(parse_yaleb_name, "yaleB01_P00A000E+00.pgm"), HasSubstr("angles"));
  EXPECT_THAT(error_of(parse_yaleb_name, "yaleB01_P00A+000E+000.pgm"), HasSubstr("angles"));
  EXPECT_THAT(error_of(parse_yaleb_name, "yaleB01_P00A+000E+"), HasSubstr("angles"));
}

TEST(NamedPhotos, NameThatDoesNotParseIsItsRecordsError) {
  const testing::DataFolder folder;
  folder.photo("1_0_0_2017.jpg");
  folder.photo("61_1_2017.jpg");
  const Dataset data = testing::open("utkface", folder.path());
  EXPECT_EQ(data.pad_px, 60);
  EXPECT_THAT(data.group_names, ElementsAre("race", "gender", "age"));
  ASSERT_EQ(data.records.size(), 2U);
  EXPECT_TRUE(data.records[0].labelled);
  EXPECT_THAT(data.records[1].error, HasSubstr("61_1_2017.jpg: the name is not of the form"));
  EXPECT_FALSE(data.records[1].labelled);
}

TEST(NamedPhotos, FolderWithoutOneNameOfTheFormIsRefused) {
  const testing::DataFolder folder;
  folder.photo("holiday.jpg");
  EXPECT_THAT(testing::refusal("utkface", folder.path()), HasSubstr("age_gender_race_time"));
  EXPECT_THAT(testing::refusal("lfw", folder.path()), HasSubstr("<person>"));
  EXPECT_THAT(testing::refusal("yaleb", folder.path()), HasSubstr("yaleB01"));
}

TEST(NamedPhotos, LfwAndYalebHaveNoBorder) {
  const testing::DataFolder folder;
  folder.photo("Ann/Ann_0001.jpg");
  folder.photo("yaleB07_P00A+120E+00.png");
  EXPECT_EQ(testing::open("lfw", folder.path()).pad_px, 0);
  EXPECT_EQ(testing::open("yaleb", folder.path()).pad_px, 0);
}

}  // namespace
}  // namespace everyface::dataset
