#include "search/shortlist.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace everyface::search {
namespace {

constexpr std::size_t kLeastCapacity = 1024;
/// Rows scored between looks at the k-th best score.
constexpr std::size_t kStep = 16;

}  // namespace

Shortlist::Shortlist(std::size_t count, float threshold)
    : count_(count),
      threshold_(threshold),
      limit_(threshold),
      capacity_(kLeastCapacity + 8 * std::min(count, kAllRows / 16)) {}

/// The count-th best of what is certain, lower bounds and scores, is a score that the count-th best
/// row has at least.
void Shortlist::raise_limit() {
  if (open_.size() + scored_.size() < count_) {
    return;
  }
  std::vector<float> certain;
  certain.reserve(open_.size() + scored_.size());
  for (const Candidate& candidate : open_) {
    certain.push_back(candidate.lower);
  }
  for (const Hit& hit : scored_) {
    certain.push_back(hit.score);
  }
  const auto place = certain.begin() + static_cast<std::ptrdiff_t>(count_ - 1);
  std::nth_element(certain.begin(), place, certain.end(), std::greater<>());
  limit_ = std::max(limit_, *place);
  std::erase_if(open_, [this](const Candidate& candidate) { return candidate.upper < limit_; });
}

void Shortlist::score(std::span<const Candidate> candidates, const Rescore& rescore) {
  std::vector<std::uint32_t> rows;
  rows.reserve(candidates.size());
  for (const Candidate& candidate : candidates) {
    rows.push_back(candidate.row);
  }
  std::vector<float> scores(rows.size());
  rescore(rows, scores);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (scores[i] >= threshold_) {
      scored_.push_back({rows[i], scores[i]});
    }
  }
}

void Shortlist::keep_best() {
  if (scored_.size() > count_) {
    std::nth_element(scored_.begin(), scored_.begin() + static_cast<std::ptrdiff_t>(count_ - 1),
                     scored_.end(), ranks_before);
    scored_.resize(count_);
    limit_ = std::max(limit_, scored_.back().score);
  }
}

void Shortlist::shorten(const Rescore& rescore) {
  raise_limit();
  if (open_.size() > capacity_ / 2) {
    score(open_, rescore);
    open_.clear();
    keep_best();
  }
}

void Shortlist::merge(Shortlist&& other) {
  limit_ = std::max(limit_, other.limit_);
  std::copy(other.open_.begin(), other.open_.end(), std::back_inserter(open_));
  std::copy(other.scored_.begin(), other.scored_.end(), std::back_inserter(scored_));
  other.open_.clear();
  other.scored_.clear();
}

std::vector<Hit> Shortlist::take(const Rescore& rescore) {
  raise_limit();
  std::sort(open_.begin(), open_.end(),
            [](const Candidate& a, const Candidate& b) { return a.upper > b.upper; });
  // The likely best first, so that the rest need not be scored.
  std::size_t done = 0;
  while (done < open_.size() && open_[done].upper >= limit_) {
    const std::size_t step = std::min(std::max(kStep, scored_.size() / 2), open_.size() - done);
    score({open_.data() + done, step}, rescore);
    done += step;
    keep_best();
  }
  open_.clear();
  std::sort(scored_.begin(), scored_.end(), ranks_before);
  return std::move(scored_);
}

}  // namespace everyface::search
