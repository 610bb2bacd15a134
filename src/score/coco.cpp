#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "everyface/score/average_precision.h"
#include "score/ranking.h"

namespace everyface {
namespace {

constexpr std::size_t kIouThresholds = 10;
constexpr std::size_t kRecallPoints = 101;
constexpr std::size_t kMostDetections = 100;

/// .50, .55, … .95 with the rounding of numpy.linspace, which pycocotools uses.
double iou_threshold(std::size_t index) {
  constexpr double kStep = (0.95 - 0.5) / static_cast<double>(kIouThresholds - 1);
  return index + 1 == kIouThresholds ? 0.95 : static_cast<double>(index) * kStep + 0.5;
}

double recall_point(std::size_t index) {
  return index + 1 == kRecallPoints ? 1.0 : static_cast<double>(index) * 0.01;
}

struct AreaRange {
  double low = 0;
  double high = 0;
  [[nodiscard]] bool contains(double area) const { return area >= low && area <= high; }
};

constexpr AreaRange kAll{0, 1e10};
constexpr AreaRange kSmall{0, 32.0 * 32};
constexpr AreaRange kMedium{32.0 * 32, 96.0 * 96};
constexpr AreaRange kLarge{96.0 * 96, 1e10};

struct Face {
  double area = 0;
  bool ignored = false;
};

/// A face that a detection overlaps by at least the lowest IoU threshold.
struct Candidate {
  std::uint32_t face = 0;
  double iou = 0;
};

struct Detection {
  double score = 0;
  double area = 0;
  std::uint32_t rank = 0;  ///< within its image, 0 the highest score
  std::size_t first_candidate = 0;
  std::size_t end_candidate = 0;
};

/// All images in one: faces, detections image by image and by falling score within each.
struct Flattened {
  std::vector<Face> faces;
  std::vector<Detection> detections;
  std::vector<Candidate> candidates;
  std::vector<std::uint32_t> by_score;  ///< detections by falling score over all images
};

Flattened flatten(std::span<const DetectionSample> samples) {
  Flattened all;
  for (const DetectionSample& sample : samples) {
    const std::size_t first_face = all.faces.size();
    for (const TruthBox& face : sample.truth) {
      all.faces.push_back({face.box.area(), face.ignored});
    }
    std::vector<std::size_t> order = score::falling_order(sample.detections);
    order.resize(std::min(order.size(), kMostDetections));
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      const ScoredBox& box = sample.detections[order[rank]];
      Detection detection{box.score, box.box.area(), static_cast<std::uint32_t>(rank),
                          all.candidates.size(), 0};
      for (std::size_t i = 0; i < sample.truth.size(); ++i) {
        const double overlap = iou(box.box, sample.truth[i].box);
        if (overlap >= iou_threshold(0)) {
          all.candidates.push_back({static_cast<std::uint32_t>(first_face + i), overlap});
        }
      }
      detection.end_candidate = all.candidates.size();
      all.detections.push_back(detection);
    }
  }
  all.by_score.resize(all.detections.size());
  std::iota(all.by_score.begin(), all.by_score.end(), 0U);
  std::stable_sort(all.by_score.begin(), all.by_score.end(), [&](std::uint32_t a, std::uint32_t b) {
    return all.detections[a].score > all.detections[b].score;
  });
  return all;
}

enum class Outcome : std::uint8_t { kFalse, kTrue, kNothing };

/// AP and recalls at one IoU threshold in one area range.
struct Scores {
  double average_precision = 0;
  double recall_1 = 0;
  double recall_10 = 0;
  double recall_100 = 0;
};

/// Outcome of every detection; `counts[face]` tells which faces count.
std::vector<Outcome> assign(const Flattened& all, const std::vector<bool>& counts,
                            const AreaRange& range, double threshold) {
  std::vector<Outcome> outcomes(all.detections.size());
  std::vector<bool> taken(all.faces.size(), false);
  for (std::size_t d = 0; d < all.detections.size(); ++d) {
    const Detection& detection = all.detections[d];
    const Candidate* best = nullptr;
    bool best_counts = false;
    for (std::size_t c = detection.first_candidate; c < detection.end_candidate; ++c) {
      const Candidate& candidate = all.candidates[c];
      if (candidate.iou < threshold || taken[candidate.face]) {
        continue;
      }
      const bool candidate_counts = counts[candidate.face];
      if (best == nullptr || (candidate_counts && !best_counts) ||
          (candidate_counts == best_counts && candidate.iou >= best->iou)) {
        best = &candidate;
        best_counts = candidate_counts;
      }
    }
    if (best != nullptr) {
      taken[best->face] = true;
      outcomes[d] = best_counts ? Outcome::kTrue : Outcome::kNothing;
    } else {
      outcomes[d] = range.contains(detection.area) ? Outcome::kFalse : Outcome::kNothing;
    }
  }
  return outcomes;
}

double interpolated_precision(const Flattened& all, const std::vector<Outcome>& outcomes,
                              double faces) {
  // Precision after each true detection; the k-th has recall k / faces.
  std::vector<double> precision;
  std::size_t wrong = 0;
  for (const std::uint32_t d : all.by_score) {
    if (outcomes[d] == Outcome::kTrue) {
      const auto found = static_cast<double>(precision.size() + 1);
      precision.push_back(
          found / (static_cast<double>(wrong) + found + std::numeric_limits<double>::epsilon()));
    } else if (outcomes[d] == Outcome::kFalse) {
      ++wrong;
    }
  }
  for (std::size_t i = precision.size(); i-- > 1;) {
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  }
  double sum = 0;
  std::size_t first = 0;
  for (std::size_t point = 0; point < kRecallPoints; ++point) {
    while (first < precision.size() &&
           static_cast<double>(first + 1) / faces < recall_point(point)) {
      ++first;
    }
    sum += first < precision.size() ? precision[first] : 0.0;
  }
  return sum / static_cast<double>(kRecallPoints);
}

/// One for each IoU threshold; none where no face counts.
std::optional<std::array<Scores, kIouThresholds>> scores_in(const Flattened& all,
                                                            const AreaRange& range) {
  std::vector<bool> counts;
  counts.reserve(all.faces.size());
  double faces = 0;
  for (const Face& face : all.faces) {
    counts.push_back(!face.ignored && range.contains(face.area));
    faces += counts.back() ? 1 : 0;
  }
  if (faces <= 0) {
    return std::nullopt;
  }
  std::array<Scores, kIouThresholds> result{};
  for (std::size_t t = 0; t < kIouThresholds; ++t) {
    const std::vector<Outcome> outcomes = assign(all, counts, range, iou_threshold(t));
    Scores& scores = result[t];
    scores.average_precision = interpolated_precision(all, outcomes, faces);
    // Assignment goes by falling score, so that of fewer detections is the start of this one.
    std::array<double, kMostDetections> found_at_rank{};
    for (std::size_t d = 0; d < outcomes.size(); ++d) {
      found_at_rank[all.detections[d].rank] += outcomes[d] == Outcome::kTrue ? 1 : 0;
    }
    const auto recall = [&](std::ptrdiff_t detections) {
      return std::accumulate(found_at_rank.begin(), found_at_rank.begin() + detections, 0.0) /
             faces;
    };
    scores.recall_1 = recall(1);
    scores.recall_10 = recall(10);
    scores.recall_100 = recall(kMostDetections);
  }
  return result;
}

double mean(const std::array<Scores, kIouThresholds>& scores, double Scores::*field) {
  double sum = 0;
  for (const Scores& one : scores) {
    sum += one.*field;
  }
  return sum / static_cast<double>(kIouThresholds);
}

}  // namespace

CocoStats coco_stats(std::span<const DetectionSample> samples) {
  const Flattened all = flatten(samples);
  CocoStats stats;
  if (const auto scores = scores_in(all, kAll)) {
    stats.ap = mean(*scores, &Scores::average_precision);
    stats.ap_50 = (*scores)[0].average_precision;
    stats.ap_75 = (*scores)[5].average_precision;
    stats.ar_1 = mean(*scores, &Scores::recall_1);
    stats.ar_10 = mean(*scores, &Scores::recall_10);
    stats.ar_100 = mean(*scores, &Scores::recall_100);
  }
  if (const auto scores = scores_in(all, kSmall)) {
    stats.ap_small = mean(*scores, &Scores::average_precision);
    stats.ar_small = mean(*scores, &Scores::recall_100);
  }
  if (const auto scores = scores_in(all, kMedium)) {
    stats.ap_medium = mean(*scores, &Scores::average_precision);
    stats.ar_medium = mean(*scores, &Scores::recall_100);
  }
  if (const auto scores = scores_in(all, kLarge)) {
    stats.ap_large = mean(*scores, &Scores::average_precision);
    stats.ar_large = mean(*scores, &Scores::recall_100);
  }
  return stats;
}

}  // namespace everyface
