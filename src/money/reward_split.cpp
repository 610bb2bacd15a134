#include "everyface/money/reward_split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace everyface {
namespace {

constexpr double kRaised = 1.5;
constexpr double kHigh = 2.5;

}  // namespace

Result<void> check_reward_rules(const RewardRules& rules) {
  if (!(rules.most_multiplier >= 1 && rules.most_multiplier <= 100)) {
    return Error{"most_multiplier must be from 1 to 100"};
  }
  if (!(rules.prior_people > 0 && std::isfinite(rules.prior_people))) {
    return Error{"prior_people must be more than 0"};
  }
  if (!(rules.most_share > 0 && rules.most_share <= 1)) {
    return Error{"most_share must be more than 0 and at most 1"};
  }
  if (rules.least_quality < 1 || rules.least_quality > 5) {
    return Error{"least_quality must be from 1 to 5"};
  }
  for (const auto& [group, share] : rules.targets) {
    if (!(share > 0 && std::isfinite(share))) {
      return Error{"the target of " + group + " must be more than 0"};
    }
  }
  return {};
}

std::map<std::string, double> group_weights(const RewardRules& rules, const GroupCounts& counts) {
  double sum = 0;
  for (const auto& [group, share] : rules.targets) {
    sum += share;
  }
  std::map<std::string, double> weights;
  for (const auto& [group, share] : rules.targets) {
    const double target = share / sum;
    const auto found = counts.people.find(group);
    const double people = found == counts.people.end() ? 0 : static_cast<double>(found->second);
    const double so_far = (people + rules.prior_people * target) /
                          (static_cast<double>(counts.total) + rules.prior_people);
    weights[group] = std::clamp(target / so_far, 1.0, rules.most_multiplier);
  }
  return weights;
}

double person_weight(const std::map<std::string, double>& weights,
                     const std::vector<std::string>& groups) {
  if (groups.empty()) {
    return 1;
  }
  double sum = 0;
  for (const std::string& group : groups) {
    const auto found = weights.find(group);
    sum += found == weights.end() ? 1 : found->second;
  }
  return sum / static_cast<double>(groups.size());
}

std::string_view weight_band(double weight) {
  return weight < kRaised ? "usual" : weight < kHigh ? "raised" : "high";
}

std::vector<std::int64_t> split_pool(std::int64_t pool, const std::vector<double>& parts,
                                     double most_share) {
  std::vector<std::int64_t> amounts(parts.size(), 0);
  const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
  if (pool <= 0 || sum <= 0) {
    return amounts;
  }
  const auto most =
      static_cast<std::int64_t>(std::floor(static_cast<long double>(pool) * most_share));
  struct Remainder {
    std::size_t person;
    long double value;
  };
  std::vector<Remainder> remainders;
  std::int64_t given = 0;
  long double uncapped = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const long double share = static_cast<long double>(pool) * (parts[i] / sum);
    if (share >= static_cast<long double>(most)) {
      amounts[i] = most;
      continue;
    }
    amounts[i] = static_cast<std::int64_t>(std::floor(share));
    given += amounts[i];
    uncapped += share;
    remainders.push_back({i, share - static_cast<long double>(amounts[i])});
  }
  // What rounding down has left, one unit each to the largest remainders.
  auto left = static_cast<std::int64_t>(std::llround(uncapped)) - given;
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const Remainder& a, const Remainder& b) { return a.value > b.value; });
  for (auto one = remainders.begin(); one != remainders.end() && left > 0; ++one, --left) {
    ++amounts[one->person];
  }
  return amounts;
}

}  // namespace everyface
