#include "everyface/recognize/align.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace everyface {
namespace {

using ::testing::HasSubstr;

constexpr Landmarks kFace = {{{30, 40}, {70, 42}, {51, 60}, {35, 80}, {66, 81}}};

Landmarks moved(const Landmarks& face, double scale, double angle, double dx, double dy) {
  Landmarks out;
  for (std::size_t i = 0; i < face.size(); ++i) {
    out[i] = {scale * (std::cos(angle) * face[i].x - std::sin(angle) * face[i].y) + dx,
              scale * (std::sin(angle) * face[i].x + std::cos(angle) * face[i].y) + dy};
  }
  return out;
}

Point through(const cv::Matx23d& transform, const Point& point) {
  return {transform(0, 0) * point.x + transform(0, 1) * point.y + transform(0, 2),
          transform(1, 0) * point.x + transform(1, 1) * point.y + transform(1, 2)};
}

TEST(SimilarityTransform, UndoesRotationScaleAndShift) {
  for (const double angle : {0.0, 0.3, -2.0, 3.1}) {
    for (const double scale : {0.01, 1.0, 40.0}) {
      const auto transform = similarity_transform(moved(kFace, scale, angle, 5, -900), kFace);
      ASSERT_TRUE(transform);
      const Landmarks from = moved(kFace, scale, angle, 5, -900);
      for (std::size_t i = 0; i < kFace.size(); ++i) {
        const Point back = through(*transform, from[i]);
        EXPECT_NEAR(back.x, kFace[i].x, 1e-9);
        EXPECT_NEAR(back.y, kFace[i].y, 1e-9);
      }
    }
  }
}

TEST(SimilarityTransform, IsTheLeastSquaresOne) {
  Landmarks bent = kFace;
  bent[2].x += 9;
  bent[4].y -= 4;
  const auto best = similarity_transform(bent, kFace);
  ASSERT_TRUE(best);
  const auto squares = [&](const cv::Matx23d& transform) {
    double sum = 0;
    for (std::size_t i = 0; i < kFace.size(); ++i) {
      const Point to = through(transform, bent[i]);
      sum += std::pow(to.x - kFace[i].x, 2) + std::pow(to.y - kFace[i].y, 2);
    }
    return sum;
  };
  for (const double step : {-1e-3, 1e-3}) {
    for (int parameter = 0; parameter < 4; ++parameter) {
      cv::Matx23d other = *best;
      if (parameter == 0) {
        other(0, 0) += step;
        other(1, 1) += step;
      } else if (parameter == 1) {
        other(0, 1) -= step;
        other(1, 0) += step;
      } else {
        other(parameter - 2, 2) += step;
      }
      EXPECT_GT(squares(other), squares(*best));
    }
  }
}

TEST(SimilarityTransform, NeverMirrors) {
  Landmarks mirrored = kFace;
  for (Point& point : mirrored) {
    point.x = 100 - point.x;
  }
  if (const auto transform = similarity_transform(mirrored, kFace)) {
    EXPECT_GT((*transform)(0, 0) * (*transform)(1, 1) - (*transform)(0, 1) * (*transform)(1, 0), 0);
  }
}

TEST(SimilarityTransform, DoesNotExistForPointsThatAreNoFace) {
  Landmarks one_place;
  one_place.fill({4, 5});
  EXPECT_FALSE(similarity_transform(one_place, kFace));
  Landmarks broken = kFace;
  broken[3].y = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(similarity_transform(broken, kFace));
  broken[3].y = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(similarity_transform(broken, kFace));
  EXPECT_FALSE(similarity_transform(moved(kFace, 1e9, 0, 0, 0), kFace));
}

TEST(WarpFace, PutsTheLandmarksWhereTheyBelongAndBlackBeyondThePhoto) {
  cv::Mat photo(100, 120, CV_8UC3, cv::Scalar(10, 20, 30));
  photo.at<cv::Vec3b>(40, 30) = {200, 100, 50};
  const auto transform = similarity_transform(kFace, moved(kFace, 1, 0, -20, -15));
  ASSERT_TRUE(transform);
  const cv::Mat crop = warp_face(photo, *transform, 112, 96);
  EXPECT_EQ(crop.size(), cv::Size(112, 96));
  EXPECT_EQ(crop.at<cv::Vec3b>(25, 10), (cv::Vec3b{200, 100, 50}));
  EXPECT_EQ(crop.at<cv::Vec3b>(95, 111), (cv::Vec3b{0, 0, 0}));
}

Face face(Box box, double score, bool landmarks = true) {
  Face face;
  face.box = box;
  face.score = score;
  if (landmarks) {
    face.landmarks = kFace;
  }
  return face;
}

TEST(ChooseFace, TakesTheLargestThatCoversTheCentre) {
  const std::vector<Face> faces = {face({0, 0, 90, 45}, 0.9), face({40, 40, 60, 60}, 0.8),
                                   face({30, 30, 70, 70}, 0.6), face({10, 10, 95, 95}, 0.4),
                                   face({0, 0, 100, 100}, 0.9, false)};
  const auto chosen = choose_face(faces, {100, 100}, std::nullopt, 0.5);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->box, (Box{30, 30, 70, 70}));
}

TEST(ChooseFace, TakesTheOneAtTheLabel) {
  const std::vector<Face> faces = {face({0, 0, 90, 45}, 0.9), face({40, 40, 60, 60}, 0.8)};
  const auto chosen = choose_face(faces, {100, 100}, Box{5, 0, 80, 50}, 0.5);
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->box, (Box{0, 0, 90, 45}));
}

TEST(ChooseFace, SaysWhyThereIsNone) {
  const std::vector<Face> faces = {face({0, 0, 30, 30}, 0.9)};
  EXPECT_THAT(choose_face({}, {100, 100}, std::nullopt, 0.5).error().message,
              HasSubstr("no face found"));
  EXPECT_THAT(choose_face(faces, {100, 100}, std::nullopt, 0.5).error().message,
              HasSubstr("centre"));
  EXPECT_THAT(choose_face(faces, {100, 100}, Box{50, 50, 90, 90}, 0.5).error().message,
              HasSubstr("labelled box"));
}

}  // namespace
}  // namespace everyface
