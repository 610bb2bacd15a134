// Two methods on the same faces: is one of them better?
#pragma once

#include <cstddef>
#include <vector>

namespace everyface {

/// How often each of two methods succeeded on the same subjects.
struct PairedTable {
  std::size_t both = 0;
  std::size_t only_first = 0;
  std::size_t only_second = 0;
  std::size_t neither = 0;
};

/// Element i of both lists is the same subject. Requires lists of equal length (throws
/// std::invalid_argument otherwise).
PairedTable paired_table(const std::vector<bool>& first, const std::vector<bool>& second);

/// McNemar's test that both methods succeed equally often, exact: the two-sided p-value of the
/// binomial distribution (n = only_first + only_second, one half), twice the smaller tail, at most
/// 1. It is 1 where the methods never disagree. Treats subjects as independent; faces of one photo
/// are not quite. Stable for any count: relative error below 1e-8 up to a million disagreements;
/// below about 1e-308 it is 0.
double mcnemar_p_value(const PairedTable& table);

}  // namespace everyface
