#include "everyface/score/differentials.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace everyface {
namespace {

void require_same_groups(std::span<const double> fmr, std::span<const double> fnmr) {
  if (fmr.size() != fnmr.size()) {
    throw std::invalid_argument("differentials: FMR and FNMR of different numbers of groups");
  }
}

double spread(std::span<const double> rates) {
  const auto [lowest, highest] = std::minmax_element(rates.begin(), rates.end());
  return *highest - *lowest;
}

}  // namespace

bool enough_for_claim(std::size_t identities, const EventCount& group, double overall_rate) {
  return identities >= kFewestIdentities &&
         static_cast<double>(group.trials) * overall_rate >= kFewestExpectedEvents;
}

std::optional<double> rate_ratio(double rate, double reference) {
  if (reference > 0) {
    return rate / reference;
  }
  return rate > 0 ? std::optional(std::numeric_limits<double>::infinity()) : std::nullopt;
}

std::optional<double> worst_to_best(std::span<const double> rates) {
  if (rates.size() < 2) {
    return std::nullopt;
  }
  const auto [lowest, highest] = std::minmax_element(rates.begin(), rates.end());
  return rate_ratio(*highest, *lowest);
}

std::optional<double> worst_to_geometric_mean(std::span<const double> rates) {
  if (rates.size() < 2) {
    return std::nullopt;
  }
  double sum_of_logs = 0;
  for (const double rate : rates) {
    sum_of_logs += std::log(rate);  // -infinity of 0, so the mean is 0
  }
  return rate_ratio(*std::max_element(rates.begin(), rates.end()),
                    std::exp(sum_of_logs / static_cast<double>(rates.size())));
}

std::optional<double> gini_coefficient(std::span<const double> rates) {
  if (rates.size() < 2) {
    return std::nullopt;
  }
  std::vector<double> rising(rates.begin(), rates.end());
  std::sort(rising.begin(), rising.end());
  // Of n sorted rates the i-th is subtracted n - i times and subtracted from i - 1 times.
  const auto n = static_cast<double>(rising.size());
  double differences = 0;
  double sum = 0;
  for (std::size_t i = 0; i < rising.size(); ++i) {
    differences += (2 * static_cast<double>(i + 1) - n - 1) * rising[i];
    sum += rising[i];
  }
  if (sum == 0) {
    return std::nullopt;
  }
  return differences / (n * sum) * n / (n - 1);
}

std::optional<double> fairness_discrepancy_rate(std::span<const double> fmr,
                                                std::span<const double> fnmr, double alpha) {
  require_same_groups(fmr, fnmr);
  if (fmr.size() < 2) {
    return std::nullopt;
  }
  return 1 - (alpha * spread(fmr) + (1 - alpha) * spread(fnmr));
}

std::optional<double> inequity_rate(std::span<const double> fmr, std::span<const double> fnmr,
                                    double alpha) {
  require_same_groups(fmr, fnmr);
  const std::optional<double> matches = worst_to_best(fmr);
  const std::optional<double> misses = worst_to_best(fnmr);
  if (!matches || !misses) {
    return std::nullopt;
  }
  return std::pow(*matches, alpha) * std::pow(*misses, 1 - alpha);
}

std::optional<double> garbe(std::span<const double> fmr, std::span<const double> fnmr,
                            double alpha) {
  require_same_groups(fmr, fnmr);
  const std::optional<double> matches = gini_coefficient(fmr);
  const std::optional<double> misses = gini_coefficient(fnmr);
  if (!matches || !misses) {
    return std::nullopt;
  }
  return alpha * *matches + (1 - alpha) * *misses;
}

}  // namespace everyface
