#include "everyface/search/approximate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search/support.h"

namespace everyface {
namespace {

using testing::Kind;
using testing::make_rows;

TEST(SearchLoss, CountsWhatIsMissing) {
  const SearchResult exact{.hits = {{{1, 0.9F}, {2, 0.8F}}, {{3, 0.7F}}, {}, {{4, 0.6F}}}};
  const SearchResult found{.hits = {{{2, 0.8F}, {9, 0.1F}}, {{3, 0.7F}}, {{1, 0.1F}}, {}}};
  const SearchLoss loss = measure_loss(exact, found);
  EXPECT_EQ(loss.queries, 3U);
  EXPECT_EQ(loss.first_missed, 2U);
  EXPECT_EQ(loss.hits, 4U);
  EXPECT_EQ(loss.hits_missed, 2U);
}

class Approximate : public ::testing::TestWithParam<ApproximateKind> {
 protected:
  void SetUp() override {
    const auto built = ApproximateIndex::build(exact_, {.kind = GetParam()}, 1);
    if (!built && built.error().message.find("without FAISS") != std::string::npos) {
      GTEST_SKIP() << built.error().message;
    }
  }
  [[nodiscard]] SearchLoss loss_with(std::size_t effort) const {
    const auto index = ApproximateIndex::build(exact_, {GetParam(), effort}, 2).value();
    const SearchOptions options{.count = 5};
    return measure_loss(exact_.search(queries_, options).value(),
                        index.search(queries_, options).value());
  }

  std::vector<float> rows_ = make_rows(Kind::kClusters, 2000, 32);
  std::vector<float> queries_ = make_rows(Kind::kClusters, 40, 32, 2);
  FlatIndex exact_ = FlatIndex::build({rows_}, 32).value();
};

TEST_P(Approximate, LosesNothingWhereItLooksEverywhere) {
  EXPECT_EQ(loss_with(2000).hits_missed, 0U);
  EXPECT_EQ(loss_with(3'000'000'000).hits_missed, 0U) << "more than an int holds";
}

TEST_P(Approximate, LosesMoreWhereItLooksAtLittle) {
  EXPECT_GT(loss_with(1).hits_missed, loss_with(2000).hits_missed);
}

TEST_P(Approximate, ScoresAsTheExactSearchDoes) {
  const auto index = ApproximateIndex::build(exact_, {GetParam(), 2000}, 1).value();
  const SearchOptions options{.count = 5, .threshold = 0.2F};
  EXPECT_EQ(index.search(queries_, options).value().hits,
            exact_.search(queries_, options).value().hits);
}

TEST_P(Approximate, SaysWhatItDoesNotServe) {
  const auto index = ApproximateIndex::build(exact_, {GetParam()}, 1).value();
  const RowSet allowed(exact_.size());
  EXPECT_FALSE(index.search(queries_, {.allowed = &allowed}));
  EXPECT_FALSE(index.search(queries_, {.count = kAllRows}));
  EXPECT_FALSE(index.search({queries_.data(), 33}, {.count = 1}));
  const auto empty = FlatIndex::build({}, 32).value();
  EXPECT_FALSE(ApproximateIndex::build(empty, {GetParam()}, 1));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Approximate, ::testing::Values(ApproximateKind::kInvertedLists, ApproximateKind::kGraph),
    [](const auto& test) { return test.param == ApproximateKind::kGraph ? "graph" : "lists"; });

}  // namespace
}  // namespace everyface
