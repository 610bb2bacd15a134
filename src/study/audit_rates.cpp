#include "study/audit_rates.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "everyface/score/intervals.h"
#include "everyface/score/pair_rates.h"

namespace everyface {
namespace {

std::vector<LabelledSample> samples_of(const TemplateSet& set, const AuditLabels& labels,
                                       const GroupColumn& column) {
  std::vector<LabelledSample> samples;
  samples.reserve(set.size());
  for (const std::uint32_t record : set.records) {
    samples.push_back({labels.identity[record], column.of_record[record]});
  }
  return samples;
}

/// The excluded pairs as rows, each once.
std::vector<SamplePair> excluded_rows(const TemplateSet& probes, const TemplateSet& references,
                                      bool one_set, const AuditLabels& labels) {
  std::vector<SamplePair> rows;
  for (const RecordPair& pair : labels.excluded) {
    for (const auto& [probe, reference] :
         {std::pair(pair.first, pair.second), std::pair(pair.second, pair.first)}) {
      const std::uint32_t p = probes.row_of[probe];
      const std::uint32_t r = references.row_of[reference];
      if (p != kNoRow && r != kNoRow && (!one_set || p < r)) {
        rows.push_back({p, r});
      }
    }
  }
  const auto order = [](const SamplePair& a, const SamplePair& b) {
    return std::pair(a.probe, a.reference) < std::pair(b.probe, b.reference);
  };
  std::sort(rows.begin(), rows.end(), order);
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const SamplePair& a, const SamplePair& b) {
                           return a.probe == b.probe && a.reference == b.reference;
                         }),
             rows.end());
  return rows;
}

/// A rate as if each person had been tried once.
Proportion of_people(const EventCount& count) {
  const auto people = static_cast<double>(count.independent);
  return {static_cast<std::size_t>(std::lround(people * count.rate().value_or(0))),
          static_cast<std::size_t>(count.independent)};
}

/// Rows of one identity and group added up.
class EventSums {
 public:
  void add(std::uint32_t identity, std::size_t group, bool event) {
    auto& [events, trials] = sums_[{identity, static_cast<std::uint32_t>(group)}];
    events += event ? 1U : 0U;
    ++trials;
  }
  [[nodiscard]] std::vector<IdentityEvents> rows() const {
    std::vector<IdentityEvents> rows;
    for (const auto& [key, sum] : sums_) {
      rows.push_back({key.first, key.second, sum.first, sum.second});
    }
    return rows;
  }

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint64_t, std::uint64_t>> sums_;
};

}  // namespace

ErrorRate RateTable::rate(std::size_t cell) const {
  ErrorRate rate;
  if (cell < counts.size()) {
    rate.count = counts[cell];
    if (replicates) {
      rate.interval = rate_interval(counts[cell], *replicates, cell);
    }
  }
  return rate;
}

RateTable RateMaker::table_of(const std::vector<IdentityEvents>& rows, std::size_t groups) const {
  RateTable table;
  table.counts = group_counts(rows, groups, labels_.identities);
  table.replicates = bootstrap_rates(rows, groups, options_);
  return table;
}

MatchTable RateMaker::all_pairs(const TemplateSet& probes, const TemplateSet& references,
                                bool one_set, const std::vector<ScoredPair>& accepted,
                                const GroupColumn& column) const {
  PairDesign design;
  design.probes = samples_of(probes, labels_, column);
  if (!one_set) {
    design.references = samples_of(references, labels_, column);
  }
  design.excluded = excluded_rows(probes, references, one_set, labels_);
  design.groups = column.groups();
  design.identities = labels_.identities;
  std::vector<SamplePair> rows;
  rows.reserve(accepted.size());
  for (const ScoredPair& pair : accepted) {
    rows.push_back({probes.row_of[pair.probe], references.row_of[pair.reference]});
  }
  const GroupPairs pairs(design, rows);
  MatchTable match;
  match.groups = column.groups();
  match.by_probe_known = true;
  match.all = pairs.all();
  for (std::size_t cell = 0; cell < pairs.cells(); ++cell) {
    match.table.counts.push_back(pairs.count(cell));
  }
  match.table.replicates = pairs.bootstrap(options_);
  return match;
}

MatchTable RateMaker::listed_pairs(const std::vector<ComparedPair>& pairs,
                                   const GroupColumn& column) const {
  MatchTable match;
  match.groups = column.groups();
  match.all = match.groups * match.groups;
  EventSums sums;
  for (const ComparedPair& pair : pairs) {
    sums.add(labels_.identity[pair.reference],
             match.between(column.of_record[pair.probe], column.of_record[pair.reference]),
             pair.error);
  }
  match.table = table_of(sums.rows(), match.groups * match.groups);
  return match;
}

RateTable RateMaker::mated_pairs(const std::vector<ComparedPair>& pairs, const GroupColumn& column,
                                 bool either_way) const {
  EventSums sums;
  for (const ComparedPair& pair : pairs) {
    const std::uint32_t group = column.of_record[pair.probe];
    const std::uint32_t other = column.of_record[pair.reference];
    sums.add(labels_.identity[pair.probe], group, pair.error);
    if (either_way && other != group) {
      sums.add(labels_.identity[pair.reference], other, pair.error);
    }
  }
  return table_of(sums.rows(), column.groups());
}

std::vector<std::size_t> RateMaker::with_templates(const TemplateSet& probes,
                                                   const GroupColumn& column) const {
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  std::vector<std::size_t> identities(column.groups());
  for (const std::uint32_t record : probes.records) {
    const std::uint32_t group = column.of_record[record];
    identities[group] += seen.emplace(group, labels_.identity[record]).second ? 1U : 0U;
  }
  return identities;
}

RateTable RateMaker::searches(std::vector<IdentityEvents> rows, const GroupColumn& column) const {
  for (IdentityEvents& row : rows) {
    row.group = column.of_record[row.group];
  }
  return table_of(rows, column.groups());
}

RateTable RateMaker::failed_to_acquire(const std::vector<bool>& decoded, const TemplateSet& probes,
                                       const GroupColumn& column) const {
  EventSums sums;
  for (std::size_t record = 0; record < decoded.size(); ++record) {
    if (decoded[record]) {
      sums.add(labels_.identity[record], column.of_record[record], probes.row_of[record] == kNoRow);
    }
  }
  return table_of(sums.rows(), column.groups());
}

std::optional<double> normal_p_value(const RateTable& first, std::size_t first_cell,
                                     const RateTable& second, std::size_t second_cell) {
  if (!first.replicates || !second.replicates) {
    return std::nullopt;
  }
  const auto rate = first.counts[first_cell].rate();
  const auto other = second.counts[second_cell].rate();
  if (!rate || !other) {
    return std::nullopt;
  }
  double sum = 0;
  double squares = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < first.replicates->replicates(); ++i) {
    const double difference =
        first.replicates->of(i)[first_cell] - second.replicates->of(i)[second_cell];
    if (!std::isnan(difference)) {
      sum += difference;
      squares += difference * difference;
      ++count;
    }
  }
  if (count < 2) {
    return std::nullopt;
  }
  const double n = static_cast<double>(count);
  const double deviation = std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1)));
  if (deviation <= 0) {
    // All resamples are alike, as where everybody of one group is missed and nobody of the other:
    // they say nothing of chance, but the number of people does.
    return fisher_p_value(of_people(first.counts[first_cell]),
                          of_people(second.counts[second_cell]));
  }
  return std::erfc(std::abs(*rate - *other) / deviation / std::sqrt(2.0));
}

}  // namespace everyface
