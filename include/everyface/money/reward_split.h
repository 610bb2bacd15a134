// How a release's pool is split over its newly approved photos: the published formula.
//
// Of each declared group g, t is the share of people that the data should have (the target), n the
// people in the releases so far who declared it, N all of them. The share so far is shrunk towards
// the target, as if k people who meet the targets were there already:
//
//   s = (n + k t) / (N + k)                 (posterior mean under a Dirichlet prior of weight k)
//   weight = min(M, max(1, t / s))
//
// Without shrinkage the first person of a group would be paid as if the group were infinitely rare;
// with it, an empty data set pays everyone alike. M bounds what a false declaration can gain: at
// most M - 1 times an honest reward (docs/money.md has the simulation that chose it). A person of
// several groups has the mean of their weights: the rarest alone would reward adding groups. Who
// prefers not to say has weight 1, which is the lowest there is: silence is never punished by less
// than what the best represented group gets.
//
// A photo counts its person's weight if its reviewed quality is good enough, and else nothing. What
// is split is shared in proportion to the sums of people's photos, but nobody gets more than a
// share c of it; what the cap keeps from someone stays in the pool. Rounding is by largest
// remainder, so not one smallest unit is lost or made.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface {

struct RewardRules {
  double most_multiplier = 3;  ///< M, at least 1
  double prior_people = 50;    ///< k, more than 0
  double most_share = 0.05;    ///< c, of what is split, for one person; in (0, 1]
  int least_quality = 2;       ///< reviewed points, 1 to 5
  /// Target shares by group code, scaled to a sum of 1. Groups that are not named have none, and
  /// weight 1. Empty: all groups of the site alike.
  std::map<std::string, double> targets = {};
};

/// Errors name the rule that is out of its range.
Result<void> check_reward_rules(const RewardRules& rules);

/// People so far, by group; someone of several groups counts in each. "undisclosed" counts in
/// `total` alone.
struct GroupCounts {
  std::map<std::string, std::int64_t> people;
  std::int64_t total = 0;
};

/// The weight of every group that has a target.
std::map<std::string, double> group_weights(const RewardRules& rules, const GroupCounts& counts);

/// Of a person who declared these groups.
double person_weight(const std::map<std::string, double>& weights,
                     const std::vector<std::string>& groups);

/// What a weight is called in public: "usual" (below 1.5), "raised" (below 2.5), "high".
std::string_view weight_band(double weight);

/// Splits `pool` smallest units in proportion to `parts` (not negative), nobody getting more than
/// `most_share` of it. Ties of remainders go to whoever comes first. The sum is at most `pool`, and
/// is `pool` where no cap holds and a part is positive.
std::vector<std::int64_t> split_pool(std::int64_t pool, const std::vector<double>& parts,
                                     double most_share);

}  // namespace everyface
