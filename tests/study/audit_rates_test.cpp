// Rates of groups, and what may be claimed of them.
#include "study/audit_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "everyface/score/differentials.h"
#include "study/audit_differentials.h"

namespace everyface {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Not;

/// `people` of a group with `trials` each, of which `events`.
struct Group {
  std::size_t people = 0;
  std::uint64_t trials = 0;
  std::uint64_t events = 0;
};

RateTable table_of(const std::vector<Group>& groups) {
  std::vector<IdentityEvents> rows;
  std::uint32_t identity = 0;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    for (std::size_t i = 0; i < groups[group].people; ++i) {
      rows.push_back({identity++, group, groups[group].events, groups[group].trials});
    }
  }
  RateTable table;
  table.counts = group_counts(rows, groups.size(), identity);
  table.replicates = bootstrap_rates(rows, groups.size(), {identity, 1, 200});
  return table;
}

TEST(NormalPValue, OfAllAgainstNothingIsNotChance) {
  const RateTable table = table_of({{30, 2, 2}, {30, 2, 0}, {30, 2, 0}});
  EXPECT_LT(*normal_p_value(table, 0, table, 1), 1e-10);
  EXPECT_EQ(*normal_p_value(table, 1, table, 2), 1);
  const RateTable few = table_of({{2, 100, 100}, {2, 100, 0}});
  EXPECT_GT(*normal_p_value(few, 0, few, 1), 0.05) << "two people each say little";
}

TEST(Differentials, AreNotClaimedOfThreePeopleHoweverManyTheirPhotos) {
  std::vector<GroupColumn> columns(2);
  columns[1].name = "team";
  columns[1].values = {"blue", "red"};
  for (const std::size_t people : {3U, 12U}) {
    std::vector<CellResult> cells(1);
    cells[0].rates.resize(2);
    ColumnRates& rates = cells[0].rates[1];
    rates.fnmr = table_of({{40, 100, 5}, {people, 1000, 100}});
    rates.failed_to_acquire = table_of({{40, 100, 0}, {40, 100, 0}});
    rates.compared = {40, 40, 0};
    add_differentials(columns, cells);
    const auto claimed = Contains(Field(&Differential::rate, "FNMR"));
    if (people < kFewestIdentities) {
      EXPECT_THAT(cells[0].cell.differentials, Not(claimed));
    } else {
      EXPECT_THAT(cells[0].cell.differentials, claimed);
    }
  }
}

TEST(Differentials, OfManyEqualGroupsAreSeldomBeyondChance) {
  constexpr std::uint32_t kGroups = 12;
  std::vector<GroupColumn> columns(2);
  columns[1].name = "shuffled";
  for (std::uint32_t group = 0; group < kGroups; ++group) {
    columns[1].values.push_back(std::to_string(group));
  }
  std::size_t claimed = 0;
  std::mt19937 random(1);
  std::binomial_distribution<std::uint64_t> errors(20, 0.1);
  constexpr std::size_t kReports = 40;
  for (std::size_t report = 0; report < kReports; ++report) {
    std::vector<IdentityEvents> rows;
    for (std::uint32_t person = 0; person < 20 * kGroups; ++person) {
      rows.push_back({person, person % kGroups, errors(random), 20});
    }
    std::vector<CellResult> cells(1);
    cells[0].rates.resize(2);
    cells[0].rates[1].fnmr.counts = group_counts(rows, kGroups, rows.size());
    cells[0].rates[1].fnmr.replicates = bootstrap_rates(rows, kGroups, {rows.size(), report, 200});
    add_differentials(columns, cells);
    const auto& worst_to_best = cells[0].cell.differentials.front();
    ASSERT_EQ(worst_to_best.measure, "worst to best");
    claimed += *worst_to_best.beyond_chance ? 1U : 0U;
  }
  // 5 % of 40 is 2; picking the two furthest apart without counting the pairs claims 30.
  EXPECT_LE(claimed, 5U);
}

TEST(RateMaker, CountsAPairOfTwoGroupsInBothWhicheverComesFirst) {
  AuditLabels labels;
  labels.identity = {0, 0};
  labels.identities = 1;
  GroupColumn column;
  column.values = {"young", "old"};
  column.of_record = {0, 1};
  const RateMaker maker(labels, 1);
  for (const ComparedPair pair : {ComparedPair{0, 1, true}, ComparedPair{1, 0, true}}) {
    const RateTable table = maker.mated_pairs({pair}, column, true);
    EXPECT_EQ(table.counts[0].events, 1U);
    EXPECT_EQ(table.counts[1].events, 1U);
  }
  EXPECT_EQ(maker.mated_pairs({{0, 1, true}}, column, false).counts[1].trials, 0U);
}

TEST(RateMaker, CountsPeopleWithTemplatesOnceAGroup) {
  AuditLabels labels;
  labels.identity = {0, 0, 1, 2};
  labels.identities = 3;
  GroupColumn column;
  column.values = {"a", "b"};
  column.of_record = {0, 0, 0, 1};
  TemplateSet set;
  set.records = {0, 1, 2};
  EXPECT_THAT(RateMaker(labels, 1).with_templates(set, column), ElementsAre(2U, 0U, 0U));
}

}  // namespace
}  // namespace everyface
