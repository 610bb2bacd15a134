// Our own detector: its weights ship, so it is tested everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "everyface/detect/detector.h"
#include "everyface/nn/registry.h"
#include "support.h"
#include "tests/testing.h"

namespace everyface {
namespace {

struct Ellipse {
  int x, y, radius_x, radius_y;
  cv::Vec3b colour;
};

void draw(cv::Mat& photo, const Ellipse& e) {
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      const int across = (x - e.x) * (x - e.x) * e.radius_y * e.radius_y;
      const int down = (y - e.y) * (y - e.y) * e.radius_x * e.radius_x;
      if (across + down <= e.radius_x * e.radius_x * e.radius_y * e.radius_y) {
        photo.at<cv::Vec3b>(y, x) = e.colour;
      }
    }
  }
}

/// The drawing of training/dusk/reference.py: two faces of ellipses in a dark scene, no grey level
/// above 34.
cv::Mat drawing() {
  cv::Mat photo(168, 200, CV_8UC3);
  for (int y = 0; y < photo.rows; ++y) {
    for (int x = 0; x < photo.cols; ++x) {
      photo.at<cv::Vec3b>(y, x) = {static_cast<uchar>(6 + (x * 3 + y) / 64),
                                   static_cast<uchar>(5 + (x + y * 2) / 64),
                                   static_cast<uchar>(4 + (x + y) / 64)};
    }
  }
  struct Head {
    int x, y, radius;
  };
  for (const auto& [x, y, r] : {Head{64, 80, 40}, Head{150, 60, 16}}) {
    draw(photo, {x, y - r / 4, r + r / 8, r + r / 2, {4, 3, 3}});
    draw(photo, {x, y, r, r + r / 4, {18, 24, 34}});
    draw(photo, {x - r * 2 / 5, y - r / 4, r / 5, r / 8, {5, 5, 6}});
    draw(photo, {x + r * 2 / 5, y - r / 4, r / 5, r / 8, {5, 5, 6}});
    draw(photo, {x, y + r / 6, r / 8, r / 5, {14, 18, 26}});
    draw(photo, {x, y + r * 5 / 8, r * 3 / 8, r / 8, {8, 8, 16}});
  }
  return photo;
}

/// Finds its weights with no folder and no mirror.
std::unique_ptr<Detector> make_dusk_alone(const DetectorOptions& options) {
  const testing::TemporaryFolder empty;
  const auto models = ModelRegistry::open(empty.path(), "");
  return DetectorSpec::parse("dusk")->make(options, *models).value();
}

class Dusk : public testing::OneThreadTest {};

TEST_F(Dusk, FindsWhatItsTrainingFoundInADrawingInTheDark) {
  std::ifstream file(EVERYFACE_SOURCE_DIR "/tests/detect/dusk_reference.json");
  const auto reference = nlohmann::json::parse(file);
  ASSERT_GE(reference.size(), 2U);
  // Scores near the least one may fall on either side of it on another processor.
  constexpr double kLeast = 0.1;
  constexpr double kSlack = 0.002;
  const auto found = make_dusk_alone({.min_score = kLeast - kSlack})->detect(drawing());
  ASSERT_GE(found.size(), reference.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i >= reference.size()) {
      EXPECT_LT(found[i].score, kLeast + kSlack);
      continue;
    }
    const auto& expected = reference[i];
    EXPECT_NEAR(found[i].score, expected.at("score").get<double>(), kSlack) << i;
    const Box& box = found[i].box;
    const double sides[] = {box.x1, box.y1, box.x2, box.y2};
    for (std::size_t side = 0; side < 4; ++side) {
      EXPECT_NEAR(sides[side], expected.at("box")[side].get<double>(), 0.05) << i;
    }
    ASSERT_TRUE(found[i].landmarks);
    for (std::size_t point = 0; point < 5; ++point) {
      const auto& at = expected.at("landmarks")[point];
      EXPECT_NEAR((*found[i].landmarks)[point].x, at[0].get<double>(), 0.05) << i;
      EXPECT_NEAR((*found[i].landmarks)[point].y, at[1].get<double>(), 0.05) << i;
    }
  }
}

TEST_F(Dusk, FindsTheDrawnFacesAndNothingElse) {
  const auto found = make_dusk_alone({.min_score = 0.5})->detect(drawing());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const Face& face) {
    return iou(face.box, {24, 30, 104, 130}) > 0.5;
  }));
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const Face& face) {
    return iou(face.box, {134, 40, 166, 80}) > 0.5;
  }));
}

}  // namespace
}  // namespace everyface
