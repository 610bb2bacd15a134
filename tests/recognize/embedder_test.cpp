// The embedders against templates of the reference implementation.
#include "everyface/recognize/embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "everyface/recognize/align.h"
#include "everyface/recognize/quality.h"
#include "tests/testing.h"

namespace everyface {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

double cosine(const Template& a, const std::vector<double>& b) {
  double product = 0;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    squares += b[i] * b[i];
  }
  return product / std::sqrt(squares);
}

class EmbedderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    EVERYFACE_NEEDS_SHARED("data/reference/embed/embeddings.json");
    std::ifstream file(testing::shared_folder() / "data/reference/embed/embeddings.json");
    reference_ = json::parse(file);
  }

  static Landmarks landmarks_of(const json& points) {
    Landmarks landmarks;
    for (std::size_t i = 0; i < landmarks.size(); ++i) {
      landmarks[i] = {points.at(i).at(0), points.at(i).at(1)};
    }
    return landmarks;
  }

  static cv::Mat photo_of(const json& face) {
    return cv::imread(
        (testing::shared_folder() / "data" / face.at("image").get<std::string>()).string());
  }

  testing::TemporaryFolder folder_;
  Result<ModelRegistry> models_ =
      ModelRegistry::open(folder_.path(), (testing::shared_folder() / "models").string());
  json reference_;
};

TEST_F(EmbedderTest, TransformsAreTheReferences) {
  const Landmarks points = landmarks_of(reference_.at("template_112"));
  for (const json& face : reference_.at("faces")) {
    const auto transform = similarity_transform(landmarks_of(face.at("landmarks")), points);
    ASSERT_TRUE(transform);
    for (int row = 0; row < 2; ++row) {
      for (int column = 0; column < 3; ++column) {
        EXPECT_NEAR((*transform)(row, column),
                    face.at("similarity_2x3").at(std::size_t(row)).at(std::size_t(column)), 1e-4);
      }
    }
  }
}

TEST_F(EmbedderTest, TemplatesAreTheReferences) {
  const json& faces = reference_.at("faces");
  ASSERT_EQ(embedder_names(*models_).size(), 5U);
  for (const std::string& name : embedder_names(*models_)) {
    if (name == "kin") {
      continue;  // ours: below
    }
    auto embedder = Embedder::load(*models_, name);
    ASSERT_TRUE(embedder) << embedder.error().message;
    double worst = 1;
    for (const json& face : faces) {
      const auto vector = embedder->embed(photo_of(face), landmarks_of(face.at("landmarks")));
      ASSERT_TRUE(vector) << vector.error().message;
      ASSERT_EQ(vector->size(), embedder->dimensions());
      worst = std::min(worst, cosine(*vector, face.at("embeddings").at(name)));
    }
    EXPECT_GT(worst, 0.9999) << name;
    RecordProperty(name, std::to_string(worst));
  }
}

TEST_F(EmbedderTest, FlipAveragingMakesMirroredPhotosAlike) {
  const json& face = reference_.at("faces").at(0);
  auto plain = Embedder::load(*models_, "mobilefacenet-foamliu");
  auto averaged = Embedder::load(*models_, "mobilefacenet-foamliu", true);
  ASSERT_TRUE(plain && averaged);
  const auto crop = plain->align(photo_of(face), landmarks_of(face.at("landmarks")));
  ASSERT_TRUE(crop);
  cv::Mat mirrored;
  cv::flip(*crop, mirrored, 1);
  const Template sum = averaged->embed_crop(*crop).value();
  const Template mirrored_sum = averaged->embed_crop(mirrored).value();
  double product = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    EXPECT_NEAR(sum[i], mirrored_sum[i], 1e-5);
    product += static_cast<double>(sum[i]) * static_cast<double>(plain->embed_crop(*crop)->at(i));
  }
  EXPECT_LT(product, 0.9999);
  EXPECT_GT(product, 0.8);
}

TEST_F(EmbedderTest, LandmarksInOnePlaceAreAFailureToAcquire) {
  auto embedder = Embedder::load(*models_, "mobilefacenet-foamliu");
  ASSERT_TRUE(embedder);
  Landmarks one_place;
  one_place.fill({50, 50});
  const auto vector = embedder->embed(cv::Mat(100, 100, CV_8UC3, cv::Scalar::all(9)), one_place);
  ASSERT_FALSE(vector);
  EXPECT_THAT(vector.error().message, HasSubstr("landmarks"));
}

TEST(EmbedderNames, UnknownOnesAreRefusedWithTheNearest) {
  const testing::TemporaryFolder folder;
  const auto models = ModelRegistry::open(folder.path(), "");
  ASSERT_TRUE(models);
  EXPECT_THAT(Embedder::load(*models, "edgeface-xs").error().message,
              HasSubstr("did you mean edgeface-xxs?"));
  EXPECT_THAT(Embedder::load(*models, "yunet-n").error().message, HasSubstr("no embedder"));
  EXPECT_THAT(Embedder::load(*models, "edgeface-xxs").error().message,
              HasSubstr("everyface models fetch edgeface-xxs"));
}

/// The drawing of training/kin/export.py.
cv::Mat drawn_crop() {
  cv::Mat crop(112, 112, CV_8UC3);
  for (int y = 0; y < crop.rows; ++y) {
    for (int x = 0; x < crop.cols; ++x) {
      crop.at<cv::Vec3b>(y, x) = cv::Vec3b(cv::saturate_cast<uchar>((x * y) % 23 + x / 8),
                                           cv::saturate_cast<uchar>((x + 2 * y) % 19 + y / 8),
                                           cv::saturate_cast<uchar>((x * 3 + y) % 29));
    }
  }
  return crop;
}

/// Our own embedder: its weights ship, so it is tested everywhere.
TEST(Kin, GivesTheTemplatesOfItsTraining) {
  testing::TemporaryFolder folder;
  const auto models = ModelRegistry::open(folder.path(), "");
  ASSERT_TRUE(models);
  auto kin = Embedder::load(*models, "kin");
  ASSERT_TRUE(kin) << kin.error().message;
  std::ifstream file(testing::source_folder() / "tests/recognize/kin_reference.json");
  const auto reference = json::parse(file).get<std::vector<double>>();
  ASSERT_EQ(kin->dimensions(), reference.size());
  const auto found = kin->embed_crop(drawn_crop());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GT(cosine(*found, reference), 0.999);
}

TEST(Gauge, SaysWhatItsTrainingSaid) {
  testing::TemporaryFolder folder;
  const auto models = ModelRegistry::open(folder.path(), "");
  ASSERT_TRUE(models);
  auto quality = FaceQuality::load(*models);
  ASSERT_TRUE(quality) << quality.error().message;
  std::ifstream file(testing::source_folder() / "tests/recognize/gauge_reference.json");
  const double reference = json::parse(file);
  const auto found = quality->of_crop(drawn_crop());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_NEAR(*found, reference, 1e-3);
  const Landmarks nowhere{};
  EXPECT_FALSE(quality->probability(drawn_crop(), nowhere));
}

}  // namespace
}  // namespace everyface
