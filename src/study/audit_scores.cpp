#include "study/audit_scores.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "everyface/base/parallel.h"
#include "everyface/search/dot.h"

namespace everyface {
namespace {

/// A tile of scores stays in a core's second cache.
constexpr std::size_t kProbeRows = 128;
constexpr std::size_t kReferenceRows = 1024;

/// Thresholds are exact up to an FMR of a hundredth, within reason.
constexpr double kExactShare = 0.01;
constexpr std::size_t kMostExact = std::size_t{1} << 22U;

/// More accepted pairs than this say that the threshold means nothing here.
constexpr std::size_t kMostAccepted = std::size_t{6} << 20U;

constexpr float kNever = std::numeric_limits<float>::infinity();

std::size_t blocks_of(std::size_t rows) { return (rows + kProbeRows - 1) / kProbeRows; }

/// For each probe row, the reference rows that are not non-mated comparisons, rising.
class SpecialRows {
 public:
  SpecialRows(const TemplateSet& references, const AuditLabels& labels)
      : of_identity_(labels.identities), excluded_(labels.identity.size()) {
    for (std::uint32_t row = 0; row < references.size(); ++row) {
      of_identity_[labels.identity[references.records[row]]].push_back(row);
    }
    for (const RecordPair& pair : labels.excluded) {
      exclude(pair.first, pair.second, references);
      exclude(pair.second, pair.first, references);
    }
  }

  [[nodiscard]] std::vector<std::uint32_t> of(std::uint32_t record, std::uint32_t identity) const {
    std::vector<std::uint32_t> rows = of_identity_[identity];
    rows.insert(rows.end(), excluded_[record].begin(), excluded_[record].end());
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
  }

  [[nodiscard]] bool is_excluded(std::uint32_t record, std::uint32_t row) const {
    const auto& rows = excluded_[record];
    return std::find(rows.begin(), rows.end(), row) != rows.end();
  }

 private:
  void exclude(std::size_t probe, std::size_t reference, const TemplateSet& references) {
    if (const std::uint32_t row = references.row_of[reference]; row != kNoRow) {
      excluded_[probe].push_back(row);
    }
  }

  std::vector<std::vector<std::uint32_t>> of_identity_;
  std::vector<std::vector<std::uint32_t>> excluded_;
};

/// Calls segment(from, to) for the runs of from..to-1 between the special rows, and special(row)
/// for each of them.
template <typename Segment, typename Special>
void walk(std::size_t from, std::size_t to, const std::vector<std::uint32_t>& specials,
          const Segment& segment, const Special& special) {
  auto next = std::lower_bound(specials.begin(), specials.end(), from);
  while (from < to) {
    const std::size_t end = next == specials.end() ? to : std::min<std::size_t>(to, *next);
    if (end > from) {
      segment(from, end);
    }
    if (end == to) {
      return;
    }
    special(*next);
    from = end + 1;
    ++next;
  }
}

/// What one block of probes gave.
struct BlockScores {
  std::vector<ScoredPair> mated;
  std::vector<ScoredPair> accepted;
};

class AllPairs {
 public:
  AllPairs(const TemplateSet& probes, const TemplateSet& references, bool one_set,
           const AuditLabels& labels, float accept_from)
      : probes_(probes),
        references_(references),
        one_set_(one_set),
        labels_(labels),
        accept_from_(accept_from),
        special_(references, labels) {}

  void raise_limit(float limit) { accept_from_.store(limit); }

  void run(std::size_t block, ScoreHistogram& histogram, std::vector<float>& tile,
           BlockScores& out) const {
    const std::size_t begin = block * kProbeRows;
    const std::size_t end = std::min(probes_.size(), begin + kProbeRows);
    std::vector<std::vector<std::uint32_t>> specials;
    for (std::size_t p = begin; p < end; ++p) {
      const std::uint32_t record = probes_.records[p];
      specials.push_back(special_.of(record, labels_.identity[record]));
    }
    for (std::size_t from = one_set_ ? begin : 0; from < references_.size();
         from += kReferenceRows) {
      const std::size_t to = std::min(references_.size(), from + kReferenceRows);
      const std::size_t width = to - from;
      tile.resize((end - begin) * width);
      const std::size_t d = probes_.dimensions;
      score_block(probes_.rows.subspan(begin * d, (end - begin) * d),
                  references_.rows.subspan(from * d, width * d), d, tile);
      for (std::size_t p = begin; p < end; ++p) {
        const float* scores = &tile[(p - begin) * width] - from;  // by reference row
        scan(p, one_set_ ? std::max(from, p + 1) : from, to, scores, specials[p - begin], histogram,
             out);
      }
    }
  }

 private:
  void scan(std::size_t p, std::size_t from, std::size_t to, const float* scores,
            const std::vector<std::uint32_t>& specials, ScoreHistogram& histogram,
            BlockScores& out) const {
    const std::uint32_t probe = probes_.records[p];
    const float limit = accept_from_.load(std::memory_order_relaxed);
    walk(
        from, to, specials,
        [&](std::size_t first, std::size_t last) {
          histogram.add({scores + first, last - first});
          std::size_t reached = 0;
          for (std::size_t r = first; r < last; ++r) {
            reached += scores[r] >= limit ? 1U : 0U;
          }
          for (std::size_t r = first; reached > 0 && r < last; ++r) {
            if (scores[r] >= limit) {
              out.accepted.push_back({scores[r], probe, references_.records[r]});
              --reached;
            }
          }
        },
        [&](std::uint32_t r) {
          const std::uint32_t reference = references_.records[r];
          if (reference != probe && labels_.identity[reference] == labels_.identity[probe] &&
              !special_.is_excluded(probe, r)) {
            out.mated.push_back({scores[r], probe, reference});
          }
        });
  }

  const TemplateSet& probes_;
  const TemplateSet& references_;
  bool one_set_;
  const AuditLabels& labels_;
  std::atomic<float> accept_from_;
  SpecialRows special_;
};

/// Drops pairs below a limit.
void keep_from(std::vector<ScoredPair>& pairs, float limit) {
  std::erase_if(pairs, [limit](const ScoredPair& pair) { return pair.score < limit; });
}

}  // namespace

ComparisonScores compare_all(const TemplateSet& probes, const TemplateSet& references, bool one_set,
                             const AuditLabels& labels, const AcceptLimits& limits,
                             std::size_t jobs) {
  const double pairs = static_cast<double>(probes.size()) * static_cast<double>(references.size()) /
                       (one_set ? 2 : 1);
  const std::size_t tail =
      std::min(kMostExact, static_cast<std::size_t>(std::ceil(kExactShare * pairs)) + 1);
  AllPairs all(probes, references, one_set, labels, limits.lower);
  ComparisonScores result;
  result.accepted_from = limits.lower;
  const std::size_t blocks = blocks_of(probes.size());
  jobs = std::max<std::size_t>(1, std::min(jobs, blocks));
  std::vector<ScoreHistogram> histograms(jobs, ScoreHistogram(tail));
  std::vector<std::vector<float>> tiles(jobs);
  std::vector<BlockScores> done(blocks);
  parallel_in_order(
      blocks, jobs, 4 * jobs,
      [&](std::size_t worker, std::size_t block) {
        all.run(block, histograms[worker], tiles[worker], done[block]);
      },
      [&](std::size_t block) {
        BlockScores scores = std::exchange(done[block], {});
        result.mated.insert(result.mated.end(), scores.mated.begin(), scores.mated.end());
        keep_from(scores.accepted, result.accepted_from);
        result.accepted.insert(result.accepted.end(), scores.accepted.begin(),
                               scores.accepted.end());
        while (result.accepted.size() > kMostAccepted) {
          result.accepted_from = result.accepted_from < limits.higher ? limits.higher : kNever;
          all.raise_limit(result.accepted_from);
          keep_from(result.accepted, result.accepted_from);
        }
        return true;
      });
  for (std::size_t i = 1; i < jobs; ++i) {
    histograms[0].merge(histograms[i]);
  }
  result.nonmated = std::move(histograms[0]).finish();
  return result;
}

std::vector<std::optional<float>> compare_pairs(const TemplateSet& probes,
                                                const TemplateSet& references,
                                                const std::vector<RecordPair>& pairs) {
  std::vector<std::optional<float>> scores;
  for (const RecordPair& pair : pairs) {
    const std::uint32_t reference = references.row_of[pair.first];
    const std::uint32_t probe = probes.row_of[pair.second];
    scores.push_back(reference == kNoRow || probe == kNoRow
                         ? std::nullopt
                         : std::optional(dot(references.row(reference), probes.row(probe))));
  }
  return scores;
}

}  // namespace everyface
