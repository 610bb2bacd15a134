#include <algorithm>
#include <array>
#include <vector>

#include "everyface/score/average_precision.h"
#include "score/pixel_overlap.h"
#include "score/ranking.h"

namespace everyface {
namespace {

constexpr std::size_t kThresholds = 1000;

/// Threshold t of 0..999: 0.999 down to 0. Written as the reference does, for equal rounding.
double threshold(std::size_t t) {
  return 1 - static_cast<double>(t + 1) / static_cast<double>(kThresholds);
}

/// The first, highest threshold that a scaled score (0..1) reaches.
std::size_t first_reached(double scaled) {
  // From one beyond the arithmetic's answer back, so that its rounding does not matter.
  auto t = static_cast<std::size_t>((1 - scaled) * static_cast<double>(kThresholds)) + 1;
  t = std::min(t, kThresholds - 1);
  while (t > 0 && scaled >= threshold(t - 1)) {
    --t;
  }
  return t;
}

struct ScoreRange {
  double lowest = 1;
  double highest = 0;

  [[nodiscard]] double scaled(double score) const {
    return highest > lowest ? (score - lowest) / (highest - lowest) : 1.0;
  }
};

/// What the detections between one threshold and the next add.
struct Added {
  std::size_t proposals = 0;
  std::size_t found = 0;
};

}  // namespace

std::optional<double> wider_average_precision(std::span<const DetectionSample> samples,
                                              double iou_threshold) {
  ScoreRange range;
  std::size_t faces = 0;
  for (const DetectionSample& sample : samples) {
    for (const TruthBox& face : sample.truth) {
      faces += face.ignored ? 0 : 1;
    }
    for (const ScoredBox& detection : sample.detections) {
      range.lowest = std::min(range.lowest, detection.score);
      range.highest = std::max(range.highest, detection.score);
    }
  }
  if (faces == 0) {
    return std::nullopt;
  }

  std::array<Added, kThresholds> added{};
  for (const DetectionSample& sample : samples) {
    if (sample.truth.empty()) {
      continue;
    }
    std::vector<bool> taken(sample.truth.size(), false);
    for (const std::size_t index : score::falling_order(sample.detections)) {
      const ScoredBox& detection = sample.detections[index];
      const score::BestFace best = score::best_face(detection.box, sample.truth, false);
      const bool covers = best.iou >= iou_threshold;
      if (covers && sample.truth[best.face].ignored) {
        continue;
      }
      Added& step = added[first_reached(range.scaled(detection.score))];
      ++step.proposals;
      if (covers && !taken[best.face]) {
        taken[best.face] = true;
        ++step.found;
      }
    }
  }

  std::array<double, kThresholds> precision{};
  std::size_t proposals = 0;
  std::size_t found = 0;
  for (std::size_t t = 0; t < kThresholds; ++t) {
    proposals += added[t].proposals;
    found += added[t].found;
    precision[t] =
        proposals > 0 ? static_cast<double>(found) / static_cast<double>(proposals) : 0.0;
  }
  double envelope = 0;
  double area = 0;
  for (std::size_t t = kThresholds; t-- > 0;) {
    envelope = std::max(envelope, precision[t]);
    area += static_cast<double>(added[t].found) * envelope;
  }
  return area / static_cast<double>(faces);
}

}  // namespace everyface
