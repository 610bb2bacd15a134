// Which groups a page shows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "report/format.h"

namespace everyface {

/// A group column may have more values than a page has room for (ids, say).
inline constexpr std::size_t kGroupsShown = 40;

/// The `limit` largest groups of one column by a number of theirs, in natural order of their
/// values. `left_out` is how many there are besides.
template <typename Group>
std::vector<Group> largest_groups(const std::vector<Group>& groups, const std::string& by,
                                  std::size_t Group::*size, std::size_t limit,
                                  std::size_t& left_out) {
  std::vector<Group> shown;
  std::copy_if(groups.begin(), groups.end(), std::back_inserter(shown),
               [&](const Group& group) { return group.by == by; });
  const auto by_value = [](const Group& a, const Group& b) {
    return natural_less(a.value, b.value);
  };
  std::stable_sort(shown.begin(), shown.end(), by_value);
  left_out = shown.size() > limit ? shown.size() - limit : 0;
  if (left_out > 0) {
    std::stable_sort(shown.begin(), shown.end(),
                     [&](const Group& a, const Group& b) { return a.*size > b.*size; });
    shown.resize(limit);
    std::stable_sort(shown.begin(), shown.end(), by_value);
  }
  return shown;
}

}  // namespace everyface
