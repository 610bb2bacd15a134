// How sure a rate of errors is when the trials share people.
//
// Comparisons of one person are not independent: who is hard to recognise is so in each of their
// photos. Intervals that take them as independent (Wilson's, say) are far too narrow. Here whole
// identities are drawn with replacement, all their trials with them (the "subset bootstrap" of
// Bolle, Ratha and Pankanti 2004, "Error analysis of pattern recognition systems"), and the middle
// 95 % of the rates so found is the interval. An identity is a number below `identities`; a cell is
// a group or whatever else has a rate of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "everyface/base/random.h"
#include "everyface/score/intervals.h"

namespace everyface {

struct BootstrapOptions {
  std::size_t identities = 0;  ///< of the whole set; those without trials may be among them
  std::uint64_t seed = 1;
  std::size_t replicates = 1000;
};

/// Draws as many identities as there are, with replacement, again and again. The same options draw
/// the same resamples everywhere, which is what makes conditions paired. Requires identities >= 1.
class IdentityWeights {
 public:
  explicit IdentityWeights(const BootstrapOptions& options);
  /// The next resample: how often each identity is in it. Valid until the next call.
  std::span<const std::uint32_t> next();

 private:
  Random random_;
  std::vector<std::uint32_t> weights_;
};

/// Events (errors) among trials.
struct EventCount {
  std::uint64_t events = 0;
  std::uint64_t trials = 0;
  /// How many trials share nobody: identities with trials, or disjoint pairs of identities. What is
  /// said where there are no events at all rests on this number.
  std::uint64_t independent = 0;

  /// events / trials; none without trials.
  [[nodiscard]] std::optional<double> rate() const;
};

/// The 95 % upper bound of a rate of which no event was seen in n independent trials:
/// 1 - 0.05^(1/n), which for large n is 3/n, the rule of three (Hanley and Lippman-Hand 1983, "If
/// nothing goes wrong, is everything all right?"). 1 for n = 0.
double zero_events_bound(std::uint64_t independent_trials);

/// Rates of cells under each of many resamples. Cells without trials in a resample hold NaN.
class RateReplicates {
 public:
  RateReplicates(const BootstrapOptions& options, std::size_t cells);

  [[nodiscard]] std::size_t cells() const { return cells_; }
  [[nodiscard]] std::size_t replicates() const { return options_.replicates; }
  /// All cells of one resample.
  [[nodiscard]] std::span<const double> of(std::size_t replicate) const {
    return std::span(rates_).subspan(replicate * cells_, cells_);
  }
  std::span<double> of(std::size_t replicate) {
    return std::span(rates_).subspan(replicate * cells_, cells_);
  }
  /// Whether resample i of both held the same people for every i.
  [[nodiscard]] bool paired_with(const RateReplicates& other) const;

 private:
  BootstrapOptions options_;
  std::size_t cells_;
  std::vector<double> rates_;
};

/// Trials of one identity in one group, with the events among them: mated comparisons and false
/// non-matches, mated searches and misses, non-mated searches and false positives.
struct IdentityEvents {
  std::uint32_t identity = 0;
  std::uint32_t group = 0;
  std::uint64_t events = 0;
  std::uint64_t trials = 0;
};

/// Sums of each group (independent: its identities with trials), and of all in one more cell at the
/// end. Rows may come in any order and several to an identity and group. Requires identity <
/// identities and group < groups (throws std::out_of_range), here and below.
std::vector<EventCount> group_counts(std::span<const IdentityEvents> rows, std::size_t groups,
                                     std::size_t identities);

/// Replicates of the same cells. Takes time replicates × (identities + rows).
RateReplicates bootstrap_rates(std::span<const IdentityEvents> rows, std::size_t groups,
                               const BootstrapOptions& options);

/// 95 % percentile interval of a cell's rate. Without events resampling cannot show any: then it is
/// 0 to zero_events_bound(independent), and with nothing but events the mirror of that. None
/// without trials, and where more than 5 % of the resamples had none.
std::optional<Interval> rate_interval(const EventCount& count, const RateReplicates& replicates,
                                      std::size_t cell);

/// One cell of some replicates.
struct ReplicatedRate {
  const RateReplicates& replicates;
  std::size_t cell = 0;
};

/// A difference between two rates.
struct RateDifference {
  Interval interval;   ///< 95 % percentile interval of first minus second
  double p_value = 1;  ///< two-sided: twice the share of resamples on the rarer side of zero,
                       ///< counting ties and one resample more, at most 1
};

/// First minus second over the same resamples: the same people under two conditions, or two groups
/// under one. What a person adds to both sides cancels. If not one resample shows a difference,
/// because nothing differs in any person, the interval is plus and minus
/// zero_events_bound(independent), `independent` being that of the smaller of both counts. None
/// where more than 5 % of the resamples lack either rate. Requires paired replicates (throws
/// std::invalid_argument).
///
/// Correct the p-values of several differences by holm_adjusted(). None can be below 2 /
/// (replicates
/// + 1), so m differences need more than 40 m replicates for one of them to pass 0.05.
std::optional<RateDifference> rate_difference(const ReplicatedRate& first,
                                              const ReplicatedRate& second,
                                              std::uint64_t independent);

/// A figure made of rates; none where they do not define it.
using Measure = std::function<std::optional<double>(std::span<const double>)>;

/// 95 % percentile interval of a figure made of the rates of some cells, handed over in the order
/// of `rates`; they may be of several replicates, if paired (FMR and FNMR of each group, say).
/// Resamples that lack a rate or do not define the figure are left out; none where they are more
/// than 5 %. Infinite figures count as such, so an end of the interval may be infinite. Throws
/// std::invalid_argument where the replicates are not paired.
std::optional<Interval> measure_interval(std::span<const ReplicatedRate> rates,
                                         const Measure& measure);

/// P-value of the hypothesis that identities of all groups err alike, by handing the groups' labels
/// to other identities at random: the share of permutations (the given one counted in) whose
/// Pearson chi-square of events and trials by group is as large or larger. Holds whatever the
/// dependence within an identity. 1 where fewer than two groups have trials, and where no trial or
/// each is an event. Requires a single row to an identity (throws std::invalid_argument): people in
/// several groups cannot be exchanged. There is no such test for false matches, which belong to two
/// people at once; compare groups by rate_difference() there.
double equal_rates_permutation_p_value(std::span<const IdentityEvents> rows, std::size_t groups,
                                       std::uint64_t seed, std::size_t permutations = 9999);

}  // namespace everyface
