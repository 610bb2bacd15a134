#include "everyface/commons/duplicates.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/commons/faces.h"
#include "tests/commons/support.h"

namespace everyface {
namespace {

using ::testing::HasSubstr;
using testing::no_models;
using testing::portrait;
using testing::shared_models;

cv::Mat saved_again(const cv::Mat& photo, int quality) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", photo, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

TEST(PerceptualHash, ChangesLittleWhenAPhotoIsSavedAgainReducedOrBrightened) {
  const cv::Mat photo = portrait();
  const PerceptualHash hash = perceptual_hash(photo);
  cv::Mat reduced;
  cv::resize(photo, reduced, cv::Size(200, 200), 0, 0, cv::INTER_AREA);
  cv::Mat brighter;
  photo.convertTo(brighter, -1, 1.15, 10);
  for (const cv::Mat& copy : {saved_again(photo, 40), reduced, brighter}) {
    EXPECT_LE(hamming_distance(hash, perceptual_hash(copy)), kSamePhotoBits);
  }
  EXPECT_EQ(hamming_distance(hash, hash), 0);
}

TEST(PerceptualHash, IsFarFromAnotherPhotos) {
  const std::string folder = "/usr/lib/python3/dist-packages/skimage/data/";
  const PerceptualHash hash = perceptual_hash(portrait());
  for (const char* other : {"chelsea.png", "coffee.png", "rocket.jpg"}) {
    EXPECT_GT(hamming_distance(hash, perceptual_hash(load_photo(folder + other).value().pixels)),
              2 * kSamePhotoBits)
        << other;
  }
}

TEST(FaceMatcher, IsNotThereWithoutWeights) {
  EXPECT_EQ(FaceMatcher::open_if_installed(no_models()).value(), nullptr);
}

TEST(FaceMatcher, KnowsAPersonAgainAndTellsTwoApart) {
  EVERYFACE_NEEDS_SHARED("models/face-reidentification-retail-0095.onnx");
  EVERYFACE_NEEDS_SHARED("data/lfw");
  const auto models = shared_models();
  auto finder = DetectorSpec::parse("yunet")->make({}, models).value();
  auto matcher = FaceMatcher::open_if_installed(models).value();
  const auto face_of = [&](const cv::Mat& photo) {
    return matcher->make_template(photo, finder->detect(photo).front()).value();
  };
  const Template once = face_of(portrait());
  EXPECT_TRUE(matcher->may_be_same(once, face_of(saved_again(portrait(), 50))));
  std::size_t compared = 0;
  for (const auto& person :
       std::filesystem::directory_iterator(testing::shared_folder() / "data/lfw/image")) {
    const auto photos = find_photos({person.path()});
    const cv::Mat photo = load_photo(photos.photos.front().file).value().pixels;
    if (const auto found = finder->detect(photo); !found.empty()) {
      EXPECT_FALSE(matcher->may_be_same(once, matcher->make_template(photo, found[0]).value()));
      ++compared;
    }
    if (compared == 40) {
      break;
    }
  }
  EXPECT_EQ(compared, 40U);
}

TEST(FaceMatcher, NeedsLandmarks) {
  EVERYFACE_NEEDS_SHARED("models/face-reidentification-retail-0095.onnx");
  auto matcher = FaceMatcher::open_if_installed(shared_models()).value();
  const Face without{{170, 70, 275, 190}, 0.9, std::nullopt};
  EXPECT_THAT(matcher->make_template(portrait(), without).error().message, HasSubstr("no eyes"));
}

TEST(TemplateBytes, ComeBackAndAreCheckedForLengthAndDirection) {
  const Template face = {0.6F, 0.0F, -0.8F};
  EXPECT_EQ(read_template(template_bytes(face)).value(), face);
  EXPECT_FALSE(read_template("").ok());
  EXPECT_FALSE(read_template("12345").ok());
  EXPECT_FALSE(read_template(template_bytes({3.0F, 4.0F})).ok());
  EXPECT_FALSE(read_template(template_bytes({std::nanf("")})).ok());
}

}  // namespace
}  // namespace everyface
