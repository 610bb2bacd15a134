#include "detect/multi_pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "detect/decode.h"
#include "support.h"

namespace everyface {
namespace {

/// Takes bright spots on black for faces: the box around each one's pixels above 127, its brightest
/// level over 255 as score, its corners and centre as landmarks. Finds only those 8 to 64 pixels
/// wide, as real models have a smallest and a largest face, and each twice where asked to.
class SpotModel final : public FaceModel {
 public:
  explicit SpotModel(int copies = 1, double iou = 0.4,
                     int largest = std::numeric_limits<int>::max())
      : copies_(copies), iou_(iou), largest_(largest) {}

  void find(const cv::Mat& bgr, double min_score, std::vector<Face>& faces) override {
    cv::Mat channel;
    cv::Mat labels;
    cv::Mat stats;
    cv::Mat centres;
    cv::extractChannel(bgr, channel, 0);
    const int count = cv::connectedComponentsWithStats(channel > 127, labels, stats, centres);
    for (int i = 1; i < count; ++i) {
      const cv::Rect spot(stats.at<int>(i, 0), stats.at<int>(i, 1), stats.at<int>(i, 2),
                          stats.at<int>(i, 3));
      double brightest = 0;
      cv::minMaxLoc(channel(spot), nullptr, &brightest);
      const cv::Rect2d r = spot;
      const Box box = {r.x, r.y, r.x + r.width, r.y + r.height};
      const Landmarks corners = {{{box.x1, box.y1},
                                  {box.x2, box.y1},
                                  {(box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2},
                                  {box.x1, box.y2},
                                  {box.x2, box.y2}}};
      const bool found = spot.width >= 8 && spot.width <= 64;
      for (int copy = 0; found && copy < copies_; ++copy) {
        add_candidate(box, brightest / 255, corners, min_score, faces);
      }
    }
  }
  [[nodiscard]] double nms_iou() const override { return iou_; }
  [[nodiscard]] int largest_face_px() const override { return largest_; }

 private:
  int copies_;
  double iou_;
  int largest_;
};

std::vector<Face> detect(const cv::Mat& photo, const DetectorOptions& options,
                         const std::vector<double>& gains = {1}, int copies = 1, double iou = 0.4) {
  return make_multi_pass(std::make_unique<SpotModel>(copies, iou), options, gains)->detect(photo);
}

cv::Mat black(int width, int height) { return {height, width, CV_8UC3, cv::Scalar::all(0)}; }

void spot(cv::Mat& photo, const cv::Rect& where, int level = 255) {
  photo(where) = cv::Scalar::all(level);
}

void expect_box(const Box& box, const cv::Rect& spot, double tolerance) {
  EXPECT_NEAR(box.x1, spot.x, tolerance);
  EXPECT_NEAR(box.y1, spot.y, tolerance);
  EXPECT_NEAR(box.x2, spot.x + spot.width, tolerance);
  EXPECT_NEAR(box.y2, spot.y + spot.height, tolerance);
}

using MultiPass = testing::OneThreadTest;

TEST_F(MultiPass, WithoutOptionsIsTheModelsOwnAnswerBestFirst) {
  cv::Mat photo = black(200, 100);
  spot(photo, {10, 20, 30, 40}, 200);
  spot(photo, {100, 20, 30, 40}, 250);
  const auto faces = detect(photo, {});
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_EQ(faces[0].box, (Box{100, 20, 130, 60}));
  EXPECT_EQ(faces[1].box, (Box{10, 20, 40, 60}));
  EXPECT_EQ((*faces[1].landmarks)[4], (Point{40, 60}));
}

TEST_F(MultiPass, AnEmptyPhotoHasNoFacesAndOtherPixelTypesAreRefused) {
  EXPECT_TRUE(detect({}, {}).empty());
  EXPECT_THROW(detect(cv::Mat(4, 4, CV_32FC3), {}), cv::Exception);
  EXPECT_THROW(detect(cv::Mat(4, 4, CV_8UC1), {}), cv::Exception);
}

TEST_F(MultiPass, BoxesAndLandmarksComeBackInThePhotosPixelsAtEveryScale) {
  cv::Mat photo = black(150, 90);
  const cv::Rect where(30, 21, 24, 27);
  spot(photo, where);
  for (const double scale : {0.5, 0.77, 1.0, 2.0, 2.5}) {
    const auto faces = detect(photo, {.scale = scale});
    ASSERT_EQ(faces.size(), 1U) << scale;
    expect_box(faces[0].box, where, 1 / std::min(scale, 1.0));
    EXPECT_EQ((*faces[0].landmarks)[4], (Point{faces[0].box.x2, faces[0].box.y2}));
  }
}

TEST_F(MultiPass, FacesLargerThanTheModelKnowsAreFoundWholeAndNotInPieces) {
  const auto found = [](const cv::Mat& photo) {
    return make_multi_pass(std::make_unique<SpotModel>(1, 0.4, 64), {}, {1})->detect(photo);
  };
  cv::Mat photo = black(700, 500);
  const cv::Rect large(230, 160, 200, 200);
  const cv::Rect small(20, 20, 30, 30);
  // Of a large face the model would take an eye for one: a spot of its own, apart from the rest.
  spot(photo, large);
  photo(cv::Rect(258, 188, 36, 36)) = cv::Scalar::all(120);
  spot(photo, {260, 190, 32, 32}, 200);
  spot(photo, small, 220);
  const auto faces = found(photo);
  ASSERT_EQ(faces.size(), 2U);
  expect_box(faces[0].box, large, 8);
  expect_box(faces[1].box, small, 1);
  EXPECT_EQ(found(photo(cv::Rect(0, 0, 150, 150))).size(), 1U);
}

TEST_F(MultiPass, TilesFindEachFaceOnceAndLargeOnesToo) {
  cv::Mat photo = black(700, 500);
  std::vector<cv::Rect> spots;
  for (int y = 8; y + 20 < 240; y += 41) {  // wherever tile borders lie, some cross them
    for (int x = 7; x + 20 < 700; x += 37) {
      spots.emplace_back(x, y, 20, 20);
    }
  }
  spots.emplace_back(230, 260, 200, 200);  // larger than a tile
  for (const cv::Rect& where : spots) {
    spot(photo, where);
  }
  const auto faces = detect(photo, {.tile_px = 128});
  ASSERT_EQ(faces.size(), spots.size());
  for (const cv::Rect& where : spots) {
    const Box box = {static_cast<double>(where.x), static_cast<double>(where.y),
                     static_cast<double>(where.x + where.width),
                     static_cast<double>(where.y + where.height)};
    EXPECT_EQ(std::count_if(faces.begin(), faces.end(),
                            [&](const Face& face) { return iou(face.box, box) > 0.8; }),
              1);
  }
  EXPECT_EQ(detect(photo, {}).size(), spots.size() - 1) << "one pass misses the large one";
}

TEST_F(MultiPass, GainsFindDarkFacesAndKeepTheBestScoreOfEach) {
  cv::Mat photo = black(200, 100);
  spot(photo, {10, 20, 30, 30}, 50);    // above 127 at a gain of 4
  spot(photo, {100, 20, 30, 30}, 204);  // 0.8 as it is, 1 at a gain of 4
  EXPECT_EQ(detect(photo, {}).size(), 1U);
  const auto faces = detect(photo, {}, {1, 4});
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_EQ(faces[0].box, (Box{100, 20, 130, 50}));
  EXPECT_DOUBLE_EQ(faces[0].score, 1);
  EXPECT_DOUBLE_EQ(faces[1].score, 200.0 / 255);
}

TEST_F(MultiPass, GainsAreRoundedAndClippedToEightBits) {
  cv::Mat photo = black(40, 40);
  spot(photo, {10, 10, 9, 9}, 151);
  EXPECT_DOUBLE_EQ(detect(photo, {}, {1.01}).at(0).score, 153.0 / 255);  // 152.51
  EXPECT_DOUBLE_EQ(detect(photo, {}, {256}).at(0).score, 1);
}

TEST_F(MultiPass, SuppressionIsTheModelsOwnUnlessSet) {
  cv::Mat photo = black(60, 60);
  spot(photo, {20, 20, 20, 20});
  EXPECT_EQ(detect(photo, {}, {1}, 2).size(), 1U);
  EXPECT_EQ(detect(photo, {.nms_iou = 1}, {1}, 2).size(), 2U);
  EXPECT_EQ(detect(photo, {}, {1}, 2, 1).size(), 2U) << "a model whose boxes are grouped";
  EXPECT_EQ(detect(photo, {}, {1, 1.5}, 1, 1).size(), 1U) << "found twice, by two gains";
}

TEST_F(MultiPass, KeepsTheBestFacesOnly) {
  cv::Mat photo = black(300, 40);
  for (int i = 0; i < 5; ++i) {
    spot(photo, {10 + 50 * i, 10, 20, 20}, 150 + 20 * i);
  }
  const auto faces = detect(photo, {.max_faces = 2});
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_DOUBLE_EQ(faces[0].score, 230.0 / 255);
  EXPECT_DOUBLE_EQ(faces[1].score, 210.0 / 255);
  EXPECT_EQ(detect(photo, {.tile_px = 64, .max_faces = 3}).size(), 3U);
}

TEST_F(MultiPass, AHigherLeastScoreGivesTheBeginningOfTheSameList) {
  cv::Mat photo = black(300, 100);
  for (int i = 0; i < 10; ++i) {
    spot(photo, {5 + 29 * i, 10 + i, 15, 20}, 130 + 12 * i);
  }
  const auto all = detect(photo, {.min_score = 0, .tile_px = 96});
  for (const double least : {0.2, 0.55, 0.6, 0.7, 1.0}) {
    const auto some = detect(photo, {.min_score = least, .tile_px = 96});
    ASSERT_LE(some.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i < some.size()) {
        EXPECT_EQ(some[i].box, all[i].box);
        EXPECT_GE(some[i].score, least);
      } else {
        EXPECT_LT(all[i].score, least);
      }
    }
  }
}

TEST_F(MultiPass, LeavesThePhotoAsItIs) {
  cv::Mat photo = black(200, 150);
  spot(photo, {40, 40, 20, 20}, 100);
  const cv::Mat before = photo.clone();
  (void)detect(photo, {.scale = 1.5, .tile_px = 100}, {1, 2, 4});
  EXPECT_EQ(cv::norm(photo, before, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace everyface
