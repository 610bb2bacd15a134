#include "detect/passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace everyface {
namespace {

bool open(const Pass& pass) {
  return pass.open_left || pass.open_top || pass.open_right || pass.open_bottom;
}

TEST(Passes, APhotoThatFitsIsOnePassOfItself) {
  for (const int tile : {0, 640}) {
    const auto passes = plan_passes({640, 480}, 1, tile);
    ASSERT_EQ(passes.size(), 1U);
    EXPECT_EQ(passes[0].region, cv::Rect(0, 0, 640, 480));
    EXPECT_EQ(passes[0].size, cv::Size(640, 480));
    EXPECT_FALSE(open(passes[0]));
  }
}

TEST(Passes, OnePixelStaysOnePixelAtEveryScale) {
  EXPECT_EQ(plan_passes({1, 1}, 0.01, 64).at(0).size, cv::Size(1, 1));
  EXPECT_EQ(plan_passes({1, 1}, 16, 64).at(0).size, cv::Size(16, 16));
}

TEST(Passes, TilesOverlapByAQuarterAndTheReducedPhotoComesLast) {
  // 1000 by tiles of 400: a step of at most 300, so three; 400 high: one row.
  const auto passes = plan_passes({1000, 400}, 1, 400);
  ASSERT_EQ(passes.size(), 4U);
  EXPECT_EQ(passes[0].region, cv::Rect(0, 0, 400, 400));
  EXPECT_EQ(passes[1].region, cv::Rect(300, 0, 400, 400));
  EXPECT_EQ(passes[2].region, cv::Rect(600, 0, 400, 400));
  EXPECT_EQ(passes[3].region, cv::Rect(0, 0, 1000, 400));
  EXPECT_EQ(passes[3].size, cv::Size(400, 160));
  EXPECT_FALSE(open(passes[3]));
  EXPECT_FALSE(passes[0].open_left);
  EXPECT_TRUE(passes[0].open_right);
  EXPECT_TRUE(passes[1].open_left && passes[1].open_right);
  EXPECT_FALSE(passes[1].open_top || passes[1].open_bottom);
}

TEST(Passes, ScaleCountsBeforeTiles) {
  const auto passes = plan_passes({500, 200}, 2, 400);
  ASSERT_EQ(passes.size(), 4U);
  EXPECT_EQ(passes[1].region, cv::Rect(150, 0, 200, 200));
  EXPECT_EQ(passes[1].size, cv::Size(400, 400));
  EXPECT_EQ(passes[3].size, cv::Size(400, 160));
}

TEST(Passes, LargePhotosAreTiledUnasked) {
  EXPECT_EQ(plan_passes({4096, 4096}, 1, 0).size(), 1U);
  const auto passes = plan_passes({4097, 3000}, 1, 0);
  EXPECT_GT(passes.size(), 1U);
  EXPECT_EQ(passes[0].size, cv::Size(2048, 2048));
  EXPECT_EQ(plan_passes({6000, 4000}, 0.5, 0).size(), 1U) << "it fits once reduced";
}

TEST(Passes, ReduceALargePhotoUntilItsFacesAreOfKnownSizes) {
  EXPECT_EQ(plan_passes({640, 480}, 1, 0, 256).size(), 1U);
  const auto passes = plan_passes({4000, 3000}, 1, 0, 256);
  ASSERT_EQ(passes.size(), 3U);
  EXPECT_EQ(passes[1].size, cv::Size(1000, 750));
  EXPECT_EQ(passes[2].size, cv::Size(250, 188));
  EXPECT_FALSE(open(passes[2]));
  EXPECT_EQ(plan_passes({4000, 3000}, 0.16, 0, 256).size(), 1U) << "small enough once reduced";
}

TEST(Passes, OfAnySizeCoverThePhotoWithinTheTileAndEndWithAllOfIt) {
  for (const cv::Size photo : {cv::Size(1, 1),
                               {65, 64},
                               {64, 1},
                               {333, 97},
                               {1000, 1001},
                               {10000, 10000},
                               {200000, 3},
                               {5, 70001}}) {
    for (const double scale : {0.01, 0.37, 1.0, 1.7, 15.9}) {
      for (const int tile : {0, 64, 100, 640}) {
        if (tile == 64 && static_cast<double>(photo.area()) * scale * scale > 4e6) {
          continue;  // right, but a million passes
        }
        const auto passes = plan_passes(photo, scale, tile);
        const int most = tile != 0 ? tile : kLongestSide;
        for (const Pass& pass : passes) {
          ASSERT_GT(pass.size.area(), 0);
          ASSERT_LE(std::max(pass.size.width, pass.size.height), most);
          ASSERT_EQ(pass.region & cv::Rect({0, 0}, photo), pass.region);
          ASSERT_GT(pass.region.area(), 0);
        }
        EXPECT_EQ(passes.back().region, cv::Rect({0, 0}, photo));
        // The first level: every column of the photo in a tile, neighbours overlapping.
        int covered = 0;
        for (const Pass& pass : passes) {
          if (pass.region.y > 0 || pass.region.x < covered - pass.region.width) {
            break;
          }
          EXPECT_LE(pass.region.x, covered);
          covered = pass.region.x + pass.region.width;
        }
        EXPECT_EQ(covered, photo.width);
      }
    }
  }
}

TEST(Passes, EveryFaceUpToAnEighthOfATileIsFarFromTheOpenBordersOfSomeTile) {
  const int tile = 128;
  const auto passes = plan_passes({1111, 777}, 1, tile);
  for (int x = 0; x + 16 <= 1111; x += 5) {
    for (int y = 0; y + 16 <= 777; y += 7) {
      const bool whole = std::any_of(passes.begin(), passes.end(), [&](const Pass& pass) {
        const double left = x - pass.region.x;
        const double top = y - pass.region.y;
        return pass.region.width == tile && left >= 0 && top >= 0 &&
               left + 16 <= pass.region.width && top + 16 <= pass.region.height &&
               !pass.cuts({left, top, left + 16, top + 16});
      });
      ASSERT_TRUE(whole) << x << ", " << y;
    }
  }
}

TEST(Passes, AFaceIsCutOnlyAtABorderWhereThePhotoGoesOn) {
  Pass pass{{100, 0, 320, 320}, {320, 320}, true, false, true, false};
  EXPECT_TRUE(pass.cuts({9, 100, 60, 160}));
  EXPECT_FALSE(pass.cuts({10, 100, 60, 160})) << "a 32nd of 320 is far enough";
  EXPECT_TRUE(pass.cuts({250, 100, 311, 160}));
  EXPECT_FALSE(pass.cuts({100, -5, 160, 60})) << "the photo ends there";
  EXPECT_FALSE(pass.cuts({100, 270, 160, 330}));
}

}  // namespace
}  // namespace everyface
