#include <algorithm>
#include <cstdint>
#include <vector>

#include "everyface/base/random.h"
#include "everyface/score/average_precision.h"
#include "score/pixel_overlap.h"
#include "score/ranking.h"

namespace everyface {
namespace {

/// A detection that is true or false, without its box.
struct Judged {
  double score = 0;
  std::uint32_t sample = 0;
  bool is_true = false;
};

struct JudgedSet {
  std::vector<Judged> detections;              ///< by falling score
  std::vector<std::uint32_t> faces_of_sample;  ///< that count
  std::size_t faces = 0;
};

JudgedSet judge(std::span<const DetectionSample> samples, double iou_threshold) {
  JudgedSet set;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const DetectionSample& sample = samples[s];
    std::uint32_t faces = 0;
    for (const TruthBox& face : sample.truth) {
      faces += face.ignored ? 0U : 1U;
    }
    set.faces_of_sample.push_back(faces);
    set.faces += faces;
    std::vector<bool> taken(sample.truth.size(), false);
    for (const std::size_t index : score::falling_order(sample.detections)) {
      const ScoredBox& detection = sample.detections[index];
      const score::BestFace best = score::best_face(detection.box, sample.truth, true);
      const bool covers = best.iou >= iou_threshold;
      if (covers && sample.truth[best.face].ignored) {
        continue;
      }
      const bool is_true = covers && !taken[best.face];
      if (is_true) {
        taken[best.face] = true;
      }
      set.detections.push_back({detection.score, static_cast<std::uint32_t>(s), is_true});
    }
  }
  std::stable_sort(set.detections.begin(), set.detections.end(),
                   [](const Judged& a, const Judged& b) { return a.score > b.score; });
  return set;
}

/// Area below the precision envelope where sample i is there weights[i] times.
class WeightedArea {
 public:
  explicit WeightedArea(const JudgedSet& set) : faces_of_sample_(set.faces_of_sample) {
    std::vector<std::uint32_t> wrong;
    for (const Judged& detection : set.detections) {
      if (detection.is_true) {
        false_samples_.insert(false_samples_.end(), wrong.begin(), wrong.end());
        wrong.clear();
        true_detections_.push_back({detection.sample, false_samples_.size()});
      } else {
        wrong.push_back(detection.sample);
      }
    }
    precision_.resize(true_detections_.size());
  }

  /// None where no face has weight.
  std::optional<double> operator()(const std::vector<std::uint32_t>& weights) {
    std::uint64_t faces = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      faces += std::uint64_t{weights[i]} * faces_of_sample_[i];
    }
    if (faces == 0) {
      return std::nullopt;
    }
    std::uint64_t found = 0;
    std::uint64_t wrong = 0;
    std::size_t next_false = 0;
    for (std::size_t k = 0; k < true_detections_.size(); ++k) {
      for (; next_false < true_detections_[k].false_before; ++next_false) {
        wrong += weights[false_samples_[next_false]];
      }
      found += weights[true_detections_[k].sample];
      // 0 as long as nothing of any weight has been seen.
      precision_[k] = static_cast<double>(found) /
                      static_cast<double>(std::max<std::uint64_t>(1, found + wrong));
    }
    double envelope = 0;
    double area = 0;
    for (std::size_t k = true_detections_.size(); k-- > 0;) {
      envelope = std::max(envelope, precision_[k]);
      area += weights[true_detections_[k].sample] * envelope;
    }
    return area / static_cast<double>(faces);
  }

  /// Detections that a call visits.
  [[nodiscard]] std::size_t size() const { return true_detections_.size() + false_samples_.size(); }

 private:
  struct TrueDetection {
    std::uint32_t sample = 0;
    std::size_t false_before = 0;  ///< false detections with higher scores
  };
  // Precision peaks only at true detections and recall grows only there, so false ones are only
  // added up between them, and those after the last true one do not matter.
  std::vector<TrueDetection> true_detections_;  ///< by falling score
  std::vector<std::uint32_t> false_samples_;    ///< by falling score
  std::vector<double> precision_;               ///< after each true detection
  const std::vector<std::uint32_t>& faces_of_sample_;
};

double eleven_point(const JudgedSet& set) {
  constexpr std::size_t kPoints = 11;
  // Precision after each true detection; the k-th has recall k / faces.
  std::vector<double> precision;
  for (std::size_t i = 0; i < set.detections.size(); ++i) {
    if (set.detections[i].is_true) {
      precision.push_back(static_cast<double>(precision.size() + 1) / static_cast<double>(i + 1));
    }
  }
  for (std::size_t i = precision.size(); i-- > 1;) {
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  }
  double sum = 0;
  std::size_t first = 0;
  for (std::size_t point = 0; point < kPoints; ++point) {
    // The product, not the decimal: 3 × 0.1 lies above 0.3, and the reference compares with it.
    const double recall = point + 1 == kPoints ? 1.0 : static_cast<double>(point) * 0.1;
    while (first < precision.size() &&
           static_cast<double>(first + 1) / static_cast<double>(set.faces) < recall) {
      ++first;
    }
    sum += first < precision.size() ? precision[first] : 0.0;
  }
  return sum / static_cast<double>(kPoints);
}

}  // namespace

std::optional<VocAveragePrecision> voc_average_precision(std::span<const DetectionSample> samples,
                                                         double iou_threshold) {
  const JudgedSet set = judge(samples, iou_threshold);
  WeightedArea weighted(set);
  const std::optional<double> area = weighted(std::vector<std::uint32_t>(samples.size(), 1));
  if (!area) {
    return std::nullopt;
  }
  return VocAveragePrecision{*area, eleven_point(set)};
}

std::optional<Interval> voc_bootstrap_interval(std::span<const DetectionSample> samples,
                                               double iou_threshold, std::uint64_t seed,
                                               std::size_t replicates) {
  constexpr std::size_t kVisits = 600'000'000;
  constexpr std::size_t kEnoughReplicates = 200;
  const JudgedSet set = judge(samples, iou_threshold);
  if (set.faces == 0) {
    return std::nullopt;
  }
  WeightedArea area(set);
  const std::size_t affordable =
      std::max(kEnoughReplicates, kVisits / std::max<std::size_t>(1, area.size()));
  Random random(seed);
  std::vector<double> areas;
  std::vector<std::uint32_t> weights(samples.size());
  for (std::size_t replicate = std::min(replicates, affordable); replicate > 0; --replicate) {
    std::fill(weights.begin(), weights.end(), 0U);
    for (std::size_t draw = 0; draw < samples.size(); ++draw) {
      ++weights[random.below(samples.size())];
    }
    if (const std::optional<double> value = area(weights)) {
      areas.push_back(*value);
    }
  }
  if (areas.empty()) {
    return std::nullopt;
  }
  std::sort(areas.begin(), areas.end());
  return Interval{percentile_of_sorted(areas, 0.025), percentile_of_sorted(areas, 0.975)};
}

}  // namespace everyface
