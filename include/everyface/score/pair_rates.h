// False match rates by pairs of groups: who is taken for whom?
//
// Most non-mated pairs score far below any threshold of interest, so it takes only the pairs at or
// above it, and the labels of all samples for the number of pairs there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "everyface/score/identity_bootstrap.h"

namespace everyface {

/// Whose a photo is, and the group of that photo (groups like age bands may change between photos
/// of one person).
struct LabelledSample {
  std::uint32_t identity = 0;
  std::uint32_t group = 0;
};

/// Indices into probes and references.
struct SamplePair {
  std::uint32_t probe = 0;
  std::uint32_t reference = 0;
};

/// Which comparisons were made: all of unlike identity, but for the excluded ones. List the samples
/// that have a template, for FMR; list all that should have, for the rate of attempts, in which a
/// sample that failed adds trials and no events.
struct PairDesign {
  std::vector<LabelledSample> probes;
  /// Each probe was compared with each reference. Empty: each probe with each other one, once.
  std::vector<LabelledSample> references;
  /// Not counted, neither as events nor as trials, each given once: pairs of one person after all,
  /// say. Within one set either order will do.
  std::vector<SamplePair> excluded;
  std::size_t groups = 0;
  std::size_t identities = 0;
};

/// Counts of false matches at a threshold, and resamples of their rates.
class GroupPairs {
 public:
  /// `accepted` are the pairs at or above the threshold, each once, within one set in either order;
  /// those of one identity and those excluded do not count. Throws std::out_of_range where a number
  /// is not below what the design says.
  GroupPairs(const PairDesign& design, std::span<const SamplePair> accepted);

  // Cells of the replicates: groups × groups of them by pairs, groups by probe, and one of all.
  [[nodiscard]] std::size_t cells() const { return groups_ * groups_ + groups_ + 1; }
  /// Probes of a against references of b. Within one set the same both ways round.
  [[nodiscard]] std::size_t between(std::size_t a, std::size_t b) const { return a * groups_ + b; }
  /// Pairs within a group: the usual FMR of the group.
  [[nodiscard]] std::size_t within(std::size_t a) const { return between(a, a); }
  /// Probes of a against all references: how often someone of the group is taken for anyone. Within
  /// one set either of a pair may be the probe, so pairs within the group weigh twice.
  [[nodiscard]] std::size_t by_probe(std::size_t a) const { return groups_ * groups_ + a; }
  [[nodiscard]] std::size_t all() const { return groups_ * groups_ + groups_; }

  /// False matches among non-mated pairs. By probe within one set: counted from the probe's side,
  /// so pairs within the group count twice. `independent` is the most pairs that share no identity.
  [[nodiscard]] EventCount count(std::size_t cell) const { return counts_[cell]; }

  /// FMR of all cells under resamples of identities: with w_i the times that identity i was drawn,
  /// a false match of i and j counts w_i w_j, a pair of copies of the same identity not at all.
  /// That is the pigeonhole bootstrap (Owen 2007, "The pigeonhole bootstrap"): it holds when people
  /// differ in how much they resemble others, and is too wide, by a factor of up to about 1.7,
  /// where they do not and chance lies in the pairs alone. Takes time replicates × (false matches +
  /// identities + excluded pairs). Throws std::invalid_argument where options.identities is not the
  /// design's.
  [[nodiscard]] RateReplicates bootstrap(const BootstrapOptions& options) const;

 private:
  /// Samples of one identity in one group.
  struct Presence {
    std::uint32_t identity;
    std::uint32_t group;
    std::uint32_t samples;
  };
  /// Pairs of two identities, perhaps one and the same, in one cell of the matrix.
  struct Link {
    std::uint32_t cell;
    std::uint32_t first;
    std::uint32_t second;
    std::uint32_t pairs;
  };
  /// Events and trials of the matrix, probe by reference, under some weights.
  struct Sums {
    std::vector<std::int64_t> events;
    std::vector<std::int64_t> trials;
  };

  static std::vector<Presence> presences(std::span<const LabelledSample> samples);
  static void merge_equal(std::vector<Link>& links);
  void add_links(const PairDesign& design, std::span<const SamplePair> accepted);
  void add_own_pairs();
  void count_cells();
  [[nodiscard]] std::uint64_t disjoint_pairs(std::size_t cell) const;
  [[nodiscard]] Sums weighted_sums(std::span<const std::uint32_t> weights) const;
  /// Events and trials of any cell from those of the matrix.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> of_cell(const Sums& sums,
                                                              std::size_t cell) const;

  std::size_t groups_;
  std::size_t identities_;
  bool one_set_;
  std::vector<Presence> probes_;
  std::vector<Presence> references_;
  std::vector<Link> false_matches_;  ///< in one set each in one order only
  std::vector<Link> not_compared_;   ///< of one identity, and excluded ones in either order
  std::vector<EventCount> counts_;
};

}  // namespace everyface
