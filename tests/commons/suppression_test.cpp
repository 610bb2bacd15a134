#include "everyface/commons/suppression.h"

#include <gmock/gmock.h>

#include <functional>
#include <numeric>
#include <set>

#include "everyface/base/random.h"

namespace everyface {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Not;

constexpr auto kNone = std::nullopt;

TEST(Suppression, LargeCountsArePublished) {
  const auto published = suppress({10, 7, 5}, 5);
  EXPECT_THAT(published.counts, ElementsAre(10, 7, 5));
  EXPECT_EQ(published.total, 22);
}

TEST(Suppression, OneSmallCountTakesTheNextSmallestWithIt) {
  const auto published = suppress({10, 3, 7}, 5);
  EXPECT_THAT(published.counts, ElementsAre(10, Eq(kNone), Eq(kNone)));
  EXPECT_EQ(published.total, 20);
}

TEST(Suppression, SmallCountsThatAreFewTogetherTakeAnotherWithThem) {
  EXPECT_THAT(suppress({10, 3, 7, 2}, 5).counts, ElementsAre(10, Eq(kNone), 7, Eq(kNone)));
  EXPECT_THAT(suppress({10, 1, 7, 2}, 5).counts, ElementsAre(10, Eq(kNone), Eq(kNone), Eq(kNone)));
  EXPECT_THAT(suppress({10, 1, 7, 3}, 5).counts, ElementsAre(10, Eq(kNone), Eq(kNone), Eq(kNone)))
      << "with a sum of 4 the 3 could not be 4";
}

TEST(Suppression, ZerosArePublished) {
  EXPECT_THAT(suppress({10, 0, 7, 0}, 5).counts, ElementsAre(10, 0, 7, 0));
  EXPECT_THAT(suppress({10, 0, 7, 2}, 5).counts, ElementsAre(10, 0, Eq(kNone), Eq(kNone)));
  EXPECT_EQ(suppress({0, 0}, 5).total, 0);
}

TEST(Suppression, FewPeopleAltogetherHaveNoTotalEither) {
  EXPECT_FALSE(suppress({3, 1}, 5).total);
  EXPECT_FALSE(suppress({4}, 5).total);
  EXPECT_FALSE(suppress({2, 2}, 5).total);
  EXPECT_EQ(suppress({}, 5).total, 0);
  EXPECT_EQ(suppress({3, 2}, 5).total, 5);
}

/// All values that one count can have where the sum and the published counts are known.
std::set<std::int64_t> possible(const PublishedCounts& published, std::size_t index) {
  std::int64_t rest = *published.total;
  std::size_t others = 0;
  for (std::size_t i = 0; i < published.counts.size(); ++i) {
    rest -= published.counts[i].value_or(0);
    others += !published.counts[i] && i != index;
  }
  std::set<std::int64_t> values;
  const std::int64_t most = rest - static_cast<std::int64_t>(others);  // the others are 1 or more
  for (std::int64_t value = others == 0 ? rest : 1; value <= most; ++value) {
    values.insert(value);
  }
  return values;
}

TEST(Suppression, NothingIsToldOfSmallCountsInAnyList) {
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    const auto k = static_cast<std::int64_t>(1 + random.below(6));
    std::vector<std::int64_t> counts(1 + random.below(6));
    for (auto& count : counts) {
      count = static_cast<std::int64_t>(random.below(random.uniform() < 0.5 ? 4 : 20));
    }
    const auto published = suppress(counts, k);
    const std::int64_t sum = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    if (!published.total) {
      EXPECT_THAT(published.counts, Not(Contains(::testing::Optional(::testing::Gt(0)))));
      continue;
    }
    EXPECT_EQ(published.total, sum);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      EXPECT_EQ(counts[i] == 0, published.counts[i] == 0);
      if (counts[i] > 0 && counts[i] < k) {
        const auto values = possible(published, i);
        for (std::int64_t value = 1; value < k; ++value) {
          EXPECT_TRUE(values.contains(value));
        }
      }
    }
  }
}

using Sums = std::vector<std::int64_t>;

Sums row_sums(const CountTable& table) {
  Sums sums;
  for (const auto& row : table) {
    sums.push_back(std::accumulate(row.begin(), row.end(), std::int64_t{0}));
  }
  return sums;
}

Sums column_sums(const CountTable& table) {
  Sums sums(table.front().size(), 0);
  for (const auto& row : table) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      sums[c] += row[c];
    }
  }
  return sums;
}

/// By trying every table that has the same sums and the same published counts: the values that each
/// count takes in any of them.
std::vector<std::vector<std::set<std::int64_t>>> possible(const CountTable& table,
                                                          const PublishedTable& published) {
  std::vector<std::vector<std::set<std::int64_t>>> values(
      table.size(), std::vector<std::set<std::int64_t>>(table.front().size()));
  CountTable tried = table;
  Sums rows = row_sums(table);
  Sums columns = column_sums(table);
  const std::function<void(std::size_t)> fill = [&](std::size_t cell) {
    const std::size_t r = cell / columns.size();
    const std::size_t c = cell % columns.size();
    if (r == rows.size()) {
      for (std::size_t y = 0; y < rows.size(); ++y) {
        for (std::size_t x = 0; x < columns.size(); ++x) {
          values[y][x].insert(tried[y][x]);
        }
      }
      return;
    }
    const bool last_in_row = c + 1 == columns.size();
    const bool last_in_column = r + 1 == rows.size();
    const std::int64_t most = std::min(rows[r], columns[c]);
    for (std::int64_t value = published[r][c] ? 0 : 1; value <= most; ++value) {
      if ((published[r][c] && *published[r][c] != value) || (last_in_row && value != rows[r]) ||
          (last_in_column && value != columns[c])) {
        continue;
      }
      tried[r][c] = value;
      rows[r] -= value;
      columns[c] -= value;
      fill(cell + 1);
      rows[r] += value;
      columns[c] += value;
    }
  };
  fill(0);
  return values;
}

TEST(Suppression, OneSmallCountInATableTakesARectangleWithIt) {
  const auto published = suppress_table({{2, 9, 8}, {9, 9, 9}, {7, 9, 9}}, 5);
  ASSERT_TRUE(published);
  EXPECT_THAT((*published)[0], ElementsAre(Eq(kNone), 9, Eq(kNone)));
  EXPECT_THAT((*published)[1], ElementsAre(9, 9, 9));
  EXPECT_THAT((*published)[2], ElementsAre(Eq(kNone), 9, Eq(kNone)));
}

// Each line has two counts left out, so no sum gives one away at once; but the first two rows and
// columns together tell the sum of their block, and so the lone count that joins both blocks.
TEST(Suppression, TwoLeftOutInEveryLineAreNotAlwaysEnough) {
  const CountTable table = {{1, 1, 9, 9}, {1, 1, 2, 9}, {9, 9, 1, 1}, {9, 9, 1, 1}};
  PublishedTable naive(4, std::vector<std::optional<std::int64_t>>(4));
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c) {
      naive[r][c] = table[r][c] < 3 ? kNone : std::optional(table[r][c]);
    }
  }
  EXPECT_EQ(possible(table, naive)[1][2].size(), 1U) << "the premise of this test";
  const auto published = suppress_table(table, 3);
  ASSERT_TRUE(published);
  EXPECT_THAT(possible(table, *published)[1][2], ::testing::IsSupersetOf({1, 2}));
}

TEST(Suppression, ATableWhoseSumsTellIsNotPublished) {
  // Of 12 people, 8 are in the first row and 8 in the first column: 4 at least are in both.
  EXPECT_FALSE(suppress_table({{4, 4}, {4, 0}}, 5));
  // Every way to change the small count leads through a zero, which is published.
  EXPECT_FALSE(suppress_table({{2, 9}, {9, 0}}, 5));
}

TEST(Suppression, NothingIsToldOfSmallCountsInAnyTable) {
  Random random(5);
  int published_tables = 0;
  for (int round = 0; round < 400; ++round) {
    const auto k = static_cast<std::int64_t>(2 + random.below(2));
    CountTable table(2 + random.below(2), std::vector<std::int64_t>(2 + random.below(2)));
    for (auto& row : table) {
      for (auto& count : row) {
        count = static_cast<std::int64_t>(random.below(random.uniform() < 0.3 ? 3 : 7));
      }
    }
    const auto published = suppress_table(table, k);
    if (!published) {
      continue;
    }
    ++published_tables;
    const auto values = possible(table, *published);
    for (std::size_t r = 0; r < table.size(); ++r) {
      for (std::size_t c = 0; c < table[r].size(); ++c) {
        EXPECT_TRUE(!(*published)[r][c] || (*published)[r][c] == table[r][c]);
        for (std::int64_t value = 1; table[r][c] > 0 && table[r][c] < k && value < k; ++value) {
          EXPECT_TRUE(values[r][c].contains(value)) << "round " << round;
        }
      }
    }
  }
  EXPECT_GT(published_tables, 100);
}

TEST(Suppression, RowsThatAreNotPublishedBecomeOne) {
  const CountTable table = {{9, 2}, {1, 1}, {2, 8}, {1, 0}};
  const auto rows = suppress(row_sums(table), 5);
  const auto columns = suppress(column_sums(table), 5);
  EXPECT_THAT(rows.counts, ElementsAre(11, Eq(kNone), Eq(kNone), Eq(kNone)));
  EXPECT_EQ(collapse(table, rows, columns), (CountTable{{9, 2}, {4, 9}}));
}

}  // namespace
}  // namespace everyface
