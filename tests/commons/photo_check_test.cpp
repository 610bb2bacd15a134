#include "everyface/commons/photo_check.h"

#include <gmock/gmock.h>

#include <set>

#include "everyface/commons/brighten.h"
#include "everyface/image/exposure.h"
#include "tests/commons/faces.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::no_models;
using testing::portrait;
using testing::shared_models;
using testing::two_people;

/// Where her face is.
const Box kFace{170, 70, 275, 190};

TEST(PhotoCheck, TakesAPortraitWhereNoWeightsAreInstalled) {
  auto checker = PhotoChecker::open(no_models()).value();
  EXPECT_EQ(checker.finder().detector(), "dusk");
  EXPECT_FALSE(checker.knows_screens());
  const PhotoCheck check = checker.check(portrait());
  EXPECT_TRUE(check.is_accepted());
  ASSERT_TRUE(check.chosen);
  EXPECT_GT(iou(check.faces[*check.chosen].box, kFace), 0.3);
}

class PhotoCheckWithWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
    checker_.emplace(PhotoChecker::open(shared_models()).value());
  }

  PhotoCheck check(const cv::Mat& photo, const std::optional<Point>& point = std::nullopt) {
    return checker_->check(photo, point);
  }

  std::optional<PhotoChecker> checker_;
};

TEST_F(PhotoCheckWithWeights, TakesAPortrait) {
  EXPECT_EQ(checker_->finder().detector(), "yunet");
  EXPECT_TRUE(checker_->knows_screens());
  const PhotoCheck checked = check(portrait());
  EXPECT_TRUE(checked.is_accepted());
  EXPECT_THAT(checked.reasons, IsEmpty());
  EXPECT_GT(checked.measures.width_px, kMinFaceWidth);
}

TEST_F(PhotoCheckWithWeights, TakesTheSamePortraitLarge) {
  cv::Mat large;
  cv::resize(portrait(), large, cv::Size(3000, 3000), 0, 0, cv::INTER_CUBIC);
  const PhotoCheck checked = check(large);
  ASSERT_EQ(checked.faces.size(), 1U);
  EXPECT_GT(checked.measures.width_px, 400);
  EXPECT_TRUE(checked.is_usable());
}

TEST_F(PhotoCheckWithWeights, FindsNobodyInAWall) {
  EXPECT_THAT(check(cv::Mat(400, 600, CV_8UC3, cv::Scalar(120, 130, 140))).reasons,
              ElementsAre(CheckReason::kNoFace));
  EXPECT_THAT(check(cv::Mat(400, 600, CV_8UC3, cv::Scalar(3, 4, 5))).reasons,
              ElementsAre(CheckReason::kTooDark));
}

TEST_F(PhotoCheckWithWeights, AsksWhichFaceIsMeantAndTakesTheAnswer) {
  const cv::Mat photo = two_people();
  const PhotoCheck asked = check(photo);
  EXPECT_THAT(asked.reasons, ElementsAre(CheckReason::kWhichFace));
  EXPECT_EQ(asked.faces.size(), 2U);
  EXPECT_FALSE(asked.is_accepted());
  EXPECT_TRUE(asked.is_usable());

  const PhotoCheck answered = check(photo, Point{512 + 220, 130});
  ASSERT_TRUE(answered.chosen);
  EXPECT_GT(answered.faces[*answered.chosen].box.x1, 512);
  EXPECT_TRUE(answered.is_accepted());

  EXPECT_THAT(check(photo, Point{5, 500}).reasons, ElementsAre(CheckReason::kWhichFace));
}

TEST_F(PhotoCheckWithWeights, DoesNotAskAboutPeopleInTheBackground) {
  const PhotoCheck checked = check(two_people(0.4));
  EXPECT_EQ(checked.faces.size(), 1U);
  EXPECT_TRUE(checked.is_accepted());
}

TEST_F(PhotoCheckWithWeights, RefusesAFaceThatIsTooSmall) {
  cv::Mat small;
  cv::resize(portrait(), small, cv::Size(256, 256), 0, 0, cv::INTER_AREA);
  EXPECT_THAT(check(small).reasons, ElementsAre(CheckReason::kTooSmall));
}

TEST_F(PhotoCheckWithWeights, RefusesABlurredFaceWhateverTheLight) {
  cv::Mat blurred;
  cv::GaussianBlur(portrait(), blurred, {}, 5);
  EXPECT_TRUE(check(blurred).has(CheckReason::kBlurred));
  const PhotoCheck dark = check(render_exposure(blurred, -3, 1));
  EXPECT_TRUE(dark.has(CheckReason::kBlurred) || dark.has(CheckReason::kTooDark));
}

TEST_F(PhotoCheckWithWeights, TakesADarkPhotoAndOffersABrighterOne) {
  const cv::Mat dark = render_exposure(portrait(), -4, 1);
  const PhotoCheck checked = check(dark);
  EXPECT_THAT(checked.reasons, ElementsAre(CheckReason::kDark));
  EXPECT_TRUE(checked.is_accepted());
  const cv::Mat bright = brightened(dark, checked.measures.width_px, shared_models());
  EXPECT_FALSE(is_dark(bright));
  EXPECT_FALSE(check(bright).has(CheckReason::kDark));
}

TEST_F(PhotoCheckWithWeights, RefusesWhereNoiseIsAllThereIs) {
  EXPECT_TRUE(check(render_exposure(portrait(), -10, 1)).has(CheckReason::kTooDark));
}

TEST_F(PhotoCheckWithWeights, RefusesAFaceThatTheEdgeCuts) {
  const cv::Mat cut = portrait()(cv::Rect(222, 0, 290, 512));
  const PhotoCheck checked = check(cut);
  EXPECT_FALSE(checked.is_usable());
}

TEST(FaceMeasures, DoNotChangeWithTheLight) {
  const FaceMeasures day = measure_face(portrait(), kFace);
  cv::Mat dimmed;
  portrait().convertTo(dimmed, CV_8U, 0.5);
  const FaceMeasures dim = measure_face(dimmed, kFace);
  EXPECT_NEAR(dim.sharpness / day.sharpness, 1, 0.1);
  const FaceMeasures dark = measure_face(render_exposure(portrait(), -3, 1), kFace);
  EXPECT_NEAR(dark.sharpness / day.sharpness, 1, 0.25);
  EXPECT_LT(dark.signal_to_noise, day.signal_to_noise);
}

TEST(FaceMeasures, FallWithBlurAndNotWithSize) {
  const FaceMeasures sharp = measure_face(portrait(), kFace);
  cv::Mat blurred;
  cv::GaussianBlur(portrait(), blurred, {}, 4);
  EXPECT_LT(measure_face(blurred, kFace).sharpness, 0.5 * sharp.sharpness);
  cv::Mat twice;
  cv::resize(portrait(), twice, {}, 2, 2, cv::INTER_CUBIC);
  const Box larger{2 * kFace.x1, 2 * kFace.y1, 2 * kFace.x2, 2 * kFace.y2};
  EXPECT_NEAR(measure_face(twice, larger).sharpness / sharp.sharpness, 1, 0.25);
}

TEST(FaceMeasures, AFlatAreaHasNone) {
  const cv::Mat flat(200, 200, CV_8UC3, cv::Scalar(80, 80, 80));
  EXPECT_EQ(measure_face(flat, {20, 20, 120, 120}).sharpness, 0);
  EXPECT_EQ(measure_face(flat, {20, 20, 120, 120}).signal_to_noise, 0);
  EXPECT_EQ(measure_face(flat, {300, 300, 400, 400}).sharpness, 0);
}

TEST(IsDark, AsksThePhotoAndNotTheSkin) {
  cv::Mat photo(100, 100, CV_8UC3, cv::Scalar(20, 25, 30));
  EXPECT_TRUE(is_dark(photo));
  photo(cv::Rect(0, 0, 100, 10)).setTo(cv::Scalar(200, 200, 200));  // a bright wall behind
  EXPECT_FALSE(is_dark(photo));
}

TEST(CheckReasons, EachHasACodeAndWordsOfItsOwn) {
  std::set<std::string_view> codes;
  std::set<std::string> texts;
  for (int i = 0; i <= static_cast<int>(CheckReason::kMaybeScreen); ++i) {
    codes.insert(reason_code(static_cast<CheckReason>(i)));
    texts.insert(reason_text(static_cast<CheckReason>(i)));
  }
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(CheckReason::kMaybeScreen) + 1);
  EXPECT_EQ(texts.size(), codes.size());
}

}  // namespace
}  // namespace everyface
