// Codes, and the bound on what they leave out.
#include "search/codes.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "tests/search/support.h"

namespace everyface::search {
namespace {

using everyface::testing::Kind;
using everyface::testing::kKinds;
using everyface::testing::make_rows;

TEST(Encode, RoundsToTheNearestStep) {
  const std::vector<float> x = {127, -63.4F, 0.4F, 0.6F, 0};
  std::vector<std::int8_t> codes(5);
  const Coded coded = encode(x, codes);
  EXPECT_EQ(coded.scale, 1);
  EXPECT_EQ(codes, (std::vector<std::int8_t>{127, -63, 0, 1, 0}));
  EXPECT_EQ(coded.code_sum, 65);
  EXPECT_NEAR(coded.error, std::sqrt(0.4 * 0.4 + 0.4 * 0.4 + 0.4 * 0.4), 1e-5);
  EXPECT_NEAR(coded.coded_length, std::sqrt(127.0 * 127 + 63 * 63 + 1), 1e-9);
}

TEST(Encode, OfZerosAndOfTheSmallestNumbersIsZero) {
  for (const float value : {0.0F, 1e-40F, -1e-45F}) {
    std::vector<std::int8_t> codes(9, 5);
    const Coded coded = encode(std::vector<float>(9, value), codes);
    EXPECT_EQ(coded.scale, 0);
    EXPECT_EQ(codes, std::vector<std::int8_t>(9, 0));
    EXPECT_NEAR(coded.error, coded.length, 1e-50);
  }
}

TEST(Encode, TakesNoVectorThatIsNotFiniteOrTooLong) {
  EXPECT_TRUE(can_encode(std::vector<float>{}));
  EXPECT_TRUE(can_encode(std::vector<float>{1e6F, 0}));
  EXPECT_FALSE(can_encode(std::vector<float>{1.1e6F, 0}));
  EXPECT_FALSE(can_encode(std::vector<float>{0, std::numeric_limits<float>::quiet_NaN()}));
  EXPECT_FALSE(can_encode(std::vector<float>{-std::numeric_limits<float>::infinity()}));
}

/// A gallery and queries, coded.
struct CodedPair {
  CodedPair(std::span<const float> rows, std::span<const float> asked, std::size_t dimensions)
      : gallery(rows.size() / dimensions, dimensions) {
    double longest = 0;
    for (std::size_t b = 0; b < gallery.blocks(); ++b) {
      const auto refused = gallery.encode_block(
          b, [&](std::size_t row) { return rows.data() + row * dimensions; }, longest);
      EXPECT_FALSE(refused);
    }
    queries = std::make_unique<CodedQueries>(asked, dimensions, longest);
  }
  CodedRows gallery;
  std::unique_ptr<CodedQueries> queries;
};

/// Calls check(upper, lower, score) for every pair of a row and a query.
template <typename Check>
void for_all_bounds(std::span<const float> rows, std::span<const float> asked,
                    std::size_t dimensions, const Kernels& kernels, const Check& check) {
  const CodedPair coded(rows, asked, dimensions);
  const float limits[kTileQueries] = {0, 0, 0, 0};
  TileBounds bounds;
  for (std::size_t b = 0; b < coded.gallery.blocks(); ++b) {
    const Block block = coded.gallery.block(b);
    for (std::size_t t = 0; t < coded.queries->tiles(); ++t) {
      const QueryTile tile = coded.queries->tile(t);
      kernels.scan(block, tile, limits, bounds);
      for (std::size_t q = 0; q < tile.count; ++q) {
        const std::size_t query = t * kTileQueries + q;
        for (std::size_t r = 0; r < kBlockRows && b * kBlockRows + r < rows.size() / dimensions;
             ++r) {
          const std::size_t row = b * kBlockRows + r;
          const float upper = bounds.upper[q][r];
          const float radius = block.errors[r] * tile.terms[q].error_weight + tile.terms[q].offset;
          check(upper, upper - 2 * radius,
                dot(asked.subspan(query * dimensions, dimensions),
                    rows.subspan(row * dimensions, dimensions)));
        }
      }
    }
  }
}

TEST(Bounds, HoldForEveryKindOfRowAndQuery) {
  for (const Kind rows : kKinds) {
    for (const Kind queries : kKinds) {
      for (const std::size_t dimensions : {1U, 3U, 64U, 129U}) {
        for_all_bounds(make_rows(rows, 70, dimensions, 1), make_rows(queries, 6, dimensions, 1),
                       dimensions, kernels(), [&](float upper, float lower, float score) {
                         ASSERT_LE(score, upper) << dimensions;
                         ASSERT_GE(score, lower) << dimensions;
                       });
      }
    }
  }
}

TEST(Bounds, HoldForRowsOfAnyLength) {
  for (const float factor : {1e6F, 30.0F, 1e-3F, 1e-18F, 1e-30F, 1e-42F}) {
    for (const float query_factor : {1e6F, 1.0F, 1e-20F, 1e-42F}) {
      auto rows = make_rows(Kind::kClusters, 40, 50);
      auto queries = make_rows(Kind::kClusters, 5, 50);
      for (float& value : rows) {
        value *= 0.999F * factor;
      }
      for (float& value : queries) {
        value *= 0.999F * query_factor;
      }
      for_all_bounds(rows, queries, 50, kernels(), [&](float upper, float lower, float score) {
        ASSERT_LE(score, upper) << factor << " " << query_factor;
        ASSERT_GE(score, lower) << factor << " " << query_factor;
      });
    }
  }
}

TEST(Bounds, HoldWhereCodingIsOffBothWaysByHalfAStep) {
  // Every value lies just below the middle between two codes, in rows and queries alike.
  const std::size_t dimensions = 257;
  std::vector<float> rows(64 * dimensions);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto whole = static_cast<float>((i * 37 + i / dimensions) % 127);
    rows[i] = i % dimensions == 0 ? 127.0F : whole + 0.4999F;
  }
  for (std::size_t r = 0; r < 64; ++r) {
    everyface::testing::normalise({rows.data() + r * dimensions, dimensions});
  }
  for_all_bounds(rows, rows, dimensions, kernels(), [](float upper, float lower, float score) {
    ASSERT_LE(score, upper);
    ASSERT_GE(score, lower);
  });
}

TEST(Bounds, AreTightForTemplates) {
  double widest = 0;
  for_all_bounds(make_rows(Kind::kClusters, 128, 512), make_rows(Kind::kClusters, 8, 512, 2), 512,
                 kernels(), [&](float upper, float lower, float) {
                   widest = std::max(widest, static_cast<double>(upper - lower));
                 });
  EXPECT_LT(widest / 2, 0.02);
}

TEST(ScanKernels, HaveTheBitsOfThePlainOne) {
  const auto& all = available_kernels();
  for (const std::size_t dimensions : {1U, 4U, 6U, 63U, 64U, 130U}) {
    for (std::size_t queries = 1; queries <= kTileQueries; ++queries) {
      for (const Kind kind : kKinds) {
        const auto rows = make_rows(kind, 64, dimensions);
        const CodedPair coded(rows, make_rows(kind, queries, dimensions, 2), dimensions);
        const float limits[kTileQueries] = {0.0F, 0.1F, -0.1F, 0.5F};
        TileBounds plain{};
        all.front().scan(coded.gallery.block(0), coded.queries->tile(0), limits, plain);
        for (const Kernels& set : all) {
          TileBounds bounds{};
          set.scan(coded.gallery.block(0), coded.queries->tile(0), limits, bounds);
          for (std::size_t q = 0; q < queries; ++q) {
            ASSERT_EQ(bounds.reach[q], plain.reach[q]) << set.name << " " << dimensions;
            for (std::size_t r = 0; r < kBlockRows; ++r) {
              ASSERT_EQ(std::bit_cast<std::uint32_t>(bounds.upper[q][r]),
                        std::bit_cast<std::uint32_t>(plain.upper[q][r]))
                  << set.name << " " << dimensions;
            }
          }
        }
      }
    }
  }
}

TEST(ScanKernels, DoNotOverflowAtTheExtremeCodes) {
  // 127 · 127 everywhere, with every combination of signs.
  const std::size_t dimensions = 4096;
  std::vector<float> rows(2 * dimensions, 1);
  std::fill(rows.begin() + static_cast<std::ptrdiff_t>(dimensions), rows.end(), -1.0F);
  for (const Kernels& set : available_kernels()) {
    for_all_bounds(rows, rows, dimensions, set, [&](float upper, float lower, float score) {
      EXPECT_EQ(std::abs(score), 4096);
      ASSERT_LE(score, upper) << set.name;
      ASSERT_GE(score, lower) << set.name;
      ASSERT_LT(upper - lower, 1) << set.name;
    });
  }
}

}  // namespace
}  // namespace everyface::search
