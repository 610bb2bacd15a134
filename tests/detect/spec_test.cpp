#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "everyface/detect/detector.h"
#include "everyface/nn/registry.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto spec = DetectorSpec::parse(text);
  return spec ? "no error" : spec.error().message;
}

TEST(DetectorSpec, EveryDetectorsNameParsesToItself) {
  for (const DetectorInfo& info : detectors()) {
    if (info.name != "fusion") {
      const auto spec = DetectorSpec::parse(info.name);
      ASSERT_TRUE(spec) << info.name;
      EXPECT_EQ(spec->name(), info.name);
      EXPECT_EQ(spec->model(), info.model);
    }
    EXPECT_FALSE(info.summary.empty());
  }
}

TEST(DetectorSpec, ListsTheDetectorsOfTheArchitecture) {
  std::vector<std::string> names;
  for (const DetectorInfo& info : detectors()) {
    names.push_back(info.name);
  }
  EXPECT_THAT(names, ::testing::ElementsAre("dusk", "haar", "lbp", "yunet", "retinaface",
                                            "scrfd-500m", "scrfd-2.5g", "ultraface", "fusion"));
}

TEST(DetectorSpec, WritesAFusionInOneWay) {
  for (const char* text : {"fusion(yunet)", "fusion(yunet;gains=1,4,16)",
                           " fusion( yunet ; gains = 16 , 1.0,4e0 ) "}) {
    const auto spec = DetectorSpec::parse(text);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(spec->name(), "fusion(yunet;gains=1,4,16)");
    EXPECT_EQ(spec->model(), "yunet-n");
    EXPECT_EQ(DetectorSpec::parse(spec->name())->name(), spec->name());
  }
  EXPECT_EQ(DetectorSpec::parse("fusion(haar;gains=0.5)")->name(), "fusion(haar;gains=0.5)");
}

TEST(DetectorSpec, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_THAT(error_of("yunett"), AllOf(HasSubstr("yunett"), HasSubstr("did you mean \"yunet\"")));
  EXPECT_THAT(error_of("scrfd-500"), HasSubstr("did you mean \"scrfd-500m\""));
  EXPECT_THAT(error_of("fusion(retinafase)"), HasSubstr("did you mean \"retinaface\""));
  EXPECT_THAT(error_of("something-else"),
              AllOf(HasSubstr("haar, lbp, yunet"), ::testing::Not(HasSubstr("did you mean"))));
}

TEST(DetectorSpec, MalformedTextsAreRefusedWithTheReason) {
  EXPECT_THAT(error_of(""), HasSubstr("missing"));
  EXPECT_THAT(error_of("  "), HasSubstr("missing"));
  EXPECT_THAT(error_of("fusion"), HasSubstr("fusion(DETECTOR;gains=1,4,16)"));
  EXPECT_THAT(error_of("fusion()"), HasSubstr("not a detector"));
  EXPECT_THAT(error_of("fusion(yunet"), HasSubstr("\")\" is missing"));
  EXPECT_THAT(error_of("fusion(yunet))"), HasSubstr("not a detector"));
  EXPECT_THAT(error_of("fusion(yunet)x"), HasSubstr("\")\" is missing"));
  EXPECT_THAT(error_of("fusion(yunet;)"), HasSubstr("where the gains belong"));
  EXPECT_THAT(error_of("fusion(yunet;gain=2)"), HasSubstr("\"gain=2\""));
  EXPECT_THAT(error_of("fusion(yunet;gains=)"), HasSubstr("gain \"\""));
  EXPECT_THAT(error_of("fusion(yunet;gains=1,x)"), HasSubstr("gain \"x\""));
  EXPECT_THAT(error_of("fusion(yunet;gains=1,4;nms=2)"), HasSubstr("gain \"4;nms=2\""));
  EXPECT_THAT(error_of("fusion(yunet;gains=0)"), HasSubstr("from 0.01 to 256"));
  EXPECT_THAT(error_of("fusion(yunet;gains=-1)"), HasSubstr("from 0.01 to 256"));
  EXPECT_THAT(error_of("fusion(yunet;gains=300)"), HasSubstr("from 0.01 to 256"));
  EXPECT_THAT(error_of("fusion(yunet;gains=nan)"), HasSubstr("gain \"nan\""));
  EXPECT_THAT(error_of("fusion(yunet;gains=2,2)"), HasSubstr("twice"));
  EXPECT_THAT(error_of("fusion(yunet;gains=1,2,3,4,5,6,7,8,9)"), HasSubstr("at most 8"));
  EXPECT_THAT(error_of("fusion(fusion(yunet);gains=1,2)"), HasSubstr("cannot be fused"));
  EXPECT_THAT(error_of("yunet(gains=2)"), HasSubstr("nothing in parentheses"));
  EXPECT_THAT(error_of("YuNet"), HasSubstr("did you mean \"yunet\""));
}

TEST(DetectorList, SplitsOutsideParenthesesOnly) {
  const auto specs = parse_detectors("yunet, fusion(yunet;gains=1,8),haar");
  ASSERT_TRUE(specs);
  ASSERT_EQ(specs->size(), 3U);
  EXPECT_EQ((*specs)[1].name(), "fusion(yunet;gains=1,8)");
}

TEST(DetectorList, RefusesNoneGapsAndRepetitions) {
  EXPECT_FALSE(parse_detectors("").ok());
  EXPECT_FALSE(parse_detectors("yunet,,haar").ok());
  EXPECT_THAT(parse_detectors("yunet,haar,yunet").error().message,
              HasSubstr("yunet is given twice"));
  EXPECT_FALSE(parse_detectors("fusion(yunet),fusion(yunet;gains=16,4,1)").ok());
}

class DetectorOptionsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string error_with(const DetectorOptions& options) const {
    const auto detector = DetectorSpec::parse("yunet")->make(options, *models_);
    return detector ? "no error" : detector.error().message;
  }
  testing::TemporaryFolder folder_;
  Result<ModelRegistry> models_ = ModelRegistry::open(folder_.path(), "");
};

TEST_F(DetectorOptionsTest, OutOfRangeIsRefusedByName) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(error_with({.min_score = -0.1}), HasSubstr("min_score is -0.1"));
  EXPECT_THAT(error_with({.min_score = nan}), HasSubstr("min_score"));
  EXPECT_THAT(error_with({.nms_iou = 1.5}), HasSubstr("nms_iou"));
  EXPECT_THAT(error_with({.scale = 0}), HasSubstr("scale"));
  EXPECT_THAT(error_with({.scale = 17}), HasSubstr("scale"));
  EXPECT_THAT(error_with({.tile_px = 63}), HasSubstr("tile"));
  EXPECT_THAT(error_with({.tile_px = -1}), HasSubstr("tile"));
  EXPECT_THAT(error_with({.max_faces = 0}), HasSubstr("max_faces"));
}

TEST_F(DetectorOptionsTest, MissingWeightsAreAnErrorThatNamesTheModel) {
  EXPECT_THAT(error_with({}), HasSubstr("yunet-n"));
}

}  // namespace
}  // namespace everyface
