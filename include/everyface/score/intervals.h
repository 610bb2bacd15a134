// How sure a rate is, and whether rates differ by more than chance.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace everyface {

/// An interval of 95 % confidence.
struct Interval {
  double low = 0;
  double high = 0;
};

/// Successes among trials. Requires successes <= trials.
struct Proportion {
  std::size_t successes = 0;
  std::size_t trials = 0;
};

/// Wilson's (1927) score interval of a proportion, without continuity correction. [0, 1] without
/// trials; the low end is exactly 0 without successes, the high end exactly 1 without failures.
Interval wilson_interval(Proportion proportion);

/// Interval of the rate of `first` minus the rate of `second`, two independent samples: Newcombe
/// (1998), "Interval estimation for the difference between independent proportions", method 10
/// (from two Wilson intervals, without continuity correction). Lies in [-1, 1]; is [-1, 1] where a
/// sample is empty.
Interval newcombe_interval(Proportion first, Proportion second);

/// P-value of Pearson's chi-square test that all groups have the same rate (groups - 1 degrees of
/// freedom, no continuity correction). Groups without trials are left out; 1 where fewer than two
/// remain, and where all trials succeeded or all failed. An approximation: rough where a group
/// expects fewer than about five successes or failures.
double equal_rates_p_value(std::span<const Proportion> groups);

/// P-value of Fisher's (1934) exact test that two independent samples have the same rate:
/// two-sided, the sum over all tables with the same margins that are no likelier than this one (to
/// within a relative 1e-7, as R's fisher.test has it). 1 where a sample is empty.
double fisher_p_value(Proportion first, Proportion second);

/// Chi-square survival function, P(X >= statistic), by the regularised incomplete gamma function.
/// Relative error below 1e-12 for up to 100 degrees of freedom. Requires degrees_of_freedom >= 1
/// and statistic >= 0.
double chi_square_survival(double statistic, std::size_t degrees_of_freedom);

/// Holm's (1979) step-down adjustment for testing many hypotheses at once: adjusted p-values in the
/// order given. Rejecting those below 0.05 keeps the chance of even one false rejection at or below
/// 5 %, whatever the dependence between the tests.
std::vector<double> holm_adjusted(std::span<const double> p_values);

/// The value below which the share `fraction` (0..1) of the sorted values lies, interpolated
/// linearly between neighbours (Hyndman and Fan 1996, definition 7, the default of NumPy and R).
/// Requires a non-empty list in rising order.
double percentile_of_sorted(std::span<const double> sorted, double fraction);

}  // namespace everyface
