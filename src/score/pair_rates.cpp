#include "everyface/score/pair_rates.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>

namespace everyface {
namespace {

void check(std::size_t number, std::size_t below, const char* what) {
  if (number >= below) {
    throw std::out_of_range(std::string("GroupPairs: ") + what + " " + std::to_string(number) +
                            " is not below " + std::to_string(below));
  }
}

void check(const PairDesign& design) {
  for (const auto* samples : {&design.probes, &design.references}) {
    for (const LabelledSample& sample : *samples) {
      check(sample.identity, design.identities, "identity");
      check(sample.group, design.groups, "group");
    }
  }
}

/// A number for a pair of samples; in one set the same either way round.
std::uint64_t key(SamplePair pair, bool one_set) {
  if (one_set && pair.probe > pair.reference) {
    std::swap(pair.probe, pair.reference);
  }
  return (std::uint64_t{pair.probe} << 32U) | pair.reference;
}

}  // namespace

GroupPairs::GroupPairs(const PairDesign& design, std::span<const SamplePair> accepted)
    : groups_(design.groups), identities_(design.identities), one_set_(design.references.empty()) {
  check(design);
  probes_ = presences(design.probes);
  references_ = one_set_ ? probes_ : presences(design.references);
  add_links(design, accepted);
  add_own_pairs();
  count_cells();
}

std::vector<GroupPairs::Presence> GroupPairs::presences(std::span<const LabelledSample> samples) {
  std::vector<Presence> all;
  all.reserve(samples.size());
  for (const LabelledSample& sample : samples) {
    all.push_back({sample.identity, sample.group, 1});
  }
  std::sort(all.begin(), all.end(), [](const Presence& a, const Presence& b) {
    return std::tie(a.identity, a.group) < std::tie(b.identity, b.group);
  });
  std::vector<Presence> merged;
  for (const Presence& one : all) {
    if (!merged.empty() && merged.back().identity == one.identity &&
        merged.back().group == one.group) {
      ++merged.back().samples;
    } else {
      merged.push_back(one);
    }
  }
  return merged;
}

/// Several samples of the same people make links that differ in nothing.
void GroupPairs::merge_equal(std::vector<Link>& links) {
  const auto order = [](const Link& link) { return std::tie(link.cell, link.first, link.second); };
  std::sort(links.begin(), links.end(),
            [&](const Link& a, const Link& b) { return order(a) < order(b); });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < links.size(); ++i) {
    if (order(links[i]) == order(links[kept])) {
      links[kept].pairs += links[i].pairs;
    } else {
      links[++kept] = links[i];
    }
  }
  links.resize(std::min(links.size(), kept + 1));
}

void GroupPairs::add_links(const PairDesign& design, std::span<const SamplePair> accepted) {
  const std::vector<LabelledSample>& probes = design.probes;
  const std::vector<LabelledSample>& references = one_set_ ? design.probes : design.references;
  const auto link = [&](const SamplePair& pair) {
    check(pair.probe, probes.size(), "probe");
    check(pair.reference, references.size(), "reference");
    const LabelledSample& probe = probes[pair.probe];
    const LabelledSample& reference = references[pair.reference];
    return Link{static_cast<std::uint32_t>(between(probe.group, reference.group)), probe.identity,
                reference.identity, 1};
  };
  std::vector<std::uint64_t> excluded;
  excluded.reserve(design.excluded.size());
  for (const SamplePair& pair : design.excluded) {
    excluded.push_back(key(pair, one_set_));
    const Link one = link(pair);
    if (one.first == one.second) {
      continue;  // among the pairs of one identity already
    }
    not_compared_.push_back(one);
    if (one_set_) {
      not_compared_.push_back(link({pair.reference, pair.probe}));
    }
  }
  std::sort(excluded.begin(), excluded.end());
  for (const SamplePair& pair : accepted) {
    const Link one = link(pair);
    if (one.first != one.second &&
        !std::binary_search(excluded.begin(), excluded.end(), key(pair, one_set_))) {
      false_matches_.push_back(one);
    }
  }
  merge_equal(false_matches_);
}

void GroupPairs::add_own_pairs() {
  auto reference = references_.begin();
  for (const Presence& probe : probes_) {
    while (reference != references_.end() && reference->identity < probe.identity) {
      ++reference;
    }
    for (auto own = reference; own != references_.end() && own->identity == probe.identity; ++own) {
      not_compared_.push_back({static_cast<std::uint32_t>(between(probe.group, own->group)),
                               probe.identity, probe.identity, probe.samples * own->samples});
    }
  }
  merge_equal(not_compared_);
}

GroupPairs::Sums GroupPairs::weighted_sums(std::span<const std::uint32_t> weights) const {
  std::vector<std::int64_t> probes(groups_, 0);
  std::vector<std::int64_t> references(groups_, 0);
  for (const Presence& presence : probes_) {
    probes[presence.group] += std::int64_t{weights[presence.identity]} * presence.samples;
  }
  for (const Presence& presence : references_) {
    references[presence.group] += std::int64_t{weights[presence.identity]} * presence.samples;
  }
  Sums sums{std::vector<std::int64_t>(groups_ * groups_, 0),
            std::vector<std::int64_t>(groups_ * groups_, 0)};
  for (std::size_t a = 0; a < groups_; ++a) {
    for (std::size_t b = 0; b < groups_; ++b) {
      sums.trials[between(a, b)] = probes[a] * references[b];
    }
  }
  const auto pairs = [&](const Link& link) {
    return std::int64_t{weights[link.first]} * weights[link.second] * link.pairs;
  };
  for (const Link& link : not_compared_) {
    sums.trials[link.cell] -= pairs(link);
  }
  for (const Link& link : false_matches_) {
    sums.events[link.cell] += pairs(link);
  }
  if (one_set_) {
    // Trials are in both orders already.
    for (std::size_t a = 0; a < groups_; ++a) {
      sums.events[within(a)] *= 2;
      for (std::size_t b = 0; b < a; ++b) {
        const std::int64_t both = sums.events[between(a, b)] + sums.events[between(b, a)];
        sums.events[between(a, b)] = both;
        sums.events[between(b, a)] = both;
      }
    }
  }
  return sums;
}

std::pair<std::int64_t, std::int64_t> GroupPairs::of_cell(const Sums& sums,
                                                          std::size_t cell) const {
  std::size_t first = cell;
  std::size_t last = cell + 1;
  if (cell == all()) {
    first = 0;
    last = groups_ * groups_;
  } else if (cell >= by_probe(0)) {
    first = between(cell - by_probe(0), 0);
    last = first + groups_;
  }
  std::pair<std::int64_t, std::int64_t> found{0, 0};
  for (std::size_t i = first; i < last; ++i) {
    found.first += sums.events[i];
    found.second += sums.trials[i];
  }
  return found;
}

void GroupPairs::count_cells() {
  const Sums sums = weighted_sums(std::vector<std::uint32_t>(identities_, 1));
  for (std::size_t cell = 0; cell < cells(); ++cell) {
    const auto [events, trials] = of_cell(sums, cell);
    const bool in_matrix = cell < groups_ * groups_;
    const bool twice = one_set_ && (cell == all() || (in_matrix && cell % (groups_ + 1) == 0));
    counts_.push_back({static_cast<std::uint64_t>(twice ? events / 2 : events),
                       static_cast<std::uint64_t>(twice ? trials / 2 : trials),
                       disjoint_pairs(cell)});
  }
}

/// The most pairs of a probe's and a reference's identity that share none.
std::uint64_t GroupPairs::disjoint_pairs(std::size_t cell) const {
  const bool in_matrix = cell < groups_ * groups_;
  std::vector<std::uint8_t> sides(identities_, 0);
  for (const Presence& presence : probes_) {
    if (cell == all() || presence.group == (in_matrix ? cell / groups_ : cell - by_probe(0))) {
      sides[presence.identity] |= 1U;
    }
  }
  for (const Presence& presence : references_) {
    if (!in_matrix || presence.group == cell % groups_) {
      sides[presence.identity] |= 2U;
    }
  }
  std::uint64_t probes = 0;
  std::uint64_t references = 0;
  std::uint64_t either = 0;
  for (const std::uint8_t side : sides) {
    probes += side & 1U;
    references += side >> 1U;
    either += side != 0 ? 1U : 0U;
  }
  return std::min({probes, references, either / 2});
}

RateReplicates GroupPairs::bootstrap(const BootstrapOptions& options) const {
  if (options.identities != identities_) {
    throw std::invalid_argument("GroupPairs: the bootstrap has other identities than the design");
  }
  RateReplicates replicates(options, cells());
  IdentityWeights weights(options);
  for (std::size_t replicate = 0; replicate < options.replicates; ++replicate) {
    const Sums sums = weighted_sums(weights.next());
    const std::span<double> rates = replicates.of(replicate);
    for (std::size_t cell = 0; cell < cells(); ++cell) {
      const auto [events, trials] = of_cell(sums, cell);
      rates[cell] = trials == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : static_cast<double>(events) / static_cast<double>(trials);
    }
  }
  return replicates;
}

}  // namespace everyface
