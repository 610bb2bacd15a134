// How far moderators agree beyond chance: Krippendorff's alpha for nominal data.
//
// K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011, section C (any number of
// observers, missing values allowed):
//   alpha = 1 - observed disagreement / expected disagreement
// over units that at least two observers judged. A unit judged by m observers adds each of its
// ordered pairs with the weight 1 / (m - 1) to the coincidences; the expected disagreement is that
// of pairs drawn from all values of those units together.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace everyface {

/// One observer's value for one unit. An observer judges a unit at most once; of several values the
/// last counts.
struct Rating {
  std::string unit;
  std::string observer;
  std::string value;
};

struct Agreement {
  /// 1: always the same; 0: as by chance; below 0: against each other. None where no unit was
  /// judged twice, or all values are the same, so that agreement says nothing.
  std::optional<double> alpha;
  std::size_t units = 0;  ///< units that count: judged by two observers or more
};

/// Over all observers.
Agreement krippendorff_alpha(std::span<const Rating> ratings);

/// For each observer: the disagreement of the pairs that the observer takes part in, against the
/// disagreement expected for all (the same as over all observers): 1 - observed / expected. `units`
/// counts the observer's own. An observer who shares no unit with another has no alpha.
std::map<std::string, Agreement> krippendorff_alpha_by_observer(std::span<const Rating> ratings);

}  // namespace everyface
