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
  ASSERT_EQ(embedder_names(*models_).size(), 4U);
  for (const std::string& name : embedder_names(*models_)) {
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

}  // namespace
}  // namespace everyface
