#include "study/audit_differentials.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "everyface/score/differentials.h"
#include "everyface/score/intervals.h"
#include "score/thresholds.h"

namespace everyface {
namespace {

/// A rate of one column's groups: where to find it, what to call it.
struct NamedRate {
  const char* name;
  const RateTable* table;
  std::size_t (*cell)(const ColumnRates& rates, std::size_t group);
  /// Identities with trials in a group.
  std::size_t (*identities)(const ColumnRates& rates, const EventCount& count, std::size_t group);
};

std::size_t group_cell(const ColumnRates& /*rates*/, std::size_t group) { return group; }
std::size_t within_cell(const ColumnRates& rates, std::size_t group) {
  return rates.fmr.within(group);
}

std::size_t compared(const ColumnRates& rates, const EventCount& /*count*/, std::size_t group) {
  return rates.compared[group];
}
std::size_t with_trials(const ColumnRates& /*rates*/, const EventCount& count,
                        std::size_t /*group*/) {
  return count.independent;
}

std::vector<NamedRate> rates_of(const ColumnRates& rates) {
  return {{"FMR", &rates.fmr.table, within_cell, compared},
          {"FNMR", &rates.fnmr, group_cell, with_trials},
          {"FPIR", &rates.fpir, group_cell, with_trials},
          {"FNIR", &rates.fnir, group_cell, with_trials}};
}

/// Groups about which a claim may be made, with their cells.
struct Eligible {
  std::vector<std::size_t> groups;
  std::vector<std::size_t> cells;
  std::vector<double> rates;
};

Eligible eligible_groups(const GroupColumn& column, const ColumnRates& rates,
                         const NamedRate& named) {
  Eligible eligible;
  if (named.table->counts.empty() || !named.table->replicates) {
    return eligible;
  }
  EventCount whole;
  for (std::size_t group = 0; group < column.values.size(); ++group) {
    const EventCount& count = named.table->counts[named.cell(rates, group)];
    whole.events += count.events;
    whole.trials += count.trials;
  }
  if (whole.trials == 0) {
    return eligible;
  }
  for (std::size_t group = 0; group < column.values.size(); ++group) {
    const std::size_t cell = named.cell(rates, group);
    const EventCount& count = named.table->counts[cell];
    if (enough_for_claim(named.identities(rates, count, group), count, *whole.rate())) {
      eligible.groups.push_back(group);
      eligible.cells.push_back(cell);
      eligible.rates.push_back(*count.rate());
    }
  }
  return eligible;
}

/// Interval of a figure over resamples; none where even its lower end is infinite: the best group's
/// few errors are missing from most resamples, which then say nothing.
std::optional<Interval> bounded_interval(std::span<const ReplicatedRate> rates,
                                         const Measure& measure) {
  const auto interval = measure_interval(rates, measure);
  return interval && std::isfinite(interval->low) ? interval : std::nullopt;
}

/// Differentials of a cell, and for each the p-value of its worst against its best.
class Differentials {
 public:
  Differentials(const std::vector<GroupColumn>& columns, std::vector<CellResult>& cells)
      : columns_(columns), cells_(cells) {}

  void add_all() {
    for (CellResult& cell : cells_) {
      for (std::size_t c = 1; c < columns_.size(); ++c) {
        for (const NamedRate& named : rates_of(cell.rates[c])) {
          add_ratios(cell, c, named);
        }
        add_of_two_rates(cell, c, "FMR, FNMR", rates_of(cell.rates[c])[0],
                         rates_of(cell.rates[c])[1]);
        add_of_two_rates(cell, c, "FPIR, FNIR", rates_of(cell.rates[c])[2],
                         rates_of(cell.rates[c])[3]);
      }
    }
    const std::vector<double> adjusted = holm_adjusted(p_values_);
    for (std::size_t i = 0; i < tested_.size(); ++i) {
      cells_[tested_[i].first].cell.differentials[tested_[i].second].beyond_chance =
          adjusted[i] < 0.05;
    }
  }

 private:
  static std::vector<ReplicatedRate> replicated(const NamedRate& named, const Eligible& eligible) {
    std::vector<ReplicatedRate> rates;
    for (const std::size_t cell : eligible.cells) {
      rates.push_back({*named.table->replicates, cell});
    }
    return rates;
  }

  Differential& add(CellResult& cell, const GroupColumn& column, const char* measure,
                    const char* rate, std::size_t groups) {
    Differential& differential = cell.cell.differentials.emplace_back();
    differential.by = column.name;
    differential.measure = measure;
    differential.rate = rate;
    differential.groups = groups;
    return differential;
  }

  /// `pairs`: how many pairs of groups the two were picked from for lying furthest apart, each of
  /// which could have been picked by chance (Bonferroni).
  void test(CellResult& cell, const NamedRate& named, std::size_t worst, std::size_t best,
            std::size_t pairs) {
    if (const auto p = normal_p_value(*named.table, worst, *named.table, best)) {
      tested_.emplace_back(static_cast<std::size_t>(&cell - cells_.data()),
                           cell.cell.differentials.size() - 1);
      p_values_.push_back(std::min(1.0, *p * static_cast<double>(pairs)));
    }
  }

  void add_ratios(CellResult& cell, std::size_t c, const NamedRate& named) {
    const GroupColumn& column = columns_[c];
    const Eligible eligible = eligible_groups(column, cell.rates[c], named);
    if (eligible.groups.size() < 2) {
      return;
    }
    const auto rates = replicated(named, eligible);
    const auto [best, worst] = std::minmax_element(eligible.rates.begin(), eligible.rates.end());
    const auto best_at = static_cast<std::size_t>(best - eligible.rates.begin());
    const auto worst_at = static_cast<std::size_t>(worst - eligible.rates.begin());
    const auto name = [&](std::size_t at) { return column.values[eligible.groups[at]]; };
    {
      Differential& ratio = add(cell, column, "worst to best", named.name, eligible.groups.size());
      ratio.worst = name(worst_at);
      ratio.best = name(best_at);
      ratio.value = worst_to_best(eligible.rates);
      ratio.interval = bounded_interval(rates, worst_to_best);
      test(cell, named, eligible.cells[worst_at], eligible.cells[best_at],
           eligible.groups.size() * (eligible.groups.size() - 1) / 2);
    }
    {
      Differential& ratio =
          add(cell, column, "worst to geometric mean", named.name, eligible.groups.size());
      ratio.worst = name(worst_at);
      ratio.value = worst_to_geometric_mean(eligible.rates);
      ratio.interval = bounded_interval(rates, worst_to_geometric_mean);
    }
    add_to_reference(cell, column, named, eligible, rates);
  }

  /// Each group to the one that --reference-group names.
  void add_to_reference(CellResult& cell, const GroupColumn& column, const NamedRate& named,
                        const Eligible& eligible, const std::vector<ReplicatedRate>& rates) {
    if (!column.reference) {
      return;
    }
    const auto found = std::find(eligible.groups.begin(), eligible.groups.end(), *column.reference);
    if (found == eligible.groups.end()) {
      return;
    }
    const auto reference = static_cast<std::size_t>(found - eligible.groups.begin());
    for (std::size_t i = 0; i < eligible.groups.size(); ++i) {
      if (i == reference) {
        continue;
      }
      Differential& ratio =
          add(cell, column, "group to reference group", named.name, eligible.groups.size());
      ratio.worst = column.values[eligible.groups[i]];
      ratio.best = column.values[*column.reference];
      ratio.value = rate_ratio(eligible.rates[i], eligible.rates[reference]);
      ratio.interval =
          measure_interval(std::vector<ReplicatedRate>{rates[i], rates[reference]},
                           [](std::span<const double> two) { return rate_ratio(two[0], two[1]); });
      test(cell, named, eligible.cells[i], eligible.cells[reference], 1);
    }
  }

  void add_of_two_rates(CellResult& cell, std::size_t c, const char* rate,
                        const NamedRate& false_match, const NamedRate& false_non_match) {
    const GroupColumn& column = columns_[c];
    const Eligible first = eligible_groups(column, cell.rates[c], false_match);
    const Eligible second = eligible_groups(column, cell.rates[c], false_non_match);
    std::vector<std::size_t> both;
    std::set_intersection(first.groups.begin(), first.groups.end(), second.groups.begin(),
                          second.groups.end(), std::back_inserter(both));
    if (both.size() < 2) {
      return;
    }
    std::vector<double> rates;
    std::vector<ReplicatedRate> replicates;
    for (const NamedRate* named : {&false_match, &false_non_match}) {
      for (const std::size_t group : both) {
        const std::size_t at = named->cell(cell.rates[c], group);
        rates.push_back(*named->table->counts[at].rate());
        replicates.push_back({*named->table->replicates, at});
      }
    }
    using OfTwo =
        std::optional<double> (*)(std::span<const double>, std::span<const double>, double);
    constexpr std::pair<const char*, OfTwo> kMeasures[] = {
        {"fairness discrepancy rate", fairness_discrepancy_rate},
        {"inequity rate", inequity_rate},
        {"GARBE", garbe}};
    for (const auto& [name, measure] : kMeasures) {
      const Measure halves = [measure = measure](std::span<const double> all) {
        return measure(all.first(all.size() / 2), all.last(all.size() / 2), 0.5);
      };
      Differential& differential = add(cell, column, name, rate, both.size());
      differential.value = halves(rates);
      differential.interval = bounded_interval(replicates, halves);
    }
  }

  const std::vector<GroupColumn>& columns_;
  std::vector<CellResult>& cells_;
  std::vector<std::pair<std::size_t, std::size_t>> tested_;  ///< cell, differential
  std::vector<double> p_values_;
};

}  // namespace

void add_differentials(const std::vector<GroupColumn>& columns, std::vector<CellResult>& cells) {
  Differentials(columns, cells).add_all();
}

std::vector<AuditComparison> compare_enhancements(const AuditCells& places,
                                                  const std::vector<GroupColumn>& columns,
                                                  const std::vector<CellResult>& cells) {
  std::vector<AuditComparison> comparisons;
  std::vector<double> p_values;
  std::vector<std::size_t> tested;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    AuditCellPlace place = places.place(i);
    if (!places.none_chain() || place.chain == *places.none_chain()) {
      continue;
    }
    place.chain = *places.none_chain();
    const CellResult& before = cells[places.index(place)];
    const CellResult& after = cells[i];
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto first = rates_of(before.rates[c]);
      const auto second = rates_of(after.rates[c]);
      for (std::size_t r = 0; r < first.size(); ++r) {
        for (std::size_t group = 0; group < columns[c].values.size(); ++group) {
          const std::size_t at = first[r].cell(before.rates[c], group);
          const RateTable& a = *first[r].table;
          const RateTable& b = *second[r].table;
          if (at >= a.counts.size() || at >= b.counts.size() ||
              std::min(a.counts[at].independent, b.counts[at].independent) < kFewestIdentities) {
            continue;
          }
          AuditComparison& one = comparisons.emplace_back();
          one.embedder = after.cell.embedder;
          one.exposure_ev = after.cell.exposure_ev;
          one.before = before.cell.enhance;
          one.after = after.cell.enhance;
          one.rate = first[r].name;
          one.by = columns[c].name;
          one.value = columns[c].name.empty() ? "" : columns[c].values[group];
          one.first = a.rate(at);
          one.second = b.rate(at);
          if (!a.replicates || !b.replicates) {
            continue;
          }
          const auto difference =
              rate_difference({*b.replicates, at}, {*a.replicates, at},
                              std::min(a.counts[at].independent, b.counts[at].independent));
          if (difference) {
            one.difference = difference->interval;
          }
          if (const auto p = normal_p_value(b, at, a, at)) {
            tested.push_back(comparisons.size() - 1);
            p_values.push_back(*p);
          }
        }
      }
    }
  }
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    comparisons[tested[i]].p_value = adjusted[i];
  }
  return comparisons;
}

std::vector<ExclusionEffect> exclusion_effects(const CellContext& context,
                                               const CellResult& reference,
                                               const TemplateSet& templates) {
  std::vector<ExclusionEffect> effects;
  if (context.labels.pairs) {
    return effects;  // the list says who is who
  }
  std::vector<ScoredPair> pairs = reference.accepted;  // rising rank: highest score first
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const ScoredPair& a, const ScoredPair& b) { return a.score > b.score; });
  const std::uint64_t total = reference.cell.verification.nonmated;
  for (const std::size_t excluded : {0U, 10U, 100U, 1000U}) {
    const double operating = context.request.protocol.operating_fmr;
    if (excluded >= std::min<std::uint64_t>(total, pairs.size())) {
      break;
    }
    const std::uint64_t allowed = score::allowed_events(operating, total - excluded);
    if (excluded + allowed >= pairs.size()) {
      break;  // the threshold would lie below the pairs that are known
    }
    // The first pair that must not be accepted, and with it all of its score.
    const float refused = pairs[excluded + allowed].score;
    std::vector<ScoredPair> accepted;
    for (std::size_t i = excluded; i < pairs.size() && pairs[i].score > refused; ++i) {
      accepted.push_back(pairs[i]);
    }
    const double threshold = accepted.empty() ? std::nextafter(refused, 2.0F)
                                              : static_cast<double>(accepted.back().score);
    AuditLabels labels = context.labels;
    for (std::size_t i = 0; i < excluded; ++i) {
      RecordPair& pair = labels.excluded.emplace_back();
      pair.first = pairs[i].probe;
      pair.second = pairs[i].reference;
    }
    const RateMaker maker(labels, context.request.seed);
    for (std::size_t c = 1; c < context.columns.size(); ++c) {
      const GroupColumn& column = context.columns[c];
      ColumnRates rates;
      rates.fmr = maker.all_pairs(templates, templates, true, accepted, column);
      rates.compared = reference.rates[c].compared;
      const Eligible eligible = eligible_groups(column, rates, rates_of(rates)[0]);
      ExclusionEffect& effect = effects.emplace_back();
      effect.embedder = reference.cell.embedder;
      effect.excluded = excluded;
      effect.threshold = threshold;
      effect.by = column.name;
      effect.worst_to_best = worst_to_best(eligible.rates);
    }
  }
  return effects;
}

}  // namespace everyface
