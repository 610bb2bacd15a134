#include "everyface/commons/agreement.h"

namespace everyface {
namespace {

/// observer -> value, of one unit.
using Judgements = std::map<std::string, std::string>;

/// The units that two observers or more judged.
std::vector<Judgements> shared_units(std::span<const Rating> ratings) {
  std::map<std::string, Judgements> by_unit;
  for (const Rating& rating : ratings) {
    by_unit[rating.unit][rating.observer] = rating.value;
  }
  std::vector<Judgements> shared;
  for (auto& [unit, judgements] : by_unit) {
    if (judgements.size() > 1) {
      shared.push_back(std::move(judgements));
    }
  }
  return shared;
}

/// The share of ordered pairs of different values among all pairs of values, of whatever units.
double expected_disagreement(const std::vector<Judgements>& units) {
  std::map<std::string, double> count_of_value;
  double count = 0;
  for (const Judgements& unit : units) {
    for (const auto& [observer, value] : unit) {
      ++count_of_value[value];
      ++count;
    }
  }
  double same = 0;
  for (const auto& [value, times] : count_of_value) {
    same += times * (times - 1);
  }
  return count < 2 ? 0 : 1 - same / (count * (count - 1));
}

/// The share of the other observers of a unit whose value is another than this one's.
double disagreement_with_others(const Judgements& unit, const std::string& value) {
  std::size_t different = 0;
  for (const auto& [observer, other] : unit) {
    different += other != value;
  }
  return static_cast<double>(different) / static_cast<double>(unit.size() - 1);
}

/// Disagreement summed over judgements.
struct Observed {
  double disagreement = 0;
  std::size_t judgements = 0;

  void add(double share) {
    disagreement += share;
    ++judgements;
  }
  [[nodiscard]] std::optional<double> alpha(double expected) const {
    if (judgements == 0 || expected <= 0) {
      return std::nullopt;
    }
    return 1 - disagreement / static_cast<double>(judgements) / expected;
  }
};

}  // namespace

Agreement krippendorff_alpha(std::span<const Rating> ratings) {
  const std::vector<Judgements> units = shared_units(ratings);
  Observed observed;
  for (const Judgements& unit : units) {
    for (const auto& [observer, value] : unit) {
      observed.add(disagreement_with_others(unit, value));
    }
  }
  return {observed.alpha(expected_disagreement(units)), units.size()};
}

std::map<std::string, Agreement> krippendorff_alpha_by_observer(std::span<const Rating> ratings) {
  const std::vector<Judgements> units = shared_units(ratings);
  const double expected = expected_disagreement(units);
  std::map<std::string, Observed> observed;
  for (const Rating& rating : ratings) {
    observed[rating.observer];  // those who share no unit are listed too
  }
  for (const Judgements& unit : units) {
    for (const auto& [observer, value] : unit) {
      observed[observer].add(disagreement_with_others(unit, value));
    }
  }
  std::map<std::string, Agreement> agreement;
  for (const auto& [observer, own] : observed) {
    agreement[observer] = {own.alpha(expected), own.judgements};
  }
  return agreement;
}

}  // namespace everyface
