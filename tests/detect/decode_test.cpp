#include "detect/decode.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace everyface {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// An output of 1 × rows × columns, all zero.
cv::Mat output(int rows, int columns) {
  const int sizes[] = {1, rows, columns};
  return cv::Mat(3, sizes, CV_32F, cv::Scalar(0));
}

void set(cv::Mat& blob, int row, const std::vector<float>& values) {
  std::copy(values.begin(), values.end(), blob.ptr<float>(0, row));
}

void expect_box(const Box& box, double x1, double y1, double x2, double y2) {
  EXPECT_NEAR(box.x1, x1, 1e-4);
  EXPECT_NEAR(box.y1, y1, 1e-4);
  EXPECT_NEAR(box.x2, x2, 1e-4);
  EXPECT_NEAR(box.y2, y2, 1e-4);
}

void expect_point(const Point& point, double x, double y) {
  EXPECT_NEAR(point.x, x, 1e-4);
  EXPECT_NEAR(point.y, y, 1e-4);
}

/// YuNet's outputs for a picture of 64 × 32: 8 × 4, 4 × 2 and 2 × 1 cells.
std::vector<cv::Mat> yunet_outputs() {
  std::vector<cv::Mat> blobs;
  for (const int channels : {1, 1, 4, 10}) {
    for (const int cells : {32, 8, 2}) {
      blobs.push_back(output(cells, channels));
    }
  }
  return blobs;
}

/// dusk's outputs for a picture of 64 × 32, no face in any cell.
std::vector<cv::Mat> dusk_outputs() {
  std::vector<cv::Mat> blobs;
  for (const int cells : {32, 8, 2}) {
    blobs.push_back(output(cells, 15));
    for (int cell = 0; cell < cells; ++cell) {
      set(blobs.back(), cell, {-9});
    }
  }
  return blobs;
}

TEST(DuskDecoding, PlacesBoxAndLandmarksByCellAndStride) {
  auto blobs = dusk_outputs();
  // Stride 16, column 3, row 1: cell 1·4 + 3.
  set(blobs[1], 7,
      {std::log(3.0F), 0.5F, -0.25F, std::log(2.0F), std::log(3.0F), 0, 0, 1, 0, 0.5F, 0.5F, -1, 2,
       0.25F, -0.5F});
  std::vector<Face> faces;
  decode_dusk(blobs, 64, 32, 0.3, faces);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_NEAR(faces[0].score, 0.75, 1e-6);
  expect_box(faces[0].box, 40, -12, 72, 36);
  expect_point((*faces[0].landmarks)[1], 64, 16);
  expect_point((*faces[0].landmarks)[3], 32, 48);
}

TEST(DuskDecoding, KeepsTheLeastScoreAndTakesNoNumberForNoFace) {
  auto blobs = dusk_outputs();
  set(blobs[0], 0, {0});       // a score of exactly 0.5
  set(blobs[0], 1, {-1e-3F});  // a little less
  set(blobs[0], 2, {kNaN});
  set(blobs[2], 1, {1, 0, 0, kInfinity, 0});  // endless box
  std::vector<Face> faces;
  decode_dusk(blobs, 64, 32, 0.5, faces);
  EXPECT_EQ(faces.size(), 1U);
  faces.clear();
  decode_dusk(blobs, 64, 32, 0, faces);
  EXPECT_EQ(faces.size(), 42U - 2U);
}

TEST(DuskDecoding, RefusesOutputsOfAnotherSize) {
  auto blobs = dusk_outputs();
  std::vector<Face> faces;
  EXPECT_THROW(decode_dusk(blobs, 64, 64, 0.5, faces), cv::Exception);
}

TEST(YunetDecoding, PlacesBoxAndLandmarksByCellAndStride) {
  auto blobs = yunet_outputs();
  // Stride 16, column 3, row 1: cell 1·4 + 3.
  set(blobs[1], 7, {0.81F});
  set(blobs[4], 7, {0.36F});
  set(blobs[7], 7, {0.5F, -0.25F, std::log(2.0F), std::log(3.0F)});
  set(blobs[10], 7, {0, 0, 1, 0, 0.5F, 0.5F, -1, 2, 0.25F, -0.5F});
  std::vector<Face> faces;
  decode_yunet(blobs, 64, 32, 0.3, faces);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_NEAR(faces[0].score, 0.9 * 0.6, 1e-6);
  // Centre (3.5, 0.75) · 16 = (56, 12), size 32 × 48.
  expect_box(faces[0].box, 40, -12, 72, 36);
  ASSERT_TRUE(faces[0].landmarks);
  expect_point((*faces[0].landmarks)[0], 48, 16);
  expect_point((*faces[0].landmarks)[1], 64, 16);
  expect_point((*faces[0].landmarks)[2], 56, 24);
  expect_point((*faces[0].landmarks)[3], 32, 48);
  expect_point((*faces[0].landmarks)[4], 52, 8);
}

TEST(YunetDecoding, ClipsBothFactorsOfTheScore) {
  auto blobs = yunet_outputs();
  set(blobs[0], 0, {1.5F});
  set(blobs[3], 0, {0.49F});
  set(blobs[0], 1, {-0.5F});  // twice below zero is not a face
  set(blobs[3], 1, {-0.5F});
  std::vector<Face> faces;
  decode_yunet(blobs, 64, 32, 0.1, faces);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_NEAR(faces[0].score, 0.7, 1e-6);
}

TEST(YunetDecoding, KeepsAScoreAtTheLimitAndNoneBelow) {
  auto blobs = yunet_outputs();
  set(blobs[0], 5, {0.25F});
  set(blobs[3], 5, {1.0F});  // 0.5
  std::vector<Face> faces;
  decode_yunet(blobs, 64, 32, 0.5, faces);
  EXPECT_EQ(faces.size(), 1U);
  decode_yunet(blobs, 64, 32, std::nextafter(0.5, 1.0), faces);
  EXPECT_EQ(faces.size(), 1U);
}

TEST(YunetDecoding, NumbersThatAreNotFiniteGiveNoFace) {
  auto blobs = yunet_outputs();
  for (int cell = 0; cell < 6; ++cell) {
    set(blobs[0], cell, {1});
    set(blobs[3], cell, {1});
  }
  set(blobs[0], 0, {kNaN});
  set(blobs[3], 1, {kNaN});
  set(blobs[6], 2, {kNaN, 0, 0, 0});
  set(blobs[6], 3, {0, 0, 1e6F, 0});       // width overflows
  set(blobs[9], 4, {kInfinity, 0, 0, 0});  // a landmark
  std::vector<Face> faces;
  decode_yunet(blobs, 64, 32, 0, faces);
  for (const Face& face : faces) {
    EXPECT_TRUE(std::isfinite(face.score));
    EXPECT_TRUE(std::isfinite(face.box.width()));
  }
  EXPECT_EQ(faces.size(), 42U - 5U);
}

TEST(YunetDecoding, RefusesOutputsOfAnotherSize) {
  auto blobs = yunet_outputs();
  std::vector<Face> faces;
  EXPECT_THROW(decode_yunet(blobs, 64, 64, 0.3, faces), cv::Exception);
  blobs.pop_back();
  EXPECT_THROW(decode_yunet(blobs, 64, 32, 0.3, faces), cv::Exception);
}

/// SCRFD's outputs for 64 × 32 in an order that says nothing.
std::vector<cv::Mat> scrfd_outputs() {
  std::vector<cv::Mat> blobs;
  for (const int channels : {10, 1, 4}) {
    for (const int anchors : {4, 64, 16}) {
      blobs.push_back(output(anchors, channels));
    }
  }
  return blobs;
}

TEST(ScrfdDecoding, ReadsDistancesFromTheCellsCornerAndTellsOutputsByTheirShape) {
  auto blobs = scrfd_outputs();
  // Stride 8, column 2, row 3, second anchor: (3·8 + 2)·2 + 1; p = (16, 24).
  set(blobs[4], 53, {0.75F});
  set(blobs[7], 53, {1, 2, 0.5F, 0.25F});
  set(blobs[1], 53, {0, 0, 1, 1, -1, 0.5F, 2, 2, 0, -3});
  std::vector<Face> faces;
  decode_scrfd(blobs, 64, 32, 0.3, faces);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_DOUBLE_EQ(faces[0].score, 0.75);
  expect_box(faces[0].box, 8, 8, 20, 26);
  expect_point((*faces[0].landmarks)[0], 16, 24);
  expect_point((*faces[0].landmarks)[1], 24, 32);
  expect_point((*faces[0].landmarks)[2], 8, 28);
  expect_point((*faces[0].landmarks)[4], 16, 0);
}

TEST(ScrfdDecoding, ABoxWithoutAnAreaOrWithANaNGivesNoFace) {
  auto blobs = scrfd_outputs();
  set(blobs[4], 0, {0.9F});  // all four distances zero
  set(blobs[4], 1, {0.9F});
  set(blobs[7], 1, {1, 1, kNaN, 1});
  set(blobs[4], 2, {0.9F});
  set(blobs[7], 2, {1, -2, 1, 1});  // upside down
  set(blobs[4], 3, {kInfinity});
  set(blobs[7], 3, {1, 1, 1, 1});
  std::vector<Face> faces;
  decode_scrfd(blobs, 64, 32, 0.3, faces);
  EXPECT_TRUE(faces.empty());
}

TEST(AnchorDecoding, PlacesBoxesByAnchorAndVariances) {
  // 32 × 16: 4 × 2 cells of stride 8 with two anchors, 2 × 1 of stride 16 with one.
  const std::vector<AnchorLevel> levels = {{8, {10, 20}}, {16, {50}}};
  cv::Mat loc = output(18, 4);
  cv::Mat conf = output(18, 2);
  cv::Mat landms = output(18, 10);
  // Stride 8, column 1, row 1, side 20: (1·4 + 1)·2 + 1; centre (12, 12).
  set(conf, 11, {0.1F, 0.9F});
  set(loc, 11, {1, -0.5F, 5 * std::log(2.0F), 0});
  set(landms, 11, {0, 0, 1, 0, 0, 1, -1, -1, 2, 2});
  // Stride 16, column 1: 16 + 1; centre (24, 8).
  set(conf, 17, {0.5F, 0.5F});
  std::vector<Face> faces;
  decode_anchors(levels, loc, conf, landms, 32, 16, 0.3, faces);
  ASSERT_EQ(faces.size(), 2U);
  // Centre (12 + 0.1·20, 12 − 0.05·20) = (14, 11), size 40 × 20.
  expect_box(faces[0].box, -6, 1, 34, 21);
  EXPECT_NEAR(faces[0].score, 0.9, 1e-6);
  expect_point((*faces[0].landmarks)[1], 14, 12);
  expect_point((*faces[0].landmarks)[3], 10, 10);
  expect_point((*faces[0].landmarks)[4], 16, 16);
  expect_box(faces[1].box, -1, -17, 49, 33);
}

TEST(AnchorDecoding, WithoutLandmarksTheFacesHaveNone) {
  cv::Mat conf = output(1, 2);
  set(conf, 0, {0, 1.00001F});
  std::vector<Face> faces;
  decode_anchors({{8, {16}}}, output(1, 4), conf, {}, 8, 8, 0.3, faces);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_FALSE(faces[0].landmarks);
  EXPECT_EQ(faces[0].score, 1) << "clipped";
  expect_box(faces[0].box, -4, -4, 12, 12);
}

TEST(AnchorDecoding, NumbersThatAreNotFiniteGiveNoFace) {
  cv::Mat loc = output(4, 4);
  cv::Mat conf = output(4, 2);
  for (int anchor = 0; anchor < 4; ++anchor) {
    set(conf, anchor, {0, 0.9F});
  }
  set(conf, 0, {0, kNaN});
  set(loc, 1, {0, 0, 1e9F, 0});
  set(loc, 2, {-kInfinity, 0, 0, 0});
  std::vector<Face> faces;
  decode_anchors({{8, {16}}}, loc, conf, {}, 16, 16, 0.3, faces);
  EXPECT_EQ(faces.size(), 1U);
}

TEST(Padding, RoundsUpToTheUnit) {
  EXPECT_EQ(round_up(1, 32), 32);
  EXPECT_EQ(round_up(32, 32), 32);
  EXPECT_EQ(round_up(1080, 32), 1088);
}

}  // namespace
}  // namespace everyface
