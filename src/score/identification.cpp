#include "everyface/score/identification.h"

#include <algorithm>

namespace everyface {
namespace {

std::optional<double> share(std::uint64_t part, std::size_t whole) {
  if (whole == 0) {
    return std::nullopt;
  }
  return static_cast<double>(part) / static_cast<double>(whole);
}

bool false_positive(const NonmatedSearch& search, double threshold) {
  return search.outcome == SearchOutcome::kSearched && search.highest_score >= threshold;
}

}  // namespace

bool MatedSearch::hit(std::size_t max_rank, double threshold) const {
  return outcome == SearchOutcome::kSearched && mate_rank <= max_rank && mate_score >= threshold;
}

std::size_t rank_of_mate(std::span<const float> nonmate_scores, float mate_score) {
  return 1 +
         static_cast<std::size_t>(std::count_if(nonmate_scores.begin(), nonmate_scores.end(),
                                                [&](float score) { return score >= mate_score; }));
}

SearchTally tally(std::span<const MatedSearch> mated, std::span<const NonmatedSearch> nonmated) {
  SearchTally sums;
  sums.mated = mated.size();
  sums.nonmated = nonmated.size();
  for (const MatedSearch& search : mated) {
    sums.mated_probe_failed += search.outcome == SearchOutcome::kProbeFailed ? 1U : 0U;
    sums.mate_not_enrolled += search.outcome == SearchOutcome::kMateNotEnrolled ? 1U : 0U;
  }
  for (const NonmatedSearch& search : nonmated) {
    sums.nonmated_probe_failed += search.outcome == SearchOutcome::kProbeFailed ? 1U : 0U;
  }
  return sums;
}

std::optional<double> false_positive_identification_rate(std::span<const NonmatedSearch> nonmated,
                                                         double threshold) {
  const auto events = std::count_if(
      nonmated.begin(), nonmated.end(),
      [&](const NonmatedSearch& search) { return false_positive(search, threshold); });
  return share(static_cast<std::uint64_t>(events), nonmated.size());
}

std::optional<double> false_negative_identification_rate(std::span<const MatedSearch> mated,
                                                         std::size_t max_rank, double threshold) {
  const auto misses = std::count_if(mated.begin(), mated.end(), [&](const MatedSearch& search) {
    return !search.hit(max_rank, threshold);
  });
  return share(static_cast<std::uint64_t>(misses), mated.size());
}

std::vector<double> cumulative_match_characteristic(std::span<const MatedSearch> mated,
                                                    std::size_t max_rank) {
  std::vector<double> shares;
  if (mated.empty()) {
    return shares;
  }
  std::vector<std::size_t> found_at(max_rank, 0);
  for (const MatedSearch& search : mated) {
    if (search.hit(max_rank, kAnyScore)) {
      ++found_at[search.mate_rank - 1];
    }
  }
  std::size_t found = 0;
  for (const std::size_t more : found_at) {
    found += more;
    shares.push_back(*share(found, mated.size()));
  }
  return shares;
}

ScoreList candidates(std::span<const NonmatedSearch> nonmated) {
  std::vector<double> scores;
  for (const NonmatedSearch& search : nonmated) {
    if (search.outcome == SearchOutcome::kSearched && search.highest_score > kAnyScore) {
      scores.push_back(search.highest_score);
    }
  }
  return ScoreList(scores, nonmated.size() - scores.size());
}

ScoreList mates(std::span<const MatedSearch> mated, std::size_t max_rank) {
  std::vector<double> scores;
  for (const MatedSearch& search : mated) {
    if (search.hit(max_rank, kAnyScore)) {
      scores.push_back(search.mate_score);
    }
  }
  return ScoreList(scores, mated.size() - scores.size());
}

std::optional<double> threshold_at_fpir(std::span<const MatedSearch> mated,
                                        std::span<const NonmatedSearch> nonmated, double f) {
  return threshold_at_fmr(mates(mated, kAnyRank), candidates(nonmated), f);
}

std::optional<double> selectivity(const ScoreList& scores, std::size_t probes, double threshold) {
  return share(scores.at_or_above(threshold), probes);
}

std::optional<double> selectivity(const ScoreDistribution& scores, std::size_t probes,
                                  double threshold) {
  return share(scores.at_or_above(threshold).high, probes);
}

std::vector<IdentityEvents> false_positive_events(std::span<const NonmatedSearch> nonmated,
                                                  double threshold) {
  std::vector<IdentityEvents> rows;
  rows.reserve(nonmated.size());
  for (const NonmatedSearch& search : nonmated) {
    rows.push_back({search.identity, search.group, false_positive(search, threshold) ? 1U : 0U, 1});
  }
  return rows;
}

std::vector<IdentityEvents> false_negative_events(std::span<const MatedSearch> mated,
                                                  std::size_t max_rank, double threshold) {
  std::vector<IdentityEvents> rows;
  rows.reserve(mated.size());
  for (const MatedSearch& search : mated) {
    rows.push_back({search.identity, search.group, search.hit(max_rank, threshold) ? 0U : 1U, 1});
  }
  return rows;
}

}  // namespace everyface
