#include "everyface/score/detection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "score/ranking.h"

namespace everyface {
namespace {

constexpr double kAnyScore = -std::numeric_limits<double>::infinity();

std::size_t faces_that_count(const DetectionSample& sample) {
  return static_cast<std::size_t>(std::count_if(sample.truth.begin(), sample.truth.end(),
                                                [](const TruthBox& t) { return !t.ignored; }));
}

std::optional<double> ratio(std::size_t part, std::size_t whole) {
  if (whole == 0) {
    return std::nullopt;
  }
  return static_cast<double>(part) / static_cast<double>(whole);
}

/// Sums over all detections with at least a score.
struct Step {
  double score = 0;
  std::size_t true_positives = 0;
  std::size_t false_positives = 0;
};

/// A step for each distinct score of a true or false detection, by falling score.
struct Steps {
  std::size_t faces = 0;
  std::vector<Step> steps;
};

Steps steps_of(std::span<const DetectionSample> samples, double iou_threshold) {
  struct Judged {
    double score;
    bool is_true;
  };
  Steps result;
  std::vector<Judged> judged;
  for (const DetectionSample& sample : samples) {
    result.faces += faces_that_count(sample);
    const Matching matching = match(sample, iou_threshold, kAnyScore);
    for (std::size_t i = 0; i < sample.detections.size(); ++i) {
      const DetectionOutcome outcome = matching.detections[i].outcome;
      if (outcome != DetectionOutcome::kIgnored) {
        judged.push_back({sample.detections[i].score, outcome == DetectionOutcome::kTrue});
      }
    }
  }
  std::sort(judged.begin(), judged.end(),
            [](const Judged& a, const Judged& b) { return a.score > b.score; });
  for (const Judged& detection : judged) {
    if (result.steps.empty() || detection.score < result.steps.back().score) {
      Step next = result.steps.empty() ? Step{} : result.steps.back();
      next.score = detection.score;
      result.steps.push_back(next);
    }
    ++(detection.is_true ? result.steps.back().true_positives
                         : result.steps.back().false_positives);
  }
  return result;
}

}  // namespace

Matching match(const DetectionSample& sample, double iou_threshold, double score_threshold) {
  Matching matching;
  matching.detections.resize(sample.detections.size());
  matching.faces.resize(sample.truth.size());
  for (const std::size_t index : score::falling_order(sample.detections)) {
    const ScoredBox& detection = sample.detections[index];
    if (detection.score < score_threshold) {
      break;
    }
    std::optional<std::size_t> best;
    std::optional<std::size_t> best_ignored;
    double best_iou = 0;
    double best_ignored_iou = 0;
    for (std::size_t i = 0; i < sample.truth.size(); ++i) {
      const TruthBox& face = sample.truth[i];
      if (matching.faces[i].has_value()) {
        continue;
      }
      const double overlap = iou(detection.box, face.box);
      double& highest = face.ignored ? best_ignored_iou : best_iou;
      if (overlap >= iou_threshold && overlap > highest) {
        highest = overlap;
        (face.ignored ? best_ignored : best) = i;
      }
    }
    MatchedDetection& matched = matching.detections[index];
    if (best) {
      matched = {DetectionOutcome::kTrue, best};
      matching.faces[*best] = index;
    } else if (best_ignored) {
      matched = {DetectionOutcome::kIgnored, best_ignored};
    } else {
      matched = {DetectionOutcome::kFalse, std::nullopt};
    }
  }
  return matching;
}

std::optional<double> Counts::recall() const { return ratio(true_positives, faces); }

std::optional<double> Counts::precision() const {
  return ratio(true_positives, true_positives + false_positives);
}

std::optional<double> Counts::f1() const {
  return ratio(2 * true_positives, faces + true_positives + false_positives);
}

std::optional<double> Counts::false_positives_per_image() const {
  return ratio(false_positives, images);
}

Counts counts_at(std::span<const DetectionSample> samples, double iou_threshold,
                 double score_threshold) {
  Counts counts;
  counts.images = samples.size();
  for (const DetectionSample& sample : samples) {
    counts.faces += faces_that_count(sample);
    for (const MatchedDetection& matched :
         match(sample, iou_threshold, score_threshold).detections) {
      counts.predictions += matched.outcome != DetectionOutcome::kBelowThreshold ? 1 : 0;
      counts.true_positives += matched.outcome == DetectionOutcome::kTrue ? 1 : 0;
      counts.false_positives += matched.outcome == DetectionOutcome::kFalse ? 1 : 0;
    }
  }
  return counts;
}

FoundCounts found_counts(std::span<const DetectionSample> samples, double score_threshold) {
  FoundCounts counts;
  for (const DetectionSample& sample : samples) {
    const auto found = static_cast<std::size_t>(
        std::count_if(sample.detections.begin(), sample.detections.end(),
                      [&](const ScoredBox& d) { return d.score >= score_threshold; }));
    counts.per_image.push_back(found);
    counts.total += found;
  }
  return counts;
}

std::vector<PrecisionRecall> precision_recall_curve(std::span<const DetectionSample> samples,
                                                    double iou_threshold) {
  const Steps all = steps_of(samples, iou_threshold);
  std::vector<PrecisionRecall> curve;
  if (all.faces == 0) {
    return curve;
  }
  curve.reserve(all.steps.size());
  for (const Step& step : all.steps) {
    const auto found = static_cast<double>(step.true_positives);
    curve.push_back({found / static_cast<double>(all.faces),
                     found / static_cast<double>(step.true_positives + step.false_positives),
                     step.score});
  }
  return curve;
}

std::vector<PrecisionRecall> thin_curve(std::span<const PrecisionRecall> curve,
                                        std::size_t max_points) {
  if (curve.size() <= max_points) {
    return {curve.begin(), curve.end()};
  }
  std::vector<double> travelled(curve.size(), 0.0);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    travelled[i] = travelled[i - 1] + std::hypot(curve[i].recall - curve[i - 1].recall,
                                                 curve[i].precision - curve[i - 1].precision);
  }
  const double stride = travelled.back() / static_cast<double>(max_points - 1);
  std::vector<PrecisionRecall> thinned = {curve.front()};
  for (std::size_t i = 1; i + 1 < curve.size() && thinned.size() + 1 < max_points; ++i) {
    if (travelled[i] >= stride * static_cast<double>(thinned.size())) {
      thinned.push_back(curve[i]);
    }
  }
  thinned.push_back(curve.back());
  return thinned;
}

std::optional<double> log_average_miss_rate(std::span<const DetectionSample> samples,
                                            double iou_threshold) {
  const Steps all = steps_of(samples, iou_threshold);
  if (all.faces == 0) {
    return std::nullopt;
  }
  constexpr std::size_t kPoints = 9;
  const auto images = static_cast<double>(samples.size());
  double log_sum = 0;
  for (std::size_t point = 0; point < kPoints; ++point) {
    const double per_image = std::pow(10.0, -2 + 0.25 * static_cast<double>(point));
    // The slack keeps "1 in 100 images" at 1e-2 whatever the rounding of the power.
    const double allowed = per_image * images * (1 + 1e-12);
    double miss_rate = 1;
    for (const Step& step : all.steps) {
      if (static_cast<double>(step.false_positives) > allowed) {
        break;
      }
      miss_rate = 1 - static_cast<double>(step.true_positives) / static_cast<double>(all.faces);
    }
    log_sum += std::log(std::max(miss_rate, 1e-10));
  }
  return std::exp(log_sum / static_cast<double>(kPoints));
}

}  // namespace everyface
