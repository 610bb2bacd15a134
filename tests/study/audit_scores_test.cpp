// Comparisons and searches of an audit beside the plainest way to make them.
#include "study/audit_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "everyface/base/random.h"
#include "everyface/search/dot.h"

namespace everyface {
namespace {

using ::testing::ElementsAre;

/// Random templates of `records` photos, some of which failed.
struct Templates {
  Templates(std::size_t records, std::size_t dimensions, std::uint64_t seed, double failing) {
    Random random(seed);
    set.dimensions = dimensions;
    for (std::uint32_t record = 0; record < records; ++record) {
      if (random.uniform() < failing) {
        set.row_of.push_back(kNoRow);
        continue;
      }
      set.row_of.push_back(static_cast<std::uint32_t>(set.records.size()));
      set.records.push_back(record);
      std::vector<double> row(dimensions);
      double squares = 0;
      for (double& value : row) {
        value = random.uniform() - 0.45;
        squares += value * value;
      }
      for (const double value : row) {
        values.push_back(static_cast<float>(value / std::sqrt(squares)));
      }
    }
    set.rows = values;
  }
  std::vector<float> values;
  TemplateSet set;
};

AuditLabels labels_of(std::size_t records, std::size_t photos_each) {
  AuditLabels labels;
  labels.has_subjects = photos_each > 1;
  for (std::uint32_t i = 0; i < records; ++i) {
    labels.identity.push_back(i / static_cast<std::uint32_t>(photos_each));
  }
  labels.identities = (records + photos_each - 1) / photos_each;
  return labels;
}

using Key = std::tuple<std::uint32_t, std::uint32_t, float>;
std::multiset<Key> keys(const std::vector<ScoredPair>& pairs) {
  std::multiset<Key> out;
  for (const ScoredPair& pair : pairs) {
    out.emplace(pair.probe, pair.reference, pair.score);
  }
  return out;
}

bool excluded(const AuditLabels& labels, std::uint32_t a, std::uint32_t b) {
  return std::any_of(labels.excluded.begin(), labels.excluded.end(), [&](const RecordPair& pair) {
    return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
  });
}

class CompareAll : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Sides, CompareAll, ::testing::Bool(),
                         [](const auto& sides) { return sides.param ? "OneSet" : "TwoSets"; });

TEST_P(CompareAll, EqualsTwoPlainLoops) {
  const bool one_set = GetParam();
  for (const std::size_t records : {3U, 131U, 300U}) {
    const Templates probes(records, 20, 1, 0.1);
    const Templates others(records, 20, 2, 0.1);
    const TemplateSet& references = one_set ? probes.set : others.set;
    AuditLabels labels = labels_of(records, 3);
    labels.excluded = {
        {0, 2, {}, {}}, {1, 40 % records, {}, {}}, {100 % records, 7 % records, {}, {}}};
    std::vector<ScoredPair> mated;
    std::vector<ScoredPair> accepted;
    std::vector<double> nonmated;
    constexpr float kLimit = 0.3F;
    for (const std::uint32_t p : probes.set.records) {
      for (const std::uint32_t r : references.records) {
        if (p == r || (one_set && r < p) || excluded(labels, p, r)) {
          continue;
        }
        const ScoredPair pair{
            dot(probes.set.row(probes.set.row_of[p]), references.row(references.row_of[r])), p, r};
        if (labels.identity[p] == labels.identity[r]) {
          mated.push_back(pair);
        } else {
          nonmated.push_back(static_cast<double>(pair.score));
          if (pair.score >= kLimit) {
            accepted.push_back(pair);
          }
        }
      }
    }
    for (const std::size_t jobs : {1U, 3U}) {
      const ComparisonScores scores =
          compare_all(probes.set, references, one_set, labels, {kLimit, 0.5F}, jobs);
      EXPECT_EQ(keys(scores.mated), keys(mated));
      EXPECT_EQ(keys(scores.accepted), keys(accepted));
      EXPECT_EQ(scores.accepted_from, kLimit);
      ASSERT_EQ(scores.nonmated.size(), nonmated.size());
      if (nonmated.empty()) {
        continue;
      }
      const ScoreList list{std::span<const double>(nonmated)};
      for (const double f : {0.5, 0.009, 0.001}) {
        const auto binned = threshold_at_fmr({}, scores.nonmated, f);
        const auto exact = threshold_at_fmr({}, list, f);
        EXPECT_NEAR(binned->threshold, *exact, f < 0.01 ? 0 : 4e-5) << records << " " << f;
      }
    }
  }
}

TEST(ComparePairs, GivesAScoreWhereBothHaveTemplates) {
  const Templates all(30, 8, 3, 0.3);
  const std::vector<RecordPair> pairs = {{0, 1, true, {}}, {5, 9, false, {}}, {29, 3, true, {}}};
  const auto scores = compare_pairs(all.set, all.set, pairs);
  ASSERT_EQ(scores.size(), 3U);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto a = all.set.row_of[pairs[i].first];
    const auto b = all.set.row_of[pairs[i].second];
    EXPECT_EQ(scores[i].has_value(), a != kNoRow && b != kNoRow);
    if (scores[i]) {
      EXPECT_EQ(*scores[i], dot(all.set.row(a), all.set.row(b)));
    }
  }
}

TEST(PlanSearches, EnrolsHalfOfThePeopleByTheirFirstPhoto) {
  const AuditLabels labels = labels_of(12, 3);
  std::vector<bool> decoded(12, true);
  decoded[0] = false;
  const auto plan = plan_searches(labels, decoded, 0, 5);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gallery.size(), 2U);
  EXPECT_EQ(plan->mated.size() + plan->nonmated.size() + plan->gallery.size(), 11U);
  EXPECT_THAT(plan->sizes, ElementsAre(2U));
  std::set<std::uint32_t> enrolled;
  for (const std::uint32_t record : plan->gallery) {
    enrolled.insert(labels.identity[record]);
    EXPECT_EQ(record, record < 3 ? 1U : record / 3 * 3);
  }
  for (const std::uint32_t record : plan->mated) {
    EXPECT_TRUE(enrolled.contains(labels.identity[record]));
  }
  for (const std::uint32_t record : plan->nonmated) {
    EXPECT_FALSE(enrolled.contains(labels.identity[record]));
  }
  EXPECT_EQ(plan_searches(labels, decoded, 0, 5)->gallery, plan->gallery);
}

TEST(PlanSearches, WithoutSubjectsEverybodyElseIsAStranger) {
  const auto plan = plan_searches(labels_of(1000, 1), std::vector<bool>(1000, true), 500, 1);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->gallery.size(), 500U);
  EXPECT_TRUE(plan->mated.empty());
  EXPECT_EQ(plan->nonmated.size(), 500U);
  EXPECT_THAT(plan->sizes, ElementsAre(100U, 300U, 500U));
}

TEST(PlanSearches, NeedsAGalleryAndStrangers) {
  EXPECT_FALSE(plan_searches(labels_of(1, 1), {true}, 0, 1));
  EXPECT_FALSE(plan_searches(labels_of(4, 2), std::vector<bool>(4, true), 2, 1));
  EXPECT_FALSE(plan_searches(labels_of(4, 2), std::vector<bool>(4, false), 0, 1));
}

TEST(SearchAll, EqualsAPlainSearch) {
  constexpr std::size_t kRecords = 900;
  const Templates probes(kRecords, 12, 4, 0.1);
  const Templates references(kRecords, 12, 5, 0.1);
  AuditLabels labels = labels_of(kRecords, 3);
  for (std::size_t i = 0; i + 450 < kRecords; i += 7) {
    labels.excluded.push_back({i, i + 450, {}, {}});
  }
  const auto plan = plan_searches(labels, std::vector<bool>(kRecords, true), 0, 6);
  ASSERT_TRUE(plan);
  constexpr double kThreshold = 0.4;
  for (const std::size_t jobs : {1U, 3U}) {
    const auto all = search_all(probes.set, references.set, *plan, labels, kThreshold, jobs);
    ASSERT_EQ(all.size(), plan->sizes.size());
    for (std::size_t size = 0; size < all.size(); ++size) {
      std::size_t mated = 0;
      std::uint64_t candidates = 0;
      for (const std::uint32_t record : plan->mated) {
        const std::uint32_t identity = labels.identity[record];
        const auto mate =
            std::find_if(plan->gallery.begin(), plan->gallery.end(),
                         [&](std::uint32_t entry) { return labels.identity[entry] == identity; });
        if (static_cast<std::size_t>(mate - plan->gallery.begin()) >= plan->sizes[size]) {
          continue;
        }
        const MatedSearch& search = all[size].mated.at(mated++);
        EXPECT_EQ(search.identity, identity);
        EXPECT_EQ(search.group, record);
        const std::uint32_t row = probes.set.row_of[record];
        if (row == kNoRow) {
          EXPECT_EQ(search.outcome, SearchOutcome::kProbeFailed);
          continue;
        }
        if (references.set.row_of[*mate] == kNoRow) {
          EXPECT_EQ(search.outcome, SearchOutcome::kMateNotEnrolled);
          continue;
        }
        const float score =
            dot(probes.set.row(row), references.set.row(references.set.row_of[*mate]));
        std::vector<float> strangers;
        for (std::size_t i = 0; i < plan->sizes[size]; ++i) {
          const std::uint32_t other = references.set.row_of[plan->gallery[i]];
          if (plan->gallery[i] != *mate && other != kNoRow &&
              !excluded(labels, record, plan->gallery[i])) {
            strangers.push_back(dot(probes.set.row(row), references.set.row(other)));
          }
        }
        EXPECT_EQ(search.outcome, SearchOutcome::kSearched);
        EXPECT_EQ(search.mate_score, static_cast<double>(score));
        EXPECT_EQ(search.mate_rank, rank_of_mate(strangers, score));
      }
      EXPECT_EQ(all[size].mated.size(), mated);
      ASSERT_EQ(all[size].nonmated.size(), plan->nonmated.size());
      for (std::size_t i = 0; i < plan->nonmated.size(); ++i) {
        const std::uint32_t row = probes.set.row_of[plan->nonmated[i]];
        const NonmatedSearch& search = all[size].nonmated[i];
        if (row == kNoRow) {
          EXPECT_EQ(search.outcome, SearchOutcome::kProbeFailed);
          continue;
        }
        double highest = -2;
        for (std::size_t g = 0; g < plan->sizes[size]; ++g) {
          const std::uint32_t other = references.set.row_of[plan->gallery[g]];
          if (other != kNoRow && !excluded(labels, plan->nonmated[i], plan->gallery[g])) {
            const auto score =
                static_cast<double>(dot(probes.set.row(row), references.set.row(other)));
            highest = std::max(highest, score);
            candidates += score >= kThreshold ? 1U : 0U;
          }
        }
        EXPECT_EQ(search.highest_score, highest);
      }
      EXPECT_EQ(all[size].candidates, candidates);
    }
  }
}

}  // namespace
}  // namespace everyface
