// What thresholds of lists and of distributions share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "everyface/score/verification.h"

namespace everyface::score {

/// One step of a float above a score: still above it after rounding to float.
inline double one_step_above(double score) {
  return std::nextafter(static_cast<float>(score), std::numeric_limits<float>::infinity());
}

/// The most events among `trials` whose share is at most `rate`.
inline std::uint64_t allowed_events(double rate, std::uint64_t trials) {
  const auto n = static_cast<double>(trials);
  if (rate >= 1) {
    return trials;
  }
  // The product may round to either side of a whole number; the quotient decides.
  auto events = static_cast<std::uint64_t>(rate * n);
  while (events < trials && static_cast<double>(events + 1) / n <= rate) {
    ++events;
  }
  while (events > 0 && static_cast<double>(events) / n > rate) {
    --events;
  }
  return events;
}

/// The lowest observed score above `refused`, be it mated or `nonmated` (the lowest such non-mated
/// score), and one step above `refused` where there is none.
inline double lowest_threshold_above(double refused, const ScoreList& mated,
                                     std::optional<double> nonmated) {
  const std::span<const double> scores = mated.rising();
  const auto above = std::upper_bound(scores.begin(), scores.end(), refused);
  if (above == scores.end()) {
    return nonmated ? *nonmated : one_step_above(refused);
  }
  return nonmated ? std::min(*above, *nonmated) : *above;
}

}  // namespace everyface::score
