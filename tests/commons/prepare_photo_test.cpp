#include "everyface/commons/prepare_photo.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "everyface/base/hash.h"
#include "everyface/image/exposure.h"
#include "tests/commons/faces.h"
#include "tests/commons/support.h"

namespace everyface {
namespace {

using testing::no_models;
using testing::shared_models;

CleanPhoto clean_photo(const cv::Mat& pixels) {
  CleanPhoto clean;
  clean.pixels = pixels;
  clean.signals.camera = true;
  clean.signals.software = "Editor";
  return clean;
}

TEST(PreparePhoto, PublishesOneFaceAndKeepsWhatFindsDuplicates) {
  auto checker = PhotoChecker::open(no_models()).value();
  const CleanPhoto clean = clean_photo(testing::two_people(0.4));
  const PhotoCheck check = checker.check(clean.pixels, Point{222, 120});
  ASSERT_TRUE(check.is_accepted());
  const PreparedPhoto prepared =
      prepare_photo("the file", clean, check, {}, checker.finder(), no_models());
  const cv::Mat published = decode_photo(prepared.jpeg, "kept.jpg").value().pixels;
  EXPECT_EQ(published.size(), cv::Size(prepared.width, prepared.height));
  EXPECT_EQ(published.size(), clean.pixels.size());
  const Box other{512 + 68, 28, 512 + 110, 76};
  const auto is_other = [&other](const Face& face) { return iou(face.box, other) > 0.3; };
  EXPECT_TRUE(std::ranges::any_of(checker.finder().find(clean.pixels), is_other));
  EXPECT_TRUE(std::ranges::none_of(checker.finder().find(published), is_other));
  EXPECT_EQ(prepared.face, check.faces[*check.chosen].box);
  EXPECT_EQ(prepared.sha256, sha256_hex("the file"));
  EXPECT_EQ(prepared.perceptual_hash, perceptual_hash(clean.pixels));
  EXPECT_TRUE(prepared.camera);
  EXPECT_EQ(prepared.software, "Editor");
  EXPECT_TRUE(prepared.face_template.empty());
  EXPECT_GT(prepared.quality, 0);
  EXPECT_LE(prepared.quality, 1);
}

TEST(PreparePhoto, WithConsentItMakesATemplateAndWithTheChoiceItBrightens) {
  EVERYFACE_NEEDS_SHARED("models/yunet-n.onnx");
  const ModelRegistry models = shared_models();
  auto checker = PhotoChecker::open(models).value();
  auto matcher = FaceMatcher::open_if_installed(models).value();
  ASSERT_TRUE(matcher);
  const CleanPhoto clean = clean_photo(render_exposure(testing::portrait(), -4, 1));
  const PhotoCheck check = checker.check(clean.pixels);
  ASSERT_TRUE(check.is_accepted());
  const Preparation as_it_is{.matcher = matcher.get()};
  const Preparation brighter{.brighten = true, .matcher = matcher.get()};
  const PreparedPhoto dark =
      prepare_photo("file", clean, check, as_it_is, checker.finder(), models);
  const PreparedPhoto bright =
      prepare_photo("file", clean, check, brighter, checker.finder(), models);
  const auto mean = [](const std::string& jpeg) {
    return cv::mean(decode_photo(jpeg, "kept.jpg").value().pixels)[1];
  };
  EXPECT_GT(mean(bright.jpeg), 1.5 * mean(dark.jpeg));
  EXPECT_EQ(dark.template_model, matcher->model());
  EXPECT_TRUE(matcher->may_be_same(dark.face_template, bright.face_template));
}

}  // namespace
}  // namespace everyface
