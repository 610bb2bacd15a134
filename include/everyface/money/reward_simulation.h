// What somebody gains who declares the rarest group falsely, under this site's rules and under
// "the rarest category pays most".
//
// In each of a number of releases new people come, some of whom are cheaters; each sends a few
// photos. Honest people declare their group; cheaters declare the one that is rarest in the data so
// far. A cheater is found out with some probability, before any reward, and gets nothing from then
// on (moderators refuse the photos). Rewards are those of reward_split.h; in the other scheme, a
// photo counts t / s with s not shrunk, weights not bounded and nobody capped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "everyface/money/reward_split.h"

namespace everyface {

struct RewardSimulation {
  std::uint64_t seed = 1;
  double fraud_share = 0.1;  ///< of the people who come
  double detection = 0.3;    ///< probability that a cheater is found out
  int releases = 8;
  int people_a_release = 150;
  int repetitions = 40;  ///< whole histories, averaged
  /// How the people who come are distributed over groups; the targets are alike for all.
  std::vector<double> group_shares = {0.50, 0.20, 0.12, 0.08, 0.05, 0.03, 0.015, 0.005};
  RewardRules rules = {};  ///< targets are not used
};

struct SchemeOutcome {
  std::string name;               ///< "everyface", "rarest-pays-most"
  double honest_mean = 0;         ///< of an honest person's rewards; the mean of all people is 1
  double cheater_mean = 0;        ///< of a cheater's, found out or not
  double cheater_gain = 0;        ///< cheater_mean / honest_mean
  double budget_to_cheaters = 0;  ///< share of what was paid
  double rare_honest_mean = 0;    ///< of honest people of the group with the smallest share
};

/// Both schemes over the same people, in the order of SchemeOutcome::name's comment. The same seed
/// gives the same outcome. Error: rules or shares out of their ranges.
Result<std::vector<SchemeOutcome>> simulate_rewards(const RewardSimulation& simulation);

}  // namespace everyface
