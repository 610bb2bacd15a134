#include "everyface/score/paired.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "score/log_gamma.h"

namespace everyface {

PairedTable paired_table(const std::vector<bool>& first, const std::vector<bool>& second) {
  if (first.size() != second.size()) {
    throw std::invalid_argument("paired_table: the two lists differ in length");
  }
  PairedTable table;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i]) {
      ++(second[i] ? table.both : table.only_first);
    } else {
      ++(second[i] ? table.only_second : table.neither);
    }
  }
  return table;
}

double mcnemar_p_value(const PairedTable& table) {
  const double n = static_cast<double>(table.only_first) + static_cast<double>(table.only_second);
  auto k = static_cast<double>(std::min(table.only_first, table.only_second));
  // The largest term of the tail by logarithms, the others from it by their ratio.
  double term = std::exp(score::log_gamma(n + 1) - score::log_gamma(k + 1) -
                         score::log_gamma(n - k + 1) - n * std::numbers::ln2);
  double tail = 0;
  while (term > tail * 1e-17) {
    tail += term;
    term *= k / (n - k + 1);
    k -= 1;
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace everyface
