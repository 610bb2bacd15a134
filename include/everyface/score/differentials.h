// How unequal the errors of groups are, in one number.
//
// The usual measures, each under its name and by its own definition. They take one rate a group, at
// one threshold for all. Intervals come from measure_interval() of identity_bootstrap.h. Two things
// to know when reading them:
// - A worst-to-anything figure picks the extreme of noisy rates, so it exceeds 1 even where groups
//   are equal, and so does its interval. Only a test of equal rates says that they differ.
// - Where a group has no errors a ratio to it is infinite, which says as much about the number of
//   trials as about the group. Figures that are 0 / 0 are none. No constant is added to any rate.
// All require rates within 0..1 that are not NaN.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "everyface/score/identity_bootstrap.h"

namespace everyface {

/// Groups with fewer identities are part of the overall figures and of no comparison: the bootstrap
/// has too few of them to draw from. As in the detection study.
inline constexpr std::size_t kFewestIdentities = 10;

/// Nor are groups that would be expected to have fewer errors than this if they erred like the
/// whole. With 10 expected, a rate is known to about a third of itself, and a group that is like
/// the whole shows none with a chance below 5e-5, so that even a zero means something. Expected
/// counts, not observed ones, because leaving groups out for having few errors would leave out the
/// best ones.
inline constexpr double kFewestExpectedEvents = 10;

/// Whether a claim may be made about a group. `identities` are those with trials in the group,
/// `overall_rate` is the rate of all groups together.
bool enough_for_claim(std::size_t identities, const EventCount& group, double overall_rate);

/// rate / reference: infinite if only the reference is 0, none if both are.
std::optional<double> rate_ratio(double rate, double reference);

/// Highest rate over lowest (NISTIR 8280, Grother, Ngan and Hanaoka 2019). Infinite if only some
/// rates are 0; none if all are, and of fewer than two groups, as in all that follow.
std::optional<double> worst_to_best(std::span<const double> rates);

/// Highest rate over the geometric mean of all (NISTIR 8429, Grother 2022; ISO/IEC 19795-10).
/// Infinite if only some rates are 0, none if all are.
std::optional<double> worst_to_geometric_mean(std::span<const double> rates);

/// Gini coefficient of the rates, 0 where they are equal to 1 where one group has all errors: the
/// mean absolute difference over twice the mean, times n / (n - 1). None if all rates are 0.
std::optional<double> gini_coefficient(std::span<const double> rates);

// Both errors at once, weighted by alpha (0..1) for false matches and 1 - alpha for false
// non-matches. The rates of the same groups in the same order (throws std::invalid_argument where
// the numbers differ).

/// Fairness discrepancy rate (de Freitas Pereira and Marcel 2022, "Fairness in biometrics: a figure
/// of merit to assess biometric verification systems"): 1 - [alpha × (highest - lowest FMR) + (1 -
/// alpha) × (highest - lowest FNMR)]. 1 is fair. At usual thresholds FMR differences are so small
/// that they hardly move it.
std::optional<double> fairness_discrepancy_rate(std::span<const double> fmr,
                                                std::span<const double> fnmr, double alpha = 0.5);

/// Inequity rate (NISTIR 8429, Grother 2022): worst_to_best(FMR)^alpha × worst_to_best(FNMR)^(1 -
/// alpha). 1 is fair.
std::optional<double> inequity_rate(std::span<const double> fmr, std::span<const double> fnmr,
                                    double alpha = 0.5);

/// Gini aggregation rate for biometric equitability, GARBE (Howard, Laird, Sirotin, Rubin, Tipton
/// and Vemury 2022, "Evaluating proposed fairness models for face recognition algorithms"): alpha ×
/// gini_coefficient(FMR) + (1 - alpha) × gini_coefficient(FNMR). 0 is fair.
std::optional<double> garbe(std::span<const double> fmr, std::span<const double> fnmr,
                            double alpha = 0.5);

}  // namespace everyface
