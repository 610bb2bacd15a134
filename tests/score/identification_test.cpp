#include "everyface/score/identification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/score/scores.h"

namespace everyface {
namespace {

using enum SearchOutcome;

MatedSearch mated(double score, std::size_t rank) { return {0, 0, kSearched, score, rank}; }
NonmatedSearch nonmated(double score) { return {0, 0, kSearched, score}; }

double fnir(const std::vector<MatedSearch>& searches, std::size_t rank, double threshold) {
  return false_negative_identification_rate(searches, rank, threshold).value();
}
double fpir(const std::vector<NonmatedSearch>& searches, double threshold) {
  return false_positive_identification_rate(searches, threshold).value();
}

TEST(RankOfMate, ATieCountsAgainstTheMate) {
  const std::vector<float> others = {0.9F, 0.5F, 0.5F, 0.1F};
  EXPECT_EQ(rank_of_mate(others, 0.95F), 1U);
  EXPECT_EQ(rank_of_mate(others, 0.9F), 2U);
  EXPECT_EQ(rank_of_mate(others, 0.5F), 4U);
  EXPECT_EQ(rank_of_mate(others, 0.0F), 5U);
  EXPECT_EQ(rank_of_mate({}, 0.5F), 1U);
}

TEST(Identification, MissesByRankAndByThreshold) {
  const std::vector<MatedSearch> searches = {mated(0.9, 1), mated(0.5, 1), mated(0.7, 2),
                                             mated(0.2, 5)};
  EXPECT_EQ(fnir(searches, 1, kAnyScore), 0.5);
  EXPECT_EQ(fnir(searches, 2, kAnyScore), 0.25);
  EXPECT_EQ(fnir(searches, kAnyRank, 0.6), 0.5);
  EXPECT_EQ(fnir(searches, 1, 0.6), 0.75);
  EXPECT_EQ(fnir(searches, 1, 0.5), 0.5);
  EXPECT_EQ(cumulative_match_characteristic(searches, 5),
            (std::vector<double>{0.5, 0.75, 0.75, 0.75, 1}));
}

TEST(Identification, ProbesAndMatesWithoutTemplateAreMisses) {
  const std::vector<MatedSearch> searches = {mated(0.9, 1),
                                             {0, 0, kProbeFailed, 0, 1},
                                             {0, 0, kMateNotEnrolled, 0, 1},
                                             mated(0.8, kAnyRank)};
  EXPECT_EQ(fnir(searches, kAnyRank, kAnyScore), 0.5);
  EXPECT_EQ(fnir(searches, 10, kAnyScore), 0.75);
  EXPECT_EQ(cumulative_match_characteristic(searches, 2), (std::vector<double>{0.25, 0.25}));
  const std::vector<NonmatedSearch> others = {nonmated(0.3), {0, 0, kProbeFailed, 0}};
  const SearchTally counts = tally(searches, others);
  EXPECT_EQ(counts.mated, 4U);
  EXPECT_EQ(counts.mated_probe_failed, 1U);
  EXPECT_EQ(counts.mate_not_enrolled, 1U);
  EXPECT_EQ(counts.nonmated, 2U);
  EXPECT_EQ(counts.nonmated_probe_failed, 1U);
}

TEST(Identification, NonmatedProbesWithoutTemplateHaveNoFalsePositive) {
  const std::vector<NonmatedSearch> searches = {
      nonmated(0.3), nonmated(0.5), {0, 0, kProbeFailed, 0.9}, nonmated(kAnyScore)};
  EXPECT_EQ(fpir(searches, 0.5), 0.25);
  EXPECT_EQ(fpir(searches, 0.3), 0.5);
  EXPECT_EQ(fpir(searches, -1), 0.5);
  EXPECT_EQ(false_match_rate(candidates(searches), 0.3), 0.5);
}

TEST(Identification, RatesOfNoProbesAreAbsent) {
  EXPECT_FALSE(false_positive_identification_rate({}, 0.5));
  EXPECT_FALSE(false_negative_identification_rate({}, 1, 0.5));
  EXPECT_FALSE(threshold_at_fpir(std::vector{mated(0.5, 1)}, {}, 0.1));
  EXPECT_TRUE(cumulative_match_characteristic({}, 3).empty());
  EXPECT_FALSE(selectivity(ScoreList(), 0, 0.5));
}

TEST(Identification, ThresholdAtFpirFollowsTheRuleOfFmr) {
  const std::vector<NonmatedSearch> searches = {
      nonmated(0.2), nonmated(0.4), nonmated(0.4), {0, 0, kProbeFailed, 0}};
  const std::vector<MatedSearch> mates_at = {mated(0.3, 9), mated(0.45, 1)};
  EXPECT_EQ(threshold_at_fpir({}, searches, 0.5), 0.4);
  EXPECT_EQ(threshold_at_fpir(mates_at, searches, 0.5), 0.3);
  EXPECT_EQ(threshold_at_fpir(mates_at, searches, 0.49), 0.45);
  EXPECT_EQ(threshold_at_fpir({}, searches, 0.49), std::nextafter(0.4F, 1.0F));
  EXPECT_EQ(threshold_at_fpir({}, searches, 1), 0.2);
}

TEST(Identification, ListsCarryTheSameRatesAtEveryThreshold) {
  Random random(1);
  std::vector<MatedSearch> searches;
  std::vector<NonmatedSearch> others;
  for (int i = 0; i < 300; ++i) {
    searches.push_back({0, 0, random.uniform() < 0.1 ? kProbeFailed : kSearched,
                        std::round(random.uniform() * 50) / 50, 1 + random.below(6)});
    others.push_back({0, 0, random.uniform() < 0.1 ? kProbeFailed : kSearched,
                      std::round(random.uniform() * 40) / 50});
  }
  for (int step = -1; step < 105; ++step) {
    const double threshold = 0.01 * step;
    EXPECT_EQ(fpir(others, threshold), false_match_rate(candidates(others), threshold));
    for (const std::size_t rank : {std::size_t{1}, std::size_t{3}, kAnyRank}) {
      EXPECT_EQ(fnir(searches, rank, threshold),
                false_non_match_rate(mates(searches, rank), threshold));
    }
  }
}

TEST(Identification, ErrorsAreMonotoneInRankAndThreshold) {
  Random random(2);
  std::vector<MatedSearch> searches(100);
  for (MatedSearch& search : searches) {
    search = mated(random.uniform(), 1 + random.below(10));
  }
  const std::vector<double> cmc = cumulative_match_characteristic(searches, 12);
  EXPECT_TRUE(std::is_sorted(cmc.begin(), cmc.end()));
  EXPECT_EQ(cmc.back(), 1);
  for (std::size_t rank = 1; rank < 10; ++rank) {
    EXPECT_NEAR(cmc[rank - 1], 1 - fnir(searches, rank, kAnyScore), 1e-15);
    for (int step = 0; step < 10; ++step) {
      const double threshold = 0.1 * step;
      EXPECT_GE(fnir(searches, rank, threshold), fnir(searches, rank + 1, threshold));
      EXPECT_LE(fnir(searches, rank, threshold), fnir(searches, rank, threshold + 0.1));
    }
  }
}

TEST(Selectivity, IsTheMeanNumberOfCandidatesToLookThrough) {
  const std::vector<float> scores = {0.9F, 0.5F, 0.5F, 0.1F};
  EXPECT_EQ(selectivity(ScoreList(std::span(scores)), 2, 0.5), 1.5);
  ScoreHistogram histogram(4);
  histogram.add(scores);
  EXPECT_EQ(selectivity(std::move(histogram).finish(), 2, 0.5), 1.5);
}

TEST(Identification, EventsOfGroupsAddUpToTheRateOfAll) {
  Random random(3);
  std::vector<MatedSearch> searches;
  std::vector<NonmatedSearch> others;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto group = static_cast<std::uint32_t>(random.below(3));
    searches.push_back({i, group, random.uniform() < 0.1 ? kMateNotEnrolled : kSearched,
                        random.uniform(), 1 + random.below(3)});
    others.push_back({i / 2, group, kSearched, random.uniform()});
  }
  const auto misses = group_counts(false_negative_events(searches, 2, 0.4), 3, 200);
  const auto false_positives = group_counts(false_positive_events(others, 0.7), 3, 200);
  EXPECT_EQ(misses[3].rate(), fnir(searches, 2, 0.4));
  EXPECT_EQ(false_positives[3].rate(), fpir(others, 0.7));
  EXPECT_EQ(misses[0].events + misses[1].events + misses[2].events, misses[3].events);
  EXPECT_EQ(false_positives[3].independent, 100U);
  std::vector<MatedSearch> second;
  std::copy_if(searches.begin(), searches.end(), std::back_inserter(second),
               [](const MatedSearch& search) { return search.group == 1; });
  EXPECT_EQ(misses[1].rate(), fnir(second, 2, 0.4));
}

TEST(Identification, EqualsTheReferenceToTheLastDigit) {
  const std::string file = testing::verification_reference("one_to_many.json");
  EVERYFACE_NEEDS_SHARED(file);
  const nlohmann::json json = testing::read_shared_json(file);
  const auto mated_probes = json.at("mated_probes").get<std::size_t>();
  const auto scores = json.at("scores").get<std::vector<std::vector<float>>>();
  // The floats of two-digit decimals order as these do.
  const auto as_read = json.at("scores").get<std::vector<std::vector<double>>>();
  std::vector<MatedSearch> searches;
  std::vector<NonmatedSearch> others;
  for (std::size_t probe = 0; probe < scores.size(); ++probe) {
    if (probe < mated_probes) {
      std::vector<float> rest = scores[probe];
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(probe));
      searches.push_back(mated(as_read[probe][probe], rank_of_mate(rest, scores[probe][probe])));
    } else {
      others.push_back(nonmated(*std::max_element(as_read[probe].begin(), as_read[probe].end())));
    }
  }
  ASSERT_EQ(json.at("expected").at("thresholds").size(), 4U);
  for (const auto& [at, expected] : json.at("expected").at("thresholds").items()) {
    const double threshold = std::stod(at);
    EXPECT_EQ(fpir(others, threshold), expected.at("fpir").get<double>()) << at;
    EXPECT_EQ(fnir(searches, 1, threshold), expected.at("fnir_rank1").get<double>()) << at;
    EXPECT_EQ(fnir(searches, 20, threshold), expected.at("fnir_rank20").get<double>()) << at;
  }
  const std::vector<double> cmc = cumulative_match_characteristic(searches, 5);
  EXPECT_EQ(cmc[0], json.at("expected").at("cmc_rank1").get<double>());
  EXPECT_EQ(cmc[4], json.at("expected").at("cmc_rank5").get<double>());
}

}  // namespace
}  // namespace everyface
