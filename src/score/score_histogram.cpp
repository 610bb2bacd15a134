#include "everyface/score/score_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "score/thresholds.h"

namespace everyface {
namespace {

constexpr std::size_t kBins = ScoreHistogram::kBins;
constexpr int kHalf = static_cast<int>(kBins / 2);
constexpr float kScale = static_cast<float>(kHalf);

/// Scores worked on at once: a whole number of vectors, and few enough that most blocks hold none
/// of the highest scores.
constexpr std::size_t kBlock = 128;

/// The bin of a score, without branches. A power of two scales without rounding, so the edges are
/// exact.
inline int vector_bin_of(float score) {
  const float scaled = score * kScale;
  const float from_below = scaled > -kScale ? scaled : -kScale;
  const float within = from_below < kScale - 1 ? from_below : kScale - 1;
  const int truncated = static_cast<int>(within);
  return truncated - static_cast<int>(static_cast<float>(truncated) > within) + kHalf;
}

std::size_t bin_of(double score) {
  return static_cast<std::size_t>(
      std::clamp(std::floor(score * kHalf) + kHalf, 0.0, static_cast<double>(kBins - 1)));
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ScoreHistogram::ScoreHistogram(std::size_t tail)
    : tail_(std::max<std::size_t>(1, tail)),
      cutoff_(-std::numeric_limits<float>::infinity()),
      bins_(kBins, 0) {}

void ScoreHistogram::add(std::span<const float> scores) {
  std::array<int, kBlock> bin;  // NOLINT(*-member-init): filled below, and this is a hot loop
  for (std::size_t start = 0; start < scores.size(); start += kBlock) {
    const std::span<const float> block =
        scores.subspan(start, std::min(kBlock, scores.size() - start));
    // Two loops, because the compiler makes vectors of the first only.
    int any_above = 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
      bin[i] = vector_bin_of(block[i]);
      any_above |= static_cast<int>(block[i] > cutoff_);
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      ++bins_[static_cast<std::size_t>(bin[i])];
    }
    if (any_above != 0) {
      keep(block);
    }
  }
}

void ScoreHistogram::keep(std::span<const float> scores) {
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(highest_),
               [this](float score) { return score > cutoff_; });
  if (highest_.size() >= 2 * tail_) {
    trim();
  }
}

void ScoreHistogram::trim() {
  if (highest_.size() <= tail_) {
    return;
  }
  const auto last = highest_.begin() + static_cast<std::ptrdiff_t>(tail_ - 1);
  std::nth_element(highest_.begin(), last, highest_.end(), std::greater<>());
  cutoff_ = *last;
  highest_.resize(tail_);
}

void ScoreHistogram::merge(const ScoreHistogram& other) {
  if (other.tail_ != tail_) {
    throw std::invalid_argument("ScoreHistogram: merged with one that keeps another tail");
  }
  for (std::size_t i = 0; i < kBins; ++i) {
    bins_[i] += other.bins_[i];
  }
  highest_.insert(highest_.end(), other.highest_.begin(), other.highest_.end());
  trim();
}

ScoreDistribution ScoreHistogram::finish() && {
  trim();
  ScoreDistribution distribution;
  std::sort(highest_.begin(), highest_.end(), std::greater<>());
  distribution.highest_ = std::move(highest_);
  distribution.at_or_above_edge_.assign(kBins + 1, 0);
  for (std::size_t i = kBins; i-- > 0;) {
    distribution.at_or_above_edge_[i] = distribution.at_or_above_edge_[i + 1] + bins_[i];
  }
  return distribution;
}

double ScoreDistribution::edge(std::size_t bin) {
  return bin == 0 ? -std::numeric_limits<double>::infinity()
                  : (static_cast<double>(bin) - kHalf) / kHalf;
}

CountBounds ScoreDistribution::at_or_above(double threshold) const {
  const bool holds_all = highest_.size() == size();
  if (holds_all || (!highest_.empty() && threshold > highest_.back())) {
    const auto below =
        std::lower_bound(highest_.begin(), highest_.end(), threshold, std::greater_equal<>());
    const auto count = static_cast<std::uint64_t>(below - highest_.begin());
    return {count, count};
  }
  const std::size_t bin = bin_of(threshold);
  const std::uint64_t high = at_or_above_edge_[bin];
  if (threshold == edge(bin)) {
    return {high, high};
  }
  return {std::max<std::uint64_t>(at_or_above_edge_[bin + 1], highest_.size()), high};
}

std::optional<BinnedThreshold> threshold_at_fmr(const ScoreList& mated,
                                                const ScoreDistribution& nonmated, double f) {
  if (nonmated.size() == 0) {
    return std::nullopt;
  }
  const std::uint64_t allowed = score::allowed_events(f, nonmated.size());
  const std::span<const float> highest = nonmated.highest();
  if (allowed < highest.size() || highest.size() == nonmated.size()) {
    const float refused =
        allowed < highest.size() ? highest[allowed] : -std::numeric_limits<float>::infinity();
    // The first that is not above it; the one before is the lowest that is.
    const auto equal = std::lower_bound(highest.begin(), highest.end(), refused, std::greater<>());
    const std::optional<double> above =
        equal == highest.begin() ? std::nullopt : std::optional<double>(*std::prev(equal));
    return BinnedThreshold{score::lowest_threshold_above(refused, mated, above), true};
  }
  std::size_t bin = kBins;
  while (bin > 0 && nonmated.at_or_above_edge(bin - 1) <= allowed) {
    --bin;
  }
  // The last bin has no upper edge, but those above the kept scores are few enough too.
  const double above_kept = score::one_step_above(highest.back());
  return BinnedThreshold{
      bin == kBins ? above_kept : std::min(above_kept, ScoreDistribution::edge(bin)), false};
}

std::vector<ErrorPoint> error_curve(const ScoreList& mated, const ScoreDistribution& nonmated) {
  std::vector<ErrorPoint> curve;
  if (mated.size() == 0 || nonmated.size() == 0) {
    return curve;
  }
  const auto add = [&](double threshold, std::uint64_t accepted) {
    curve.push_back(
        {threshold, share(accepted, nonmated.size()), share(mated.below(threshold), mated.size())});
  };
  const std::span<const float> highest = nonmated.highest();
  const double top = highest.front();
  add(score::one_step_above(mated.rising().empty() ? top : std::max(top, mated.rising().back())),
      0);
  const double above_nonmated = score::lowest_threshold_above(top, mated, std::nullopt);
  if (above_nonmated < curve.front().threshold) {
    add(above_nonmated, 0);
  }
  std::uint64_t last = 0;
  for (std::size_t i = 1; i < highest.size(); ++i) {
    // Scores that equal the lowest kept may have been dropped, so that one is no point.
    if (highest[i] < highest[i - 1] && i - last >= last / 100) {
      add(highest[i - 1], i);
      last = i;
    }
  }
  for (std::size_t bin = kBins; bin-- > 0;) {
    const std::uint64_t accepted = nonmated.at_or_above_edge(bin);
    if (accepted > last && ScoreDistribution::edge(bin) <= highest.back()) {
      add(ScoreDistribution::edge(bin), accepted);
      last = accepted;
    }
  }
  return curve;
}

std::optional<double> area_under_roc(const ScoreList& mated, const ScoreDistribution& nonmated) {
  if (mated.size() == 0 || nonmated.size() == 0) {
    return std::nullopt;
  }
  // Twice the wins of mated over non-mated plus the ties.
  std::uint64_t twice = 0;
  for (const double score : mated.rising()) {
    const std::size_t bin = bin_of(score);
    twice += 2 * nonmated.size() - nonmated.at_or_above_edge(bin);
    twice -= bin + 1 < kBins ? nonmated.at_or_above_edge(bin + 1) : 0;
  }
  return static_cast<double>(twice) / 2 / static_cast<double>(mated.size()) /
         static_cast<double>(nonmated.size());
}

}  // namespace everyface
