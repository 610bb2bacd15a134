// Searches of an audit: who is enrolled, who is searched, what each search gave.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "everyface/base/parallel.h"
#include "everyface/base/random.h"
#include "everyface/search/dot.h"
#include "study/audit_scores.h"

namespace everyface {
namespace {

constexpr std::size_t kProbeRows = 64;
constexpr float kNoScore = -std::numeric_limits<float>::infinity();
constexpr std::size_t kSmallestGallery = 100;

/// Record numbers of every identity's decoded photos.
std::vector<std::vector<std::uint32_t>> photos_by_identity(const AuditLabels& labels,
                                                           const std::vector<bool>& decoded) {
  std::vector<std::vector<std::uint32_t>> photos(labels.identities);
  for (std::uint32_t record = 0; record < decoded.size(); ++record) {
    if (decoded[record]) {
      photos[labels.identity[record]].push_back(record);
    }
  }
  return photos;
}

/// Searches one probe at a time in all galleries of a plan.
class Searcher {
 public:
  Searcher(const TemplateSet& references, const SearchPlan& plan, const AuditLabels& labels,
           double threshold)
      : plan_(plan), labels_(labels), threshold_(threshold), excluded_(labels.identity.size()) {
    std::unordered_map<std::uint32_t, std::size_t> place_of_record;
    for (std::size_t place = 0; place < plan.gallery.size(); ++place) {
      const std::uint32_t record = plan.gallery[place];
      place_of_identity_.emplace(labels.identity[record], place);
      place_of_record.emplace(record, place);
      const std::uint32_t row = references.row_of[record];
      if (row == kNoRow) {
        failed_.push_back(place);
        rows_.insert(rows_.end(), references.dimensions, 0.0F);
      } else {
        const auto values = references.row(row);
        rows_.insert(rows_.end(), values.begin(), values.end());
      }
    }
    for (const RecordPair& pair : labels.excluded) {
      for (const auto& [probe, other] :
           {std::pair(pair.first, pair.second), std::pair(pair.second, pair.first)}) {
        if (const auto found = place_of_record.find(static_cast<std::uint32_t>(other));
            found != place_of_record.end()) {
          excluded_[probe].push_back(found->second);
        }
      }
    }
  }

  [[nodiscard]] std::span<const float> rows() const { return rows_; }

  /// `scores` are the probe's with every entry, and are spoilt; empty: the probe has no template.
  void search(std::uint32_t record, bool mated, std::span<float> scores,
              std::vector<SearchScores>& out) const {
    const std::uint32_t identity = labels_.identity[record];
    const std::size_t mate = mated ? place_of_identity_.at(identity) : plan_.gallery.size();
    SearchOutcome outcome = scores.empty() ? SearchOutcome::kProbeFailed : SearchOutcome::kSearched;
    float mate_score = 0;
    if (!scores.empty()) {
      mate_score = mated ? scores[mate] : 0;
      hide_all_but_strangers(record, mate, scores);
      if (mated && std::binary_search(failed_.begin(), failed_.end(), mate)) {
        outcome = SearchOutcome::kMateNotEnrolled;
      }
    }
    float highest = kNoScore;
    std::size_t as_high_as_mate = 0;
    std::size_t begin = 0;
    std::uint64_t candidates = 0;
    for (std::size_t size = 0; size < plan_.sizes.size(); ++size) {
      const std::size_t end = scores.empty() ? 0 : plan_.sizes[size];
      for (; begin < end; ++begin) {
        highest = std::max(highest, scores[begin]);
        as_high_as_mate += scores[begin] >= mate_score ? 1U : 0U;
        candidates += static_cast<double>(scores[begin]) >= threshold_ ? 1U : 0U;
      }
      if (!mated) {
        out[size].nonmated.push_back({identity, record, outcome, static_cast<double>(highest)});
        out[size].candidates += candidates;
      } else if (mate < plan_.sizes[size]) {
        out[size].mated.push_back(
            {identity, record, outcome, static_cast<double>(mate_score), 1 + as_high_as_mate});
      }
    }
  }

 private:
  void hide_all_but_strangers(std::uint32_t record, std::size_t mate,
                              std::span<float> scores) const {
    for (const std::size_t place : failed_) {
      scores[place] = kNoScore;
    }
    for (const std::size_t place : excluded_[record]) {
      scores[place] = kNoScore;
    }
    if (mate < scores.size()) {
      scores[mate] = kNoScore;
    }
  }

  const SearchPlan& plan_;
  const AuditLabels& labels_;
  double threshold_;
  std::unordered_map<std::uint32_t, std::size_t> place_of_identity_;
  std::vector<std::size_t> failed_;                 ///< places without template, rising
  std::vector<std::vector<std::size_t>> excluded_;  ///< places, by record
  std::vector<float> rows_;
};

}  // namespace

std::optional<SearchPlan> plan_searches(const AuditLabels& labels, const std::vector<bool>& decoded,
                                        std::size_t gallery, std::uint64_t seed) {
  const auto photos = photos_by_identity(labels, decoded);
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t identity = 0; identity < photos.size(); ++identity) {
    if (photos[identity].size() >= (labels.has_subjects ? 2U : 1U)) {
      candidates.push_back(identity);
    }
  }
  Random random(seed);
  for (std::size_t i = candidates.size(); i > 1; --i) {  // Fisher and Yates
    std::swap(candidates[i - 1], candidates[random.below(i)]);
  }
  const std::size_t enrolled =
      std::min(gallery > 0 ? gallery : candidates.size() / 2, candidates.size());
  std::vector<bool> in_gallery(labels.identities, false);
  SearchPlan plan;
  for (std::size_t i = 0; i < enrolled; ++i) {
    in_gallery[candidates[i]] = true;
    plan.gallery.push_back(photos[candidates[i]].front());
  }
  for (std::size_t identity = 0; identity < photos.size(); ++identity) {
    for (std::size_t i = in_gallery[identity] ? 1 : 0; i < photos[identity].size(); ++i) {
      (in_gallery[identity] ? plan.mated : plan.nonmated).push_back(photos[identity][i]);
    }
  }
  if (plan.gallery.empty() || plan.nonmated.empty()) {
    return std::nullopt;
  }
  for (std::size_t size = kSmallestGallery; size < enrolled; size *= 10) {
    plan.sizes.push_back(size);
    if (3 * size < enrolled) {
      plan.sizes.push_back(3 * size);
    }
  }
  plan.sizes.push_back(enrolled);
  return plan;
}

std::vector<SearchScores> search_all(const TemplateSet& probes, const TemplateSet& references,
                                     const SearchPlan& plan, const AuditLabels& labels,
                                     double threshold, std::size_t jobs) {
  const Searcher searcher(references, plan, labels, threshold);
  const std::size_t d = references.dimensions;
  const std::size_t total = plan.mated.size() + plan.nonmated.size();
  const std::size_t blocks = (total + kProbeRows - 1) / kProbeRows;
  std::vector<std::vector<SearchScores>> done(blocks);
  std::vector<SearchScores> all(plan.sizes.size());
  parallel_in_order(
      blocks, jobs, 4 * jobs,
      [&](std::size_t, std::size_t block) {
        std::vector<float> rows;
        std::vector<std::uint32_t> records;
        const std::size_t begin = block * kProbeRows;
        const std::size_t end = std::min(total, begin + kProbeRows);
        for (std::size_t i = begin; i < end; ++i) {
          records.push_back(i < plan.mated.size() ? plan.mated[i]
                                                  : plan.nonmated[i - plan.mated.size()]);
          if (const std::uint32_t row = probes.row_of[records.back()]; row != kNoRow) {
            const auto values = probes.row(row);
            rows.insert(rows.end(), values.begin(), values.end());
          }
        }
        std::vector<float> scores(rows.size() / d * plan.gallery.size());
        score_block(rows, searcher.rows(), d, scores);
        done[block].resize(plan.sizes.size());
        std::span<float> left(scores);
        for (std::size_t i = begin; i < end; ++i) {
          const std::uint32_t record = records[i - begin];
          std::span<float> own;
          if (probes.row_of[record] != kNoRow) {
            own = left.first(plan.gallery.size());
            left = left.subspan(plan.gallery.size());
          }
          searcher.search(record, i < plan.mated.size(), own, done[block]);
        }
      },
      [&](std::size_t block) {
        for (std::size_t size = 0; size < all.size(); ++size) {
          SearchScores& part = done[block][size];
          all[size].mated.insert(all[size].mated.end(), part.mated.begin(), part.mated.end());
          all[size].nonmated.insert(all[size].nonmated.end(), part.nonmated.begin(),
                                    part.nonmated.end());
          all[size].candidates += part.candidates;
        }
        done[block].clear();
        done[block].shrink_to_fit();
        return true;
      });
  return all;
}

}  // namespace everyface
