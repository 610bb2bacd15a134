#pragma once

namespace everyface::score {

/// Logarithm of the gamma function for x > 0. std::lgamma writes a global sign, so threads that
/// call it race.
double log_gamma(double x);

}  // namespace everyface::score
