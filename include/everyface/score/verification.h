// One-to-one comparison: from scores to false match and false non-match rates (ISO/IEC 19795-1).
//
// A score says how similar two templates are; higher is more similar. A comparison at threshold T
// accepts a pair whose score is >= T. Mated pairs show one person, non-mated pairs two.
//   FMR(T)  = share of the non-mated pairs with score >= T
//   FNMR(T) = share of the mated pairs with score < T
// A threshold is just a number: the one found on one set or condition is applied to another by
// handing it to the rates of the other's lists. Requires scores that are not NaN.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace everyface {

/// The scores of some comparisons, sorted once.
class ScoreList {
 public:
  ScoreList() = default;
  /// `failed` comparisons could not be made (no face was found, no template came of it); they count
  /// in size(), and no threshold accepts them. Leave it 0 for FMR and FNMR, which are rates of
  /// comparisons made. Given, the rates become those of attempts, as a user meets them: a mated
  /// attempt that failed is a false rejection, a non-mated one no false acceptance.
  explicit ScoreList(std::span<const double> scores, std::size_t failed = 0);
  explicit ScoreList(std::span<const float> scores, std::size_t failed = 0);

  [[nodiscard]] std::size_t size() const { return rising_.size() + failed_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  /// The scores, lowest first; without those of failed comparisons, which have none.
  [[nodiscard]] std::span<const double> rising() const { return rising_; }

  [[nodiscard]] std::size_t at_or_above(double threshold) const;
  [[nodiscard]] std::size_t below(double threshold) const {
    return size() - at_or_above(threshold);
  }

 private:
  std::vector<double> rising_;
  std::size_t failed_ = 0;
};

/// FMR at a threshold, 0..1; none of an empty list.
std::optional<double> false_match_rate(const ScoreList& nonmated, double threshold);

/// FNMR at a threshold, 0..1; none of an empty list.
std::optional<double> false_non_match_rate(const ScoreList& mated, double threshold);

/// The threshold at FMR f: the smallest observed score T, mated or non-mated, with FMR(T) <= f.
/// Equal scores are accepted or refused together, so FMR(T) may stay below f but never exceeds it.
/// Where no observed score does, one step of a float above the highest score (so that rounding the
/// threshold to float does not let that score in). Of all thresholds that keep to f this one has
/// the lowest FNMR. Which of the equivalent thresholds between two non-mated scores is named
/// depends on the mated ones; give an empty list where there are none. None without non-mated
/// pairs. Requires f >= 0.
std::optional<double> threshold_at_fmr(const ScoreList& mated, const ScoreList& nonmated, double f);

/// Both errors at a threshold.
struct ErrorPoint {
  double threshold = 0;
  double fmr = 0;
  double fnmr = 0;
};

/// The curve behind ROC (1 - FNMR against FMR) and DET (FNMR against FMR, both on stretched axes):
/// a point above all scores (FMR 0), then one at each distinct score, mated or non-mated, by
/// falling threshold; FMR rises, FNMR falls. The points of scikit-learn's roc_curve with
/// drop_intermediate=False. Empty where either list is.
std::vector<ErrorPoint> error_curve(const ScoreList& mated, const ScoreList& nonmated);

/// At most max_points of a curve for drawing: both ends, and between them points at about equal
/// distances along the line, FMR measured in decades (those below 1e-7 taken as 1e-7) and seven
/// decades as long as FNMR from 0 to 1. A curve that fits is returned as it is. Requires
/// max_points >= 2.
std::vector<ErrorPoint> thin_error_curve(std::span<const ErrorPoint> curve, std::size_t max_points);

/// Area under the ROC curve: the chance that a mated pair scores higher than a non-mated one, ties
/// counted half (Mann and Whitney's U). Counted in integers. Failed comparisons tie with each other
/// below all others. None where either list is empty.
std::optional<double> area_under_roc(const ScoreList& mated, const ScoreList& nonmated);

/// The equal error rate as in the Fingerprint Verification Competitions (Maio et al. 2002,
/// "FVC2000", section 4.1): errors jump, so they rarely are equal at any threshold. With t1 the
/// highest threshold where FNMR <= FMR and t2 the lowest where FNMR >= FMR, it is [FNMR(t1),
/// FMR(t1)] or [FMR(t2), FNMR(t2)], whichever has the smaller sum (of equal sums the first).
struct EqualErrorRate {
  double low = 0;
  double high = 0;
  [[nodiscard]] double midpoint() const { return (low + high) / 2; }
};

/// Of a curve in the order of error_curve(). Where failed comparisons keep FNMR above FMR at every
/// threshold, there is no t1, and t2 alone is used. None of an empty curve.
std::optional<EqualErrorRate> equal_error_rate(std::span<const ErrorPoint> curve);

/// Share of right decisions among all pairs: mated >= threshold, non-mated < threshold. None where
/// both lists are empty.
std::optional<double> accuracy(const ScoreList& mated, const ScoreList& nonmated, double threshold);

/// The threshold with the most right decisions, among the observed scores and one step of a float
/// above all. Of equally good ones the highest: it makes the fewest false matches. None where no
/// comparison has a score.
std::optional<double> most_accurate_threshold(const ScoreList& mated, const ScoreList& nonmated);

/// The pairs of one fold.
struct Fold {
  ScoreList mated;
  ScoreList nonmated;
};

/// How a protocol of folds ended.
struct FoldAccuracy {
  std::vector<double> accuracies;  ///< one a fold
  std::vector<double> thresholds;  ///< applied to that fold, chosen on all others together
  double mean = 0;                 ///< of the accuracies
  double standard_error = 0;       ///< their standard deviation (n - 1) over the root of n
};

/// Labeled Faces in the Wild (Huang et al. 2007, "Labeled Faces in the Wild", view 2): each fold is
/// decided with most_accurate_threshold() of the others. Pairs that failed belong into the lists:
/// the protocol leaves none out; a mated one counts as a mistake and a non-mated one does not. None
/// with fewer than two folds, or where a fold has no pairs or its others no score.
std::optional<FoldAccuracy> fold_accuracy(std::span<const Fold> folds);

}  // namespace everyface
