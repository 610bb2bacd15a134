#include "everyface/score/intervals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "score/log_gamma.h"

namespace everyface {
namespace {

constexpr double kNormalQuantile975 = 1.959963984540054;

double rate(Proportion p) {
  return static_cast<double>(p.successes) / static_cast<double>(p.trials);
}

/// Regularised lower incomplete gamma function P(a, x) by its power series; converges fast for
/// x < a + 1.
double lower_gamma_series(double a, double x, double front) {
  double term = 1 / a;
  double sum = term;
  for (double n = a + 1; term > sum * 1e-17; n += 1) {
    term *= x / n;
    sum += term;
  }
  return sum * front;
}

/// Regularised upper incomplete gamma function Q(a, x) by its continued fraction, evaluated from
/// the front (modified Lentz); converges fast for x >= a + 1.
double upper_gamma_fraction(double a, double x, double front) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double value = d;
  for (int step = 1; step < 1'000'000; ++step) {
    const double numerator = -step * (step - a);
    b += 2;
    d = numerator * d + b;
    d = 1 / (std::abs(d) < kTiny ? kTiny : d);
    c = b + numerator / c;
    c = std::abs(c) < kTiny ? kTiny : c;
    value *= d * c;
    if (std::abs(d * c - 1) < std::numeric_limits<double>::epsilon()) {
      break;
    }
  }
  return value * front;
}

}  // namespace

Interval wilson_interval(Proportion proportion) {
  if (proportion.trials == 0) {
    return {0, 1};
  }
  const auto n = static_cast<double>(proportion.trials);
  const double p = rate(proportion);
  const double z = kNormalQuantile975;
  const double middle = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // The formula gives 0 and 1 at the ends only up to rounding.
  return {proportion.successes == 0 ? 0.0 : std::max(0.0, (middle - half) / scale),
          proportion.successes == proportion.trials ? 1.0 : std::min(1.0, (middle + half) / scale)};
}

Interval newcombe_interval(Proportion first, Proportion second) {
  if (first.trials == 0 || second.trials == 0) {
    return {-1, 1};
  }
  const double p1 = rate(first);
  const double p2 = rate(second);
  const Interval wilson1 = wilson_interval(first);
  const Interval wilson2 = wilson_interval(second);
  return {p1 - p2 - std::hypot(p1 - wilson1.low, wilson2.high - p2),
          p1 - p2 + std::hypot(wilson1.high - p1, p2 - wilson2.low)};
}

double equal_rates_p_value(std::span<const Proportion> groups) {
  std::size_t filled = 0;
  double successes = 0;
  double trials = 0;
  for (const Proportion& group : groups) {
    filled += group.trials > 0 ? 1 : 0;
    successes += static_cast<double>(group.successes);
    trials += static_cast<double>(group.trials);
  }
  if (filled < 2 || successes <= 0 || successes >= trials) {
    return 1;
  }
  const double common = successes / trials;
  double statistic = 0;
  for (const Proportion& group : groups) {
    if (group.trials > 0) {
      // Both cells of the group, successes and failures, put together.
      const auto n = static_cast<double>(group.trials);
      const double excess = static_cast<double>(group.successes) - n * common;
      statistic += excess * excess / (n * common * (1 - common));
    }
  }
  return chi_square_survival(statistic, filled - 1);
}

double fisher_p_value(Proportion first, Proportion second) {
  if (first.trials == 0 || second.trials == 0) {
    return 1;
  }
  const std::size_t successes = first.successes + second.successes;
  const std::size_t trials = first.trials + second.trials;
  const auto log_choose = [](std::size_t n, std::size_t k) {
    return score::log_gamma(static_cast<double>(n) + 1) -
           score::log_gamma(static_cast<double>(k) + 1) -
           score::log_gamma(static_cast<double>(n - k) + 1);
  };
  const auto log_chance = [&](std::size_t in_first) {
    return log_choose(first.trials, in_first) + log_choose(second.trials, successes - in_first) -
           log_choose(trials, successes);
  };
  constexpr double kTies = 1e-7;
  const double limit = log_chance(first.successes) + kTies;
  double p_value = 0;
  const std::size_t least = successes > second.trials ? successes - second.trials : 0;
  for (std::size_t k = least; k <= std::min(successes, first.trials); ++k) {
    const double chance = log_chance(k);
    p_value += chance <= limit ? std::exp(chance) : 0;
  }
  return std::min(1.0, p_value);
}

double chi_square_survival(double statistic, std::size_t degrees_of_freedom) {
  const double a = static_cast<double>(degrees_of_freedom) / 2;
  const double x = statistic / 2;
  if (x <= 0) {
    return 1;
  }
  const double front = std::exp(a * std::log(x) - x - score::log_gamma(a));
  return x < a + 1 ? 1 - lower_gamma_series(a, x, front) : upper_gamma_fraction(a, x, front);
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> rising(p_values.size());
  std::iota(rising.begin(), rising.end(), std::size_t{0});
  std::stable_sort(rising.begin(), rising.end(),
                   [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t i = 0; i < rising.size(); ++i) {
    const double scaled = p_values[rising[i]] * static_cast<double>(rising.size() - i);
    largest = std::max(largest, std::min(1.0, scaled));
    adjusted[rising[i]] = largest;
  }
  return adjusted;
}

double percentile_of_sorted(std::span<const double> sorted, double fraction) {
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace everyface
