#include "study/audit_cell.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "everyface/base/parallel.h"
#include "everyface/score/verification.h"

namespace everyface {
namespace {

constexpr double kFmrTargets[] = {1e-2, 1e-3, 1e-4, 1e-5};
constexpr double kFpirTargets[] = {0.1, 0.01, 0.001};
constexpr std::size_t kCurvePoints = 300;
constexpr std::size_t kCmcRanks = 50;

/// The usual targets and the operating one, by falling rate; those that `trials` can show, but the
/// operating one in any case.
template <std::size_t kCount>
std::vector<FixedThreshold> targets_of(const double (&usual)[kCount], double operating,
                                       double trials, std::size_t& operating_index) {
  std::vector<double> targets = {operating};
  for (const double target : usual) {
    if (target != operating && target * trials >= 1) {
      targets.push_back(target);
    }
  }
  std::sort(targets.begin(), targets.end(), std::greater<>());
  std::vector<FixedThreshold> thresholds;
  for (const double target : targets) {
    if (target == operating) {
      operating_index = thresholds.size();
    }
    thresholds.push_back({target, 0, true});
  }
  return thresholds;
}

ScoreList list_of(const std::vector<ScoredPair>& pairs) {
  std::vector<float> scores;
  scores.reserve(pairs.size());
  for (const ScoredPair& pair : pairs) {
    scores.push_back(pair.score);
  }
  return ScoreList(std::span<const float>(scores));
}

/// The scores of a list of pairs, by what they are.
struct ListedScores {
  std::vector<ScoredPair> mated;
  std::vector<ScoredPair> nonmated;
  std::vector<std::vector<double>> fold_mated;
  std::vector<std::vector<double>> fold_nonmated;
  std::vector<std::size_t> fold_mated_failed;
  std::vector<std::size_t> fold_nonmated_failed;
};

ListedScores listed_scores(const TemplateSet& probes, const TemplateSet& references,
                           const std::vector<RecordPair>& pairs) {
  const auto scores = compare_pairs(probes, references, pairs);
  ListedScores listed;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const RecordPair& pair = pairs[i];
    const bool mated = *pair.mated;
    if (pair.fold && *pair.fold >= listed.fold_mated.size()) {
      const std::size_t folds = *pair.fold + 1;
      listed.fold_mated.resize(folds);
      listed.fold_nonmated.resize(folds);
      listed.fold_mated_failed.resize(folds);
      listed.fold_nonmated_failed.resize(folds);
    }
    if (!scores[i]) {
      if (pair.fold) {
        ++(mated ? listed.fold_mated_failed : listed.fold_nonmated_failed)[*pair.fold];
      }
      continue;
    }
    (mated ? listed.mated : listed.nonmated)
        .push_back({*scores[i], static_cast<std::uint32_t>(pair.second),
                    static_cast<std::uint32_t>(pair.first)});
    if (pair.fold) {
      (mated ? listed.fold_mated : listed.fold_nonmated)[*pair.fold].push_back(
          static_cast<double>(*scores[i]));
    }
  }
  return listed;
}

std::optional<FoldAccuracy> fold_accuracy_of(const ListedScores& listed) {
  std::vector<Fold> folds;
  for (std::size_t i = 0; i < listed.fold_mated.size(); ++i) {
    folds.push_back({ScoreList(listed.fold_mated[i], listed.fold_mated_failed[i]),
                     ScoreList(listed.fold_nonmated[i], listed.fold_nonmated_failed[i])});
  }
  return fold_accuracy(folds);
}

/// One-to-one scores of a cell, whether of all pairs or of a list.
struct CellScores {
  std::vector<ScoredPair> mated;
  ScoreDistribution nonmated = ScoreHistogram(0).finish();
  std::vector<ScoredPair> accepted;
  double accepted_from = 0;
  std::vector<ScoredPair> listed_nonmated;  ///< where pairs are listed
  std::optional<FoldAccuracy> folds;
};

CellScores scores_of(const CellContext& context, const TemplateSet& probes,
                     const TemplateSet& references, bool one_set, const AcceptLimits& limits) {
  CellScores scores;
  if (!context.labels.pairs) {
    ComparisonScores all =
        compare_all(probes, references, one_set, context.labels, limits, context.jobs);
    if (!context.labels.nonmated_only) {
      scores.mated = std::move(all.mated);
    }
    scores.nonmated = std::move(all.nonmated);
    scores.accepted = std::move(all.accepted);
    scores.accepted_from = static_cast<double>(all.accepted_from);
    return scores;
  }
  ListedScores listed = listed_scores(probes, references, *context.labels.pairs);
  scores.folds = fold_accuracy_of(listed);
  ScoreHistogram histogram(listed.nonmated.size());
  for (const ScoredPair& pair : listed.nonmated) {
    histogram.add({&pair.score, 1});
    if (pair.score >= limits.lower) {
      scores.accepted.push_back(pair);
    }
  }
  scores.nonmated = std::move(histogram).finish();
  scores.accepted_from = static_cast<double>(limits.lower);
  scores.mated = std::move(listed.mated);
  scores.listed_nonmated = std::move(listed.nonmated);
  return scores;
}

std::vector<ComparedPair> compared(const std::vector<ScoredPair>& pairs, double threshold,
                                   bool error_below) {
  std::vector<ComparedPair> out;
  out.reserve(pairs.size());
  for (const ScoredPair& pair : pairs) {
    const bool below = static_cast<double>(pair.score) < threshold;
    out.push_back({pair.probe, pair.reference, below == error_below});
  }
  return out;
}

/// Builds one cell; keeps the pieces at hand.
class CellScorer {
 public:
  CellScorer(const CellContext& context, const FixedThresholds& thresholds,
             const TemplateSet& probes, const TemplateSet& references, bool one_set)
      : context_(context),
        thresholds_(thresholds),
        probes_(probes),
        references_(references),
        one_set_(one_set),
        maker_(context.labels, context.request.seed) {}

  CellResult run() {
    AcceptLimits limits;
    limits.lower = static_cast<float>(thresholds_.fmr.front().threshold);
    limits.higher = static_cast<float>(thresholds_.fmr[thresholds_.operating_fmr].threshold);
    scores_ = scores_of(context_, probes_, references_, one_set_, limits);
    if (context_.plan) {
      searches_ = search_all(probes_, references_, *context_.plan, context_.labels,
                             operating_fpir().threshold, context_.jobs);
    }
    CellResult result;
    result.cell.images = static_cast<std::size_t>(
        std::count(context_.decoded.begin(), context_.decoded.end(), true));
    add_rates(result);
    add_verification(result.cell.verification);
    if (context_.plan) {
      add_identification(result);
    }
    add_groups(result);
    result.accepted = std::move(scores_.accepted);
    return result;
  }

 private:
  [[nodiscard]] const FixedThreshold& operating_fmr() const {
    return thresholds_.fmr[thresholds_.operating_fmr];
  }
  [[nodiscard]] const FixedThreshold& operating_fpir() const {
    return thresholds_.fpir[thresholds_.operating_fpir];
  }

  /// False matches at a threshold by a column's groups.
  [[nodiscard]] MatchTable match_table(double threshold, const GroupColumn& column) const {
    if (context_.labels.pairs) {
      return maker_.listed_pairs(compared(scores_.listed_nonmated, threshold, false), column);
    }
    std::vector<ScoredPair> accepted;
    if (scores_.accepted_from <= threshold) {
      for (const ScoredPair& pair : scores_.accepted) {
        if (static_cast<double>(pair.score) >= threshold) {
          accepted.push_back(pair);
        }
      }
      return maker_.all_pairs(probes_, references_, one_set_, accepted, column);
    }
    // Too many to list: how many of them there are is known, whose they are is not.
    MatchTable match;
    match.groups = column.groups();
    match.all = match.groups * match.groups + match.groups;
    match.table.counts.resize(match.all + 1);
    EventCount& all = match.table.counts.back();
    all.trials = scores_.nonmated.size();
    all.events = scores_.nonmated.at_or_above(threshold).high;
    return match;
  }

  /// All rates of all columns at the operating points, a task a core.
  void add_rates(CellResult& result) {
    result.rates.resize(context_.columns.size());
    std::vector<std::function<void()>> tasks;
    for (std::size_t c = 0; c < context_.columns.size(); ++c) {
      const GroupColumn& column = context_.columns[c];
      ColumnRates& rates = result.rates[c];
      tasks.emplace_back([&] {
        rates.fmr = match_table(operating_fmr().threshold, column);
        rates.compared = maker_.with_templates(probes_, column);
        if (context_.labels.pairs) {
          for (std::size_t group = 0; group < column.groups(); ++group) {
            rates.compared[group] = rates.fmr.table.counts[rates.fmr.within(group)].independent;
          }
        }
      });
      tasks.emplace_back([&] {
        rates.fnmr = maker_.mated_pairs(compared(scores_.mated, operating_fmr().threshold, true),
                                        column, one_set_ && !context_.labels.pairs);
        rates.failed_to_acquire = maker_.failed_to_acquire(context_.decoded, probes_, column);
        if (context_.plan) {
          rates.fpir = maker_.searches(
              false_positive_events(searches_.back().nonmated, operating_fpir().threshold), column);
          rates.fnir = maker_.searches(
              false_negative_events(searches_.back().mated, kAnyRank, operating_fpir().threshold),
              column);
        }
      });
    }
    run_all(tasks);
    result.cell.failed_to_acquire = result.rates[0].failed_to_acquire.rate(0);
  }

  void run_all(const std::vector<std::function<void()>>& tasks) const {
    const std::size_t jobs = std::max<std::size_t>(1, std::min(context_.jobs, tasks.size()));
    parallel_in_order(
        tasks.size(), jobs, jobs, [&](std::size_t, std::size_t i) { tasks[i](); },
        [](std::size_t) { return true; });
  }

  void add_verification(Verification& out) const {
    const ScoreList mated = list_of(scores_.mated);
    out.mated = mated.size();
    out.nonmated = scores_.nonmated.size();
    out.auc = area_under_roc(mated, scores_.nonmated);
    const std::vector<ErrorPoint> curve = error_curve(mated, scores_.nonmated);
    if (const auto eer = equal_error_rate(curve)) {
      out.eer = eer->midpoint();
    }
    if (!curve.empty()) {
      out.curve = thin_error_curve(curve, kCurvePoints);
    }
    out.folds = scores_.folds;
    out.points.resize(thresholds_.fmr.size());
    std::vector<std::function<void()>> tasks;
    for (std::size_t i = 0; i < out.points.size(); ++i) {
      tasks.emplace_back([&, i] { add_point(mated, thresholds_.fmr[i], out.points[i]); });
    }
    run_all(tasks);
  }

  void add_point(const ScoreList& mated, const FixedThreshold& fixed,
                 VerificationPoint& point) const {
    const GroupColumn& everyone = context_.columns.front();
    point.target_fmr = fixed.target;
    point.threshold = fixed.threshold;
    point.exact = fixed.exact;
    const MatchTable match = match_table(fixed.threshold, everyone);
    point.fmr = match.table.rate(match.all);
    point.fnmr =
        maker_.mated_pairs(compared(scores_.mated, fixed.threshold, true), everyone, false).rate(0);
    if (const auto own = threshold_at_fmr(mated, scores_.nonmated, fixed.target)) {
      point.fnmr_at_own_threshold = false_non_match_rate(mated, own->threshold);
    }
  }

  void add_identification(CellResult& result) const {
    const SearchPlan& plan = *context_.plan;
    const SearchScores& whole = searches_.back();
    const SearchTally counted = tally(whole.mated, whole.nonmated);
    Identification& out = result.cell.identification.emplace();
    for (const std::uint32_t record : plan.gallery) {
      ++(references_.row_of[record] == kNoRow ? out.failed_to_enrol : out.gallery);
    }
    out.mated_probes = counted.mated;
    out.nonmated_probes = counted.nonmated;
    out.cmc =
        cumulative_match_characteristic(whole.mated, std::min(kCmcRanks, plan.gallery.size()));
    if (!out.cmc.empty()) {
      out.rank1 = out.cmc.front();
    }
    const GroupColumn& everyone = context_.columns.front();
    const auto fpir = [&](const SearchScores& searches, double threshold) {
      return maker_.searches(false_positive_events(searches.nonmated, threshold), everyone).rate(0);
    };
    const auto fnir = [&](const SearchScores& searches, double threshold) {
      return maker_.searches(false_negative_events(searches.mated, kAnyRank, threshold), everyone)
          .rate(0);
    };
    for (const FixedThreshold& fixed : thresholds_.fpir) {
      IdentificationPoint& point = out.points.emplace_back();
      point.target_fpir = fixed.target;
      point.threshold = fixed.threshold;
      point.fpir = fpir(whole, fixed.threshold);
      point.fnir = fnir(whole, fixed.threshold);
    }
    if (counted.nonmated > 0) {
      out.points[thresholds_.operating_fpir].selectivity =
          static_cast<double>(whole.candidates) / static_cast<double>(counted.nonmated);
    }
    for (std::size_t i = 0; i < plan.sizes.size(); ++i) {
      GallerySize& size = out.sizes.emplace_back();
      size.gallery = plan.sizes[i];
      size.fpir = fpir(searches_[i], operating_fpir().threshold);
      size.fnir = fnir(searches_[i], operating_fpir().threshold);
    }
  }

  void add_groups(CellResult& result) const {
    for (std::size_t c = 1; c < context_.columns.size(); ++c) {
      const GroupColumn& column = context_.columns[c];
      const ColumnRates& rates = result.rates[c];
      std::vector<std::size_t> photos(column.groups());
      for (std::size_t record = 0; record < context_.decoded.size(); ++record) {
        photos[column.of_record[record]] += context_.decoded[record] ? 1U : 0U;
      }
      GroupMatrix matrix{column.name, column.values, {}};
      for (std::size_t a = 0; a < column.values.size(); ++a) {
        GroupErrors& group = result.cell.groups.emplace_back();
        group.by = column.name;
        group.value = column.values[a];
        group.photos = photos[a];
        group.failed_to_acquire = rates.failed_to_acquire.rate(a);
        group.identities = group.failed_to_acquire.count.independent;
        group.compared = rates.compared[a];
        group.fmr = rates.fmr.table.rate(rates.fmr.within(a));
        if (rates.fmr.by_probe_known) {
          group.fmr_any = rates.fmr.table.rate(rates.fmr.by_probe(a));
        }
        group.fnmr = rates.fnmr.rate(a);
        group.fpir = rates.fpir.rate(a);
        group.fnir = rates.fnir.rate(a);
        for (std::size_t b = 0; b < column.values.size(); ++b) {
          matrix.fmr.push_back(rates.fmr.table.rate(rates.fmr.between(a, b)));
        }
      }
      result.cell.matrices.push_back(std::move(matrix));
    }
  }

  const CellContext& context_;
  const FixedThresholds& thresholds_;
  const TemplateSet& probes_;
  const TemplateSet& references_;
  bool one_set_;
  RateMaker maker_;
  CellScores scores_;
  std::vector<SearchScores> searches_;
};

}  // namespace

Result<FixedThresholds> fix_thresholds(const CellContext& context, const TemplateSet& reference) {
  const CellScores scores = scores_of(context, reference, reference, true, {});
  FixedThresholds fixed;
  fixed.fmr = targets_of(kFmrTargets, context.request.protocol.operating_fmr,
                         static_cast<double>(scores.nonmated.size()), fixed.operating_fmr);
  const ScoreList mated = list_of(scores.mated);
  for (FixedThreshold& one : fixed.fmr) {
    const auto threshold = threshold_at_fmr(mated, scores.nonmated, one.target);
    if (!threshold) {
      return Error{
          "no non-mated pair of the reference condition has two templates: nothing to fix a "
          "threshold by"};
    }
    one.threshold = threshold->threshold;
    one.exact = threshold->exact;
  }
  const double probes = context.plan ? static_cast<double>(context.plan->nonmated.size()) : 0;
  fixed.fpir = targets_of(kFpirTargets, context.request.protocol.operating_fpir, probes,
                          fixed.operating_fpir);
  if (context.plan) {
    const auto searches =
        search_all(reference, reference, *context.plan, context.labels, kAnyScore, context.jobs);
    for (FixedThreshold& one : fixed.fpir) {
      one.threshold = threshold_at_fpir(searches.back().mated, searches.back().nonmated, one.target)
                          .value_or(kAnyScore);
    }
  }
  return fixed;
}

CellResult score_cell(const CellContext& context, const FixedThresholds& thresholds,
                      const TemplateSet& probes, const TemplateSet& references, bool one_set) {
  return CellScorer(context, thresholds, probes, references, one_set).run();
}

}  // namespace everyface
