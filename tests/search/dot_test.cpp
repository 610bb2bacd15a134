#include "everyface/search/dot.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>

#include "search/kernels.h"
#include "tests/search/support.h"

namespace everyface {
namespace {

using testing::Kind;
using testing::make_rows;

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

TEST(Dot, OfSmallWholeNumbersByHand) {
  const std::vector<float> a = {1, 2, 3};
  const std::vector<float> b = {4, -5, 6};
  EXPECT_EQ(dot(a, b), 12);
  EXPECT_EQ(dot(std::span<const float>{}, {}), 0);
}

TEST(Dot, FollowsTheDefinedOrder) {
  // Lanes 0 and 8 meet first: 1e8 and -1e8 cancel before the 1 of lane 4 comes.
  std::vector<float> a(16, 0);
  a[0] = 1e8F;
  a[8] = -1e8F;
  a[4] = 1;
  const std::vector<float> ones(16, 1);
  EXPECT_EQ(dot(a, ones), 1);
  // Lane 0 of the second sixteen is added to lane 0 of the first: the 1 is lost before they cancel.
  std::vector<float> b(32, 0);
  b[0] = 1e8F;
  b[16] = 1;
  b[8] = -1e8F;
  EXPECT_EQ(dot(b, std::vector<float>(32, 1)), 0);
  // A product is rounded only together with its sum: (1 + 2^-12)^2 - 1 keeps 2^-24.
  std::vector<float> c(17, 0);
  std::vector<float> d(17, 0);
  c[0] = -1;
  d[0] = 1;
  c[16] = d[16] = 1 + 0x1.0p-12F;
  EXPECT_EQ(dot(c, d), 0x1.0p-11F + 0x1.0p-24F);
}

TEST(Dot, LiesWithinItsBoundOfTheTrueProduct) {
  for (const std::size_t dimensions : {1U, 5U, 16U, 33U, 127U, 512U, 1024U}) {
    const auto a = make_rows(Kind::kRandom, 20, dimensions, 1);
    const auto b = make_rows(Kind::kClusters, 20, dimensions, 2);
    const double m = std::ceil(static_cast<double>(dimensions) / 16) + 4;
    for (std::size_t r = 0; r < 20; ++r) {
      long double truth = 0;
      for (std::size_t i = r * dimensions; i < (r + 1) * dimensions; ++i) {
        truth += static_cast<long double>(a[i]) * static_cast<long double>(b[i]);
      }
      const float score = dot(std::span(a).subspan(r * dimensions, dimensions),
                              std::span(b).subspan(r * dimensions, dimensions));
      EXPECT_LE(std::abs(static_cast<double>(score) - static_cast<double>(truth)),
                1.0001 * m * 0x1.0p-24);
    }
  }
}

TEST(DotKernels, HaveTheBitsOfThePlainOne) {
  const auto& all = search::available_kernels();
  for (const auto kind : testing::kKinds) {
    for (std::size_t dimensions = 1; dimensions <= 70; ++dimensions) {
      const auto a = make_rows(kind, 4, dimensions, 3);
      const auto b = make_rows(Kind::kRandom, 4, dimensions, 4);
      const float* a_rows[4];
      const float* b_rows[4];
      for (std::size_t i = 0; i < 4; ++i) {
        a_rows[i] = a.data() + i * dimensions;
        b_rows[i] = b.data() + i * dimensions;
      }
      for (const search::Kernels& set : all) {
        float tile[16];
        set.dot_tile(a_rows, b_rows, dimensions, tile);
        for (std::size_t i = 0; i < 16; ++i) {
          const float plain = all.front().dot(a_rows[i / 4], b_rows[i % 4], dimensions);
          ASSERT_EQ(bits(set.dot(a_rows[i / 4], b_rows[i % 4], dimensions)), bits(plain))
              << set.name << " " << dimensions;
          ASSERT_EQ(bits(tile[i]), bits(plain)) << set.name << " " << dimensions;
        }
      }
    }
  }
}

TEST(ScoreBlock, HasTheBitsOfDotForAllSizes) {
  for (const std::size_t dimensions : {1U, 7U, 16U, 40U, 512U}) {
    for (const std::size_t a_rows : {0U, 1U, 3U, 4U, 9U, 140U}) {
      for (const std::size_t b_rows : {0U, 1U, 5U, 8U, 11U}) {
        const auto a = make_rows(Kind::kRandom, a_rows, dimensions, 5);
        const auto b = make_rows(Kind::kClusters, b_rows, dimensions, 6);
        std::vector<float> out(a_rows * b_rows + 1, 77);
        score_block(a, b, dimensions, std::span(out).first(a_rows * b_rows));
        EXPECT_EQ(out.back(), 77);
        for (std::size_t i = 0; i < a_rows * b_rows; ++i) {
          const float alone = dot(std::span(a).subspan(i / b_rows * dimensions, dimensions),
                                  std::span(b).subspan(i % b_rows * dimensions, dimensions));
          ASSERT_EQ(bits(out[i]), bits(alone)) << dimensions << " " << a_rows << " " << b_rows;
        }
      }
    }
  }
}

}  // namespace
}  // namespace everyface
