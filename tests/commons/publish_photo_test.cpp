#include "everyface/commons/publish_photo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "everyface/commons/duplicates.h"
#include "everyface/commons/face_finder.h"
#include "everyface/commons/try_photo.h"
#include "everyface/image/exposure.h"
#include "tests/commons/faces.h"

namespace everyface {
namespace {

using testing::no_models;
using testing::portrait;
using testing::shared_models;
using testing::two_people;

/// Where her face is, and where it is again in the second picture at half size.
const Box kFace{170, 70, 275, 190};
const Box kSmallerFace{512 + 85, 35, 512 + 137, 95};
constexpr double kSameIou = 0.3;

/// The face at a place.
std::optional<Face> face_at(const std::vector<Face>& faces, const Box& place) {
  const auto found = std::find_if(faces.begin(), faces.end(), [&place](const Face& face) {
    return iou(face.box, place) > kSameIou;
  });
  return found == faces.end() ? std::nullopt : std::optional(*found);
}

TEST(PublishPhoto, TheOtherFaceIsFoundNoMoreAndTheChosenOneIsUntouched) {
  auto finder = FaceFinder::open(no_models()).value();
  const cv::Mat photo = two_people(0.5);
  const auto everybody = finder.find_everybody(photo);
  const auto chosen = face_at(everybody, kFace);
  ASSERT_TRUE(chosen && face_at(everybody, kSmallerFace));
  const cv::Mat published = publishable(photo, chosen->box, everybody);
  const Box& box = chosen->box;
  const cv::Rect kept(cvCeil(box.x1), cvCeil(box.y1), cvFloor(box.width()), cvFloor(box.height()));
  EXPECT_EQ(cv::norm(photo(kept), published(kept), cv::NORM_INF), 0);
  const auto left = finder.find(published);
  EXPECT_TRUE(face_at(left, kFace));
  EXPECT_FALSE(face_at(left, kSmallerFace));
}

TEST(PublishPhoto, WithWeightsTheBlurredFaceIsNeitherFoundNorMatched) {
  EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
  auto finder = FaceFinder::open(shared_models()).value();
  const cv::Mat photo = two_people(0.5);
  const auto everybody = finder.find_everybody(photo);
  const auto chosen = face_at(everybody, kFace);
  const auto other = face_at(everybody, kSmallerFace);
  ASSERT_TRUE(chosen && other);
  const cv::Mat published = publishable(photo, chosen->box, everybody);
  EXPECT_FALSE(face_at(finder.find(published), kSmallerFace));

  // Not even with the landmarks of the face that was there.
  auto matcher = FaceMatcher::open_if_installed(shared_models()).value();
  ASSERT_TRUE(matcher);
  const Template before = matcher->make_template(photo, *other).value();
  EXPECT_TRUE(matcher->may_be_same(before, matcher->make_template(photo, *chosen).value()));
  EXPECT_FALSE(matcher->may_be_same(before, matcher->make_template(published, *other).value()));
}

TEST(PublishPhoto, FacesInTheDarkAreBlurredToo) {
  EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
  auto finder = FaceFinder::open(shared_models()).value();
  const cv::Mat dark = render_exposure(two_people(0.5), -5, 1);
  const auto everybody = finder.find_everybody(dark);
  ASSERT_TRUE(face_at(everybody, kSmallerFace));
  const auto left = finder.find(publishable(dark, kFace, everybody));
  EXPECT_TRUE(face_at(left, kFace));
  EXPECT_FALSE(face_at(left, kSmallerFace));
}

TEST(PublishPhoto, BoxesAtTheEdgeAndBeyondAreNoHarm) {
  const cv::Mat photo = portrait();
  const Face partly{{-50, -50, 40, 40}, 0.9, std::nullopt};
  const Face outside{{600, 600, 700, 700}, 0.9, std::nullopt};
  const cv::Mat published = publishable(photo, kFace, {partly, outside});
  EXPECT_GT(cv::norm(photo(cv::Rect(0, 0, 30, 30)), published(cv::Rect(0, 0, 30, 30))), 0);
  EXPECT_EQ(cv::norm(photo(cv::Rect(100, 100, 400, 400)), published(cv::Rect(100, 100, 400, 400)),
                     cv::NORM_INF),
            0);
}

TEST(TryPhoto, ShowsBothPicturesAndWhoIsFoundInThem) {
  EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
  auto finder = FaceFinder::open(shared_models()).value();
  cv::Mat large;
  cv::resize(render_exposure(portrait(), -7, 1), large, cv::Size(2000, 2000), 0, 0,
             cv::INTER_NEAREST);
  const TriedPhoto tried = try_photo(large, finder, shared_models());
  EXPECT_EQ(tried.width, kTrySide);
  const double scale = kTrySide / 512.0;
  EXPECT_TRUE(face_at(tried.faces_after,
                      {scale * kFace.x1, scale * kFace.y1, scale * kFace.x2, scale * kFace.y2}));
  const cv::Mat before = decode_photo(tried.before, "before.jpg").value().pixels;
  const cv::Mat after = decode_photo(tried.after, "after.jpg").value().pixels;
  EXPECT_EQ(before.size(), after.size());
  EXPECT_GT(cv::mean(after)[1], 2 * cv::mean(before)[1]);
}

}  // namespace
}  // namespace everyface
