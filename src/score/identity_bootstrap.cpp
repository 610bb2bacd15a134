#include "everyface/score/identity_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

namespace everyface {
namespace {

constexpr double kShareOfReplicatesNeeded = 0.95;

double rate_or_nan(std::uint64_t events, std::uint64_t trials) {
  return trials == 0 ? std::numeric_limits<double>::quiet_NaN()
                     : static_cast<double>(events) / static_cast<double>(trials);
}

void check(const IdentityEvents& row, std::size_t groups, std::size_t identities) {
  if (row.identity >= identities || row.group >= groups) {
    throw std::out_of_range("identity " + std::to_string(row.identity) + " in group " +
                            std::to_string(row.group) + ", but there are " +
                            std::to_string(identities) + " identities and " +
                            std::to_string(groups) + " groups");
  }
}

/// percentile_of_sorted() for values that may end in infinity, next to which it finds none.
double percentile_with_infinity(std::span<const double> sorted, double fraction) {
  const auto above =
      static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sorted.size() - 1)));
  return std::isinf(sorted[above]) ? sorted[above] : percentile_of_sorted(sorted, fraction);
}

/// The middle 95 % of what `replicates` resamples gave; none where too few gave anything.
std::optional<Interval> percentile_interval(std::vector<double>& values, std::size_t replicates) {
  if (values.empty() || static_cast<double>(values.size()) <
                            kShareOfReplicatesNeeded * static_cast<double>(replicates)) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  return Interval{percentile_with_infinity(values, 0.025), percentile_with_infinity(values, 0.975)};
}

/// Pearson's chi-square of two outcomes by group. Requires a rate that is neither 0 nor 1.
double chi_square(std::span<const EventCount> counts, double rate) {
  double sum = 0;
  for (const EventCount& count : counts) {
    if (count.trials > 0) {
      const auto trials = static_cast<double>(count.trials);
      const double excess = static_cast<double>(count.events) - trials * rate;
      sum += excess * excess / (trials * rate * (1 - rate));
    }
  }
  return sum;
}

}  // namespace

IdentityWeights::IdentityWeights(const BootstrapOptions& options)
    : random_(options.seed), weights_(options.identities, 0) {}

std::span<const std::uint32_t> IdentityWeights::next() {
  std::fill(weights_.begin(), weights_.end(), 0U);
  for (std::size_t draw = 0; draw < weights_.size(); ++draw) {
    ++weights_[random_.below(weights_.size())];
  }
  return weights_;
}

std::optional<double> EventCount::rate() const {
  if (trials == 0) {
    return std::nullopt;
  }
  return rate_or_nan(events, trials);
}

double zero_events_bound(std::uint64_t independent_trials) {
  // 1 - exp(x) loses all digits for small x.
  return independent_trials == 0
             ? 1.0
             : -std::expm1(std::log(0.05) / static_cast<double>(independent_trials));
}

RateReplicates::RateReplicates(const BootstrapOptions& options, std::size_t cells)
    : options_(options), cells_(cells), rates_(options.replicates * cells) {}

bool RateReplicates::paired_with(const RateReplicates& other) const {
  return options_.identities == other.options_.identities && options_.seed == other.options_.seed &&
         options_.replicates == other.options_.replicates;
}

std::vector<EventCount> group_counts(std::span<const IdentityEvents> rows, std::size_t groups,
                                     std::size_t identities) {
  std::vector<EventCount> counts(groups + 1);
  std::vector<bool> seen((groups + 1) * identities, false);
  for (const IdentityEvents& row : rows) {
    check(row, groups, identities);
    for (const std::size_t cell : {std::size_t{row.group}, groups}) {
      EventCount& count = counts[cell];
      count.events += row.events;
      count.trials += row.trials;
      auto known = seen[cell * identities + row.identity];
      count.independent += row.trials > 0 && !known ? 1U : 0U;
      known = known || row.trials > 0;
    }
  }
  return counts;
}

RateReplicates bootstrap_rates(std::span<const IdentityEvents> rows, std::size_t groups,
                               const BootstrapOptions& options) {
  for (const IdentityEvents& row : rows) {
    check(row, groups, options.identities);
  }
  RateReplicates replicates(options, groups + 1);
  IdentityWeights weights(options);
  std::vector<EventCount> counts(groups + 1);
  for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
    const std::span<const std::uint32_t> weight = weights.next();
    std::fill(counts.begin(), counts.end(), EventCount{});
    for (const IdentityEvents& row : rows) {
      counts[row.group].events += weight[row.identity] * row.events;
      counts[row.group].trials += weight[row.identity] * row.trials;
    }
    for (std::size_t group = 0; group < groups; ++group) {
      counts[groups].events += counts[group].events;
      counts[groups].trials += counts[group].trials;
    }
    std::transform(counts.begin(), counts.end(), replicates.of(replicate).begin(),
                   [](const EventCount& c) { return rate_or_nan(c.events, c.trials); });
  }
  return replicates;
}

std::optional<Interval> rate_interval(const EventCount& count, const RateReplicates& replicates,
                                      std::size_t cell) {
  if (count.trials == 0) {
    return std::nullopt;
  }
  if (count.events == 0) {
    return Interval{0, zero_events_bound(count.independent)};
  }
  if (count.events == count.trials) {
    return Interval{1 - zero_events_bound(count.independent), 1};
  }
  const ReplicatedRate rates[] = {{replicates, cell}};
  return measure_interval(rates, [](std::span<const double> rate) { return rate.front(); });
}

std::optional<RateDifference> rate_difference(const ReplicatedRate& first,
                                              const ReplicatedRate& second,
                                              std::uint64_t independent) {
  std::size_t resamples = 0;
  std::size_t not_above = 0;
  std::size_t not_below = 0;
  const ReplicatedRate rates[] = {first, second};
  const std::optional<Interval> interval =
      measure_interval(rates, [&](std::span<const double> rate) {
        const double difference = rate[0] - rate[1];
        ++resamples;
        not_above += difference <= 0 ? 1U : 0U;
        not_below += difference >= 0 ? 1U : 0U;
        return difference;
      });
  if (!interval) {
    return std::nullopt;
  }
  std::optional<Interval> known = interval;
  if (known->low == known->high) {  // all resamples alike: chance is in the number of people
    const double bound = zero_events_bound(independent);
    known = {std::max(-1.0, known->low - bound), std::min(1.0, known->high + bound)};
  }
  if (not_above == resamples && not_below == resamples) {
    return RateDifference{*known, 1};
  }
  const double rarer =
      static_cast<double>(std::min(not_above, not_below) + 1) / static_cast<double>(resamples + 1);
  return RateDifference{*known, std::min(1.0, 2 * rarer)};
}

std::optional<Interval> measure_interval(std::span<const ReplicatedRate> rates,
                                         const Measure& measure) {
  if (rates.empty()) {
    return std::nullopt;
  }
  const RateReplicates& one = rates.front().replicates;
  if (!std::all_of(rates.begin(), rates.end(),
                   [&](const ReplicatedRate& rate) { return rate.replicates.paired_with(one); })) {
    throw std::invalid_argument("replicates of different resamples cannot be put together");
  }
  std::vector<double> values;
  std::vector<double> drawn(rates.size());
  for (std::size_t replicate = 0; replicate < one.replicates(); ++replicate) {
    std::transform(rates.begin(), rates.end(), drawn.begin(), [&](const ReplicatedRate& rate) {
      return rate.replicates.of(replicate)[rate.cell];
    });
    if (std::any_of(drawn.begin(), drawn.end(), [](double rate) { return std::isnan(rate); })) {
      continue;
    }
    if (const std::optional<double> value = measure(drawn)) {
      values.push_back(*value);
    }
  }
  return percentile_interval(values, one.replicates());
}

double equal_rates_permutation_p_value(std::span<const IdentityEvents> rows, std::size_t groups,
                                       std::uint64_t seed, std::size_t permutations) {
  std::vector<std::uint32_t> identities;
  std::vector<std::uint32_t> labels;
  EventCount all;
  for (const IdentityEvents& row : rows) {
    check(row, groups, std::numeric_limits<std::size_t>::max());
    identities.push_back(row.identity);
    labels.push_back(row.group);
    all.events += row.events;
    all.trials += row.trials;
  }
  std::sort(identities.begin(), identities.end());
  if (std::adjacent_find(identities.begin(), identities.end()) != identities.end()) {
    throw std::invalid_argument("permutation test: an identity has several rows");
  }
  if (all.events == 0 || all.events == all.trials) {
    return 1;
  }
  const double rate = *all.rate();
  const auto statistic = [&] {
    std::vector<EventCount> counts(groups);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      counts[labels[i]].events += rows[i].events;
      counts[labels[i]].trials += rows[i].trials;
    }
    return chi_square(counts, rate);
  };
  // The same tables with groups in another order may differ in the last digits.
  const double given = statistic() * (1 - 1e-9);
  Random random(seed);
  std::size_t as_large = 1;
  for (std::size_t permutation = 0; permutation < permutations; ++permutation) {
    for (std::size_t i = labels.size(); i > 1; --i) {
      std::swap(labels[i - 1], labels[random.below(i)]);
    }
    as_large += statistic() >= given ? 1U : 0U;
  }
  return static_cast<double>(as_large) / static_cast<double>(permutations + 1);
}

}  // namespace everyface
