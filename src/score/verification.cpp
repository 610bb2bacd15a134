#include "everyface/score/verification.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "score/thresholds.h"

namespace everyface {
namespace {

std::optional<double> share(std::size_t part, std::size_t whole) {
  if (whole == 0) {
    return std::nullopt;
  }
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// What a threshold accepts.
struct Accepted {
  double threshold = 0;
  std::size_t mated = 0;
  std::size_t nonmated = 0;
};

/// A step above all scores and one at each distinct score, by falling threshold. None without
/// scores.
std::vector<Accepted> acceptance_steps(const ScoreList& mated_list,
                                       const ScoreList& nonmated_list) {
  const std::span<const double> mated = mated_list.rising();
  const std::span<const double> nonmated = nonmated_list.rising();
  std::vector<Accepted> steps;
  Accepted step;
  const auto next_mated = [&] { return mated[mated.size() - 1 - step.mated]; };
  const auto next_nonmated = [&] { return nonmated[nonmated.size() - 1 - step.nonmated]; };
  while (step.mated < mated.size() || step.nonmated < nonmated.size()) {
    const bool mated_is_higher = step.nonmated == nonmated.size() ||
                                 (step.mated < mated.size() && next_mated() >= next_nonmated());
    const double score = mated_is_higher ? next_mated() : next_nonmated();
    if (steps.empty()) {
      steps.push_back({score::one_step_above(score), 0, 0});
    }
    while (step.mated < mated.size() && next_mated() == score) {
      ++step.mated;
    }
    while (step.nonmated < nonmated.size() && next_nonmated() == score) {
      ++step.nonmated;
    }
    step.threshold = score;
    steps.push_back(step);
  }
  return steps;
}

/// All folds but one, as one pair of lists.
Fold others(std::span<const Fold> folds, std::size_t left_out) {
  std::vector<double> mated;
  std::vector<double> nonmated;
  std::size_t mated_failed = 0;
  std::size_t nonmated_failed = 0;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if (i == left_out) {
      continue;
    }
    const Fold& fold = folds[i];
    mated.insert(mated.end(), fold.mated.rising().begin(), fold.mated.rising().end());
    nonmated.insert(nonmated.end(), fold.nonmated.rising().begin(), fold.nonmated.rising().end());
    mated_failed += fold.mated.failed();
    nonmated_failed += fold.nonmated.failed();
  }
  return {ScoreList(mated, mated_failed), ScoreList(nonmated, nonmated_failed)};
}

}  // namespace

ScoreList::ScoreList(std::span<const double> scores, std::size_t failed)
    : rising_(scores.begin(), scores.end()), failed_(failed) {
  std::sort(rising_.begin(), rising_.end());
}

ScoreList::ScoreList(std::span<const float> scores, std::size_t failed)
    : rising_(scores.begin(), scores.end()), failed_(failed) {
  std::sort(rising_.begin(), rising_.end());
}

std::size_t ScoreList::at_or_above(double threshold) const {
  return static_cast<std::size_t>(rising_.end() -
                                  std::lower_bound(rising_.begin(), rising_.end(), threshold));
}

std::optional<double> false_match_rate(const ScoreList& nonmated, double threshold) {
  return share(nonmated.at_or_above(threshold), nonmated.size());
}

std::optional<double> false_non_match_rate(const ScoreList& mated, double threshold) {
  return share(mated.below(threshold), mated.size());
}

std::optional<double> threshold_at_fmr(const ScoreList& mated, const ScoreList& nonmated,
                                       double f) {
  if (nonmated.size() == 0) {
    return std::nullopt;
  }
  const std::span<const double> scores = nonmated.rising();
  const std::size_t allowed = score::allowed_events(f, nonmated.size());
  // The highest score that must be refused, and all that equal it.
  const double refused = allowed < scores.size() ? scores[scores.size() - 1 - allowed]
                                                 : -std::numeric_limits<double>::infinity();
  const auto above = std::upper_bound(scores.begin(), scores.end(), refused);
  return score::lowest_threshold_above(
      refused, mated, above == scores.end() ? std::nullopt : std::optional(*above));
}

std::vector<ErrorPoint> error_curve(const ScoreList& mated, const ScoreList& nonmated) {
  std::vector<ErrorPoint> curve;
  if (mated.size() == 0 || nonmated.size() == 0) {
    return curve;
  }
  for (const Accepted& step : acceptance_steps(mated, nonmated)) {
    curve.push_back({step.threshold, *share(step.nonmated, nonmated.size()),
                     *share(mated.size() - step.mated, mated.size())});
  }
  return curve;
}

std::vector<ErrorPoint> thin_error_curve(std::span<const ErrorPoint> curve,
                                         std::size_t max_points) {
  if (curve.size() <= max_points) {
    return {curve.begin(), curve.end()};
  }
  constexpr double kDecades = 7;
  const auto across = [](const ErrorPoint& point) {
    return std::log10(std::max(point.fmr, std::pow(10.0, -kDecades))) / kDecades;
  };
  std::vector<double> travelled(curve.size(), 0.0);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    travelled[i] = travelled[i - 1] + std::hypot(across(curve[i]) - across(curve[i - 1]),
                                                 curve[i].fnmr - curve[i - 1].fnmr);
  }
  const double stride = travelled.back() / static_cast<double>(max_points - 1);
  std::vector<ErrorPoint> thinned = {curve.front()};
  for (std::size_t i = 1; i + 1 < curve.size() && thinned.size() + 1 < max_points; ++i) {
    if (travelled[i] >= stride * static_cast<double>(thinned.size())) {
      thinned.push_back(curve[i]);
    }
  }
  thinned.push_back(curve.back());
  return thinned;
}

std::optional<double> area_under_roc(const ScoreList& mated, const ScoreList& nonmated) {
  if (mated.size() == 0 || nonmated.size() == 0) {
    return std::nullopt;
  }
  // Twice the wins of mated over non-mated plus the ties: trapezoids, in integers.
  std::uint64_t twice = 0;
  Accepted before;
  for (const Accepted& step : acceptance_steps(mated, nonmated)) {
    twice += std::uint64_t{step.nonmated - before.nonmated} * (before.mated + step.mated);
    before = step;
  }
  twice += std::uint64_t{nonmated.failed()} * (before.mated + mated.size());
  return static_cast<double>(twice) / 2 / static_cast<double>(mated.size()) /
         static_cast<double>(nonmated.size());
}

std::optional<EqualErrorRate> equal_error_rate(std::span<const ErrorPoint> curve) {
  if (curve.empty()) {
    return std::nullopt;
  }
  const auto t1 = std::find_if(curve.begin(), curve.end(),
                               [](const ErrorPoint& point) { return point.fnmr <= point.fmr; });
  const auto t2 = std::find_if(curve.rbegin(), curve.rend(),
                               [](const ErrorPoint& point) { return point.fnmr >= point.fmr; });
  if (t2 == curve.rend() || (t1 != curve.end() && t1->fnmr + t1->fmr <= t2->fnmr + t2->fmr)) {
    return EqualErrorRate{t1->fnmr, t1->fmr};
  }
  return EqualErrorRate{t2->fmr, t2->fnmr};
}

std::optional<double> accuracy(const ScoreList& mated, const ScoreList& nonmated,
                               double threshold) {
  return share(mated.at_or_above(threshold) + nonmated.below(threshold),
               mated.size() + nonmated.size());
}

std::optional<double> most_accurate_threshold(const ScoreList& mated, const ScoreList& nonmated) {
  const std::vector<Accepted> steps = acceptance_steps(mated, nonmated);
  const auto right = [&](const Accepted& step) {
    return step.mated + nonmated.size() - step.nonmated;
  };
  // The first of equals, which is the highest threshold.
  const auto best =
      std::max_element(steps.begin(), steps.end(),
                       [&](const Accepted& a, const Accepted& b) { return right(a) < right(b); });
  return best == steps.end() ? std::nullopt : std::optional(best->threshold);
}

std::optional<FoldAccuracy> fold_accuracy(std::span<const Fold> folds) {
  if (folds.size() < 2) {
    return std::nullopt;
  }
  FoldAccuracy result;
  const auto n = static_cast<double>(folds.size());
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const Fold rest = others(folds, i);
    const std::optional<double> threshold = most_accurate_threshold(rest.mated, rest.nonmated);
    if (!threshold) {
      return std::nullopt;
    }
    const std::optional<double> right = accuracy(folds[i].mated, folds[i].nonmated, *threshold);
    if (!right) {
      return std::nullopt;
    }
    result.thresholds.push_back(*threshold);
    result.accuracies.push_back(*right);
    result.mean += *right / n;
  }
  double squares = 0;
  for (const double value : result.accuracies) {
    squares += (value - result.mean) * (value - result.mean);
  }
  result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

}  // namespace everyface
