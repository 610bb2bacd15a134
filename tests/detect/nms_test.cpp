#include "everyface/detect/nms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "everyface/base/random.h"

namespace everyface {
namespace {

Face face(double x, double y, double side, double score) {
  return {{x, y, x + side, y + side}, score, std::nullopt};
}

std::vector<double> scores(const std::vector<Face>& faces) {
  std::vector<double> all;
  for (const Face& f : faces) {
    all.push_back(f.score);
  }
  return all;
}

TEST(Suppression, OfNothingIsNothing) { EXPECT_TRUE(suppress_overlaps({}, 0.4, 10).empty()); }

TEST(Suppression, KeepsTheBetterOfTwoOverlappingBoxesAndEveryDistantOne) {
  // The first two share 90 of 110 columns: IoU 0.818.
  const auto kept = suppress_overlaps(
      {face(0, 0, 100, 0.6), face(10, 0, 100, 0.9), face(300, 0, 50, 0.4)}, 0.4, 10);
  EXPECT_THAT(scores(kept), ::testing::ElementsAre(0.9, 0.4));
}

TEST(Suppression, KeepsABoxThatOverlapsByExactlyTheLimit) {
  // 100×50 shared of 150×100: IoU 1/3.
  const std::vector<Face> faces = {face(0, 0, 100, 0.9), face(0, 50, 100, 0.8)};
  EXPECT_EQ(suppress_overlaps(faces, 1.0 / 3, 10).size(), 2U);
  EXPECT_EQ(suppress_overlaps(faces, std::nextafter(1.0 / 3, 0.0), 10).size(), 1U);
}

TEST(Suppression, ABoxThatWasDroppedDropsNoOther) {
  // Each overlaps its neighbour by 60 of 140 (0.43) and the one after it by 20 of 180 (0.11).
  const auto kept = suppress_overlaps(
      {face(0, 0, 100, 0.9), face(40, 0, 100, 0.8), face(80, 0, 100, 0.7)}, 0.4, 10);
  EXPECT_THAT(scores(kept), ::testing::ElementsAre(0.9, 0.7));
}

TEST(Suppression, OfDuplicatesKeepsOneAndAtLimitOneAll) {
  const std::vector<Face> faces(3, face(5, 5, 20, 0.5));
  EXPECT_EQ(suppress_overlaps(faces, 0.999, 10).size(), 1U);
  EXPECT_EQ(suppress_overlaps(faces, 1, 10).size(), 3U);
}

TEST(Suppression, EqualScoresAreOrderedByTheirEdgesWhateverTheOrderGiven) {
  std::vector<Face> faces = {face(0, 0, 10, 0.5), face(0, 0, 11, 0.5), face(0, 30, 10, 0.5),
                             face(50, 0, 10, 0.5), face(90, 0, 10, 0.7)};
  const std::vector<Box> expected = {faces[4].box, faces[0].box, faces[2].box, faces[3].box};
  const auto by_edges = [](const Face& a, const Face& b) { return ranks_before(b, a); };
  std::sort(faces.begin(), faces.end(), by_edges);
  for (int turn = 0; turn < 5; ++turn) {
    std::rotate(faces.begin(), faces.begin() + 1, faces.end());
    std::vector<Box> boxes;
    for (const Face& f : suppress_overlaps(faces, 0.4, 10)) {
      boxes.push_back(f.box);
    }
    EXPECT_EQ(boxes, expected);
  }
}

TEST(Suppression, StopsAtTheMostFaces) {
  const std::vector<Face> faces = {face(0, 0, 10, 0.1), face(20, 0, 10, 0.3), face(40, 0, 10, 0.2)};
  EXPECT_THAT(scores(suppress_overlaps(faces, 0.4, 2)), ::testing::ElementsAre(0.3, 0.2));
  EXPECT_TRUE(suppress_overlaps(faces, 0.4, 0).empty());
}

TEST(Suppression, OfRandomBoxesKeepsNoPairAboveTheLimitAndDropsNoneWithoutABetterOne) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<Face> faces;
    for (int i = 0; i < 120; ++i) {
      faces.push_back(face(random.uniform() * 200, random.uniform() * 200,
                           10 + random.uniform() * 60, std::round(random.uniform() * 20) / 20));
    }
    const auto kept = suppress_overlaps(faces, 0.4, 1000);
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), ranks_before));
    for (const Face& f : faces) {
      const auto covers = [&](const Face& k) {
        return k.box == f.box || (iou(k.box, f.box) > 0.4 && ranks_before(k, f));
      };
      EXPECT_EQ(std::count_if(kept.begin(), kept.end(), covers) > 0, true);
    }
    for (std::size_t i = 0; i < kept.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        EXPECT_LE(iou(kept[i].box, kept[j].box), 0.4);
      }
    }
  }
}

}  // namespace
}  // namespace everyface
