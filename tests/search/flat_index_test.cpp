#include "everyface/search/flat_index.h"

#include <gtest/gtest.h>

#include <cmath>

#include "search/shortlist.h"
#include "tests/search/support.h"

namespace everyface {
namespace {

using testing::brute_force;
using testing::Kind;
using testing::kKinds;
using testing::make_rows;

FlatIndex index_of(std::span<const float> rows, std::size_t dimensions) {
  return FlatIndex::build({rows}, dimensions).value();
}

void expect_brute_force(std::span<const float> rows, std::span<const float> queries,
                        std::size_t dimensions, const SearchOptions& options) {
  const auto found = index_of(rows, dimensions).search(queries, options).value();
  EXPECT_EQ(found.hits, brute_force(rows, queries, dimensions, options))
      << rows.size() / dimensions << " rows of " << dimensions << ", top " << options.count
      << " from " << options.threshold;
}

TEST(FlatIndex, FindsByHand) {
  const std::vector<float> rows = {1, 0, 0, 1, 0.6F, 0.8F, -1, 0};
  const auto found = index_of(rows, 2).search(std::vector<float>{0, 1}, {.count = 3}).value();
  const std::vector<Hit> expected = {{1, 1}, {2, 0.8F}, {0, 0}};
  ASSERT_EQ(found.hits.size(), 1U);
  EXPECT_EQ(found.hits[0], expected);
}

TEST(FlatIndex, EqualsBruteForceOnEveryKindOfData) {
  for (const Kind kind : kKinds) {
    for (const std::size_t dimensions : {1U, 3U, 17U, 64U, 130U}) {
      const auto rows = make_rows(kind, 1500, dimensions);
      const auto queries = make_rows(kind, 5, dimensions, 2);
      expect_brute_force(rows, queries, dimensions, {.count = 1});
      expect_brute_force(rows, queries, dimensions, {.count = 10});
      expect_brute_force(rows, {rows.data(), 3 * dimensions}, dimensions, {.count = 10});
    }
  }
}

TEST(FlatIndex, EqualsBruteForceForAwkwardSizes) {
  for (const std::size_t count : {0U, 1U, 2U, 63U, 64U, 65U, 127U, 128U, 4095U, 4097U}) {
    const auto rows = make_rows(Kind::kClusters, count, 20);
    const auto queries = make_rows(Kind::kClusters, 3, 20);
    for (const std::size_t top : {std::size_t{1}, std::size_t{7}, std::size_t{5000}, kAllRows}) {
      expect_brute_force(rows, queries, 20, {.count = top});
    }
  }
}

TEST(FlatIndex, EqualsBruteForceForBatchesOfAnySize) {
  const auto rows = make_rows(Kind::kClusters, 700, 48);
  for (const std::size_t batch : {0U, 1U, 2U, 3U, 4U, 5U, 63U, 64U, 65U, 131U}) {
    expect_brute_force(rows, make_rows(Kind::kClusters, batch, 48, 3), 48, {.count = 4});
  }
}

TEST(FlatIndex, ReturnsAllThatReachTheThreshold) {
  for (const Kind kind : kKinds) {
    const auto rows = make_rows(kind, 3000, 32);
    const auto queries = make_rows(kind, 3, 32, 1);
    for (const float threshold : {-1.0F, 0.0F, 0.3F, 0.999999F, 2.0F}) {
      expect_brute_force(rows, queries, 32, {.count = kAllRows, .threshold = threshold});
      expect_brute_force(rows, queries, 32, {.count = 5, .threshold = threshold});
    }
  }
}

TEST(FlatIndex, IncludesAScoreThatEqualsTheThreshold) {
  const auto rows = make_rows(Kind::kRandom, 500, 33);
  const std::span<const float> query(rows.data() + 7 * 33, 33);
  const float score = dot(query, std::span(rows).subspan(8 * 33, 33));
  const SearchOptions options{.count = kAllRows, .threshold = score};
  const auto hits = index_of(rows, 33).search(query, options).value().hits[0];
  EXPECT_EQ(hits.back(), (Hit{8, score}));
  const SearchOptions above{.count = kAllRows, .threshold = std::nextafter(score, 2.0F)};
  EXPECT_EQ(index_of(rows, 33).search(query, above).value().hits[0].size(), hits.size() - 1);
}

TEST(FlatIndex, PutsTheLowerRowFirstAmongTies) {
  const auto rows = make_rows(Kind::kDuplicates, 5000, 24);
  const std::span<const float> query(rows.data() + 24, 24);
  const auto hits = index_of(rows, 24).search(query, {.count = 4}).value().hits[0];
  ASSERT_EQ(hits.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(hits[i].row, 1 + 3 * i);
  }
}

TEST(FlatIndex, KeepsToTheAllowedRows) {
  const std::size_t count = 1000;
  const auto rows = make_rows(Kind::kClusters, count, 16);
  const auto queries = make_rows(Kind::kClusters, 6, 16);
  Random random(5);
  for (const std::uint64_t one_in : {1U, 2U, 100U, 2000U}) {
    RowSet allowed(count);
    for (std::size_t r = 0; r < count; ++r) {
      if (random.below(one_in) == 0) {
        allowed.insert(r);
      }
    }
    expect_brute_force(rows, queries, 16, {.count = 8, .allowed = &allowed});
    expect_brute_force(rows, queries, 16,
                       {.count = kAllRows, .threshold = 0.2F, .allowed = &allowed});
  }
  const RowSet none(count);
  expect_brute_force(rows, queries, 16, {.count = 8, .allowed = &none});
}

TEST(FlatIndex, GivesTheSameOnAnyNumberOfThreads) {
  for (const Kind kind : {Kind::kClusters, Kind::kNearTies, Kind::kDuplicates}) {
    const auto rows = make_rows(kind, 20'000, 24);
    const auto queries = make_rows(kind, 9, 24, 2);
    SearchOptions options{.count = 20};
    const auto one = index_of(rows, 24).search(queries, options).value();
    for (const std::size_t jobs : {2U, 3U, 8U}) {
      options.jobs = jobs;
      const auto index = FlatIndex::build({rows}, 24, jobs).value();
      EXPECT_EQ(index.search(queries, options).value().hits, one.hits) << jobs;
    }
  }
}

TEST(FlatIndex, NumbersRowsOnFromPartToPart) {
  const auto rows = make_rows(Kind::kClusters, 900, 12);
  const std::span<const float> all(rows);
  const std::vector<std::span<const float>> parts = {
      all.first(12 * 100), {}, all.subspan(12 * 100, 12), {}, all.subspan(12 * 101)};
  const auto index = FlatIndex::build(parts, 12).value();
  EXPECT_EQ(index.size(), 900U);
  const auto queries = make_rows(Kind::kClusters, 4, 12);
  EXPECT_EQ(index.search(queries, {.count = 30}).value().hits,
            brute_force(rows, queries, 12, {.count = 30}));
}

TEST(FlatIndex, RescoresFewRowsOfAUsualGallery) {
  const auto rows = make_rows(Kind::kClusters, 20'000, 128);
  const auto queries = make_rows(Kind::kClusters, 16, 128, 4);
  const auto found = index_of(rows, 128).search(queries, {.count = 10}).value();
  EXPECT_LT(found.rescored, 16U * 200U);
  EXPECT_GE(found.rescored, 16U * 10U);
}

TEST(FlatIndex, TakesAQuarterOfTheTemplatesMemory) {
  const auto rows = make_rows(Kind::kZeros, 640, 512);
  EXPECT_EQ(index_of(rows, 512).scan_bytes(), 640U * (512 + 8));
  EXPECT_EQ(index_of({}, 512).scan_bytes(), 0U);
}

TEST(FlatIndex, ReturnsNothingWhereNothingIsAskedFor) {
  const auto rows = make_rows(Kind::kRandom, 100, 8);
  const auto found = index_of(rows, 8).search({rows.data(), 16}, {.count = 0}).value();
  EXPECT_EQ(found.hits, (std::vector<std::vector<Hit>>(2)));
}

TEST(FlatIndex, SaysWhatItCannotTake) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> rows = make_rows(Kind::kRandom, 100, 8);
  EXPECT_FALSE(FlatIndex::build({rows}, 0));
  EXPECT_FALSE(FlatIndex::build({rows}, 4097));
  EXPECT_FALSE(FlatIndex::build({rows}, 7));
  const auto index = index_of(rows, 8);
  EXPECT_FALSE(index.search(std::vector<float>(9, 0), {}));
  EXPECT_FALSE(index.search(std::vector<float>(8, 0), {.threshold = nan}));
  const RowSet other(99);
  EXPECT_FALSE(index.search(std::vector<float>(8, 0), {.allowed = &other}));
  std::vector<float> queries(24, 0);
  queries[17] = nan;
  EXPECT_EQ(index.search(queries, {}).error().message,
            "query 2 has values that are not numbers, or a length beyond 1e6");
  std::vector<float> broken = rows;
  broken[8 * 70 + 3] = std::numeric_limits<float>::infinity();
  broken[8 * 90 + 3] = nan;
  EXPECT_EQ(FlatIndex::build({broken}, 8, 2).error().message,
            "template 70 has values that are not numbers, or a length beyond 1e6");
}

TEST(Shortlist, StaysShortWhereBoundsTellNothing) {
  // A million candidates that may all be the best: scores decide, and the list does not grow.
  search::Shortlist list(3, -1);
  std::size_t most = 0;
  std::size_t scored = 0;
  const search::Rescore rescore = [&](std::span<const std::uint32_t> rows,
                                      std::span<float> scores) {
    most = std::max(most, rows.size());
    scored += rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      scores[i] = static_cast<float>(rows[i] % 1000) / 1000;
    }
  };
  for (std::uint32_t row = 0; row < 1'000'000; ++row) {
    list.offer({.upper = 2, .lower = -2, .row = row});
    list.settle(rescore);
  }
  const std::vector<Hit> expected = {{999, 0.999F}, {1999, 0.999F}, {2999, 0.999F}};
  EXPECT_EQ(list.take(rescore), expected);
  EXPECT_LE(most, 2048U);
  EXPECT_EQ(scored, 1'000'000U);
}

}  // namespace
}  // namespace everyface
