// Watches what new people declare: a group whose share jumps after the site has said what it pays
// is a reason for people to look, and never a reason to accuse anyone.
//
// The test is sequential and makes no assumption about what a group's share is. Of the people so
// far, in order, let k of the first i have declared the group. If nothing has changed, their order
// tells nothing (they are exchangeable), and then
//
//   p = U k / i            for someone who declared the group,
//   p = (k + U (i - k)) / i    for someone who did not,
//
// with U uniform, are independent and uniform on (0, 1] (conformal p-values). A group that comes
// more often than before gives small ones. The evidence is the product of bets e p^(e - 1),
// averaged over e = 0.1, 0.2, … 0.9: a martingale, which starts at 1 and passes 1/a ever, however
// long one looks, with probability of at most a (Ville). Vovk, Gammerman and Shafer, "Algorithmic
// Learning in a Random World", 2005, chapter 7.
//
// U comes from the SHA-256 of each declaration's key, so that everybody who computes it gets the
// same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "everyface/store/uuid.h"

namespace everyface {

struct DeclaredGroups {
  Uuid declaration;
  std::vector<std::string> groups;
};

struct ShareEvidence {
  std::int64_t before = 0;        ///< people before the rates were published
  std::int64_t before_group = 0;  ///< of them, in the group
  std::int64_t since = 0;
  std::int64_t since_group = 0;
  double most = 1;  ///< the largest evidence at any time since
};

/// Evidence for each of `groups` that its share has risen among `since`, in their order, against
/// `before`.
std::map<std::string, ShareEvidence> watch_shares(const std::vector<std::string>& groups,
                                                  const std::vector<DeclaredGroups>& before,
                                                  const std::vector<DeclaredGroups>& since);

/// The evidence that raises an alarm, so that the probability of any false one among so many groups
/// is at most `false_alarm_rate`, for each publication of rates.
double alarm_threshold(double false_alarm_rate, std::size_t groups);

}  // namespace everyface
