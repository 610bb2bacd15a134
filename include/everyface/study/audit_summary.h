// An audit in numbers: what write_audit_report() shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "everyface/score/identity_bootstrap.h"
#include "everyface/score/verification.h"
#include "everyface/study/summary.h"

namespace everyface {

/// A rate of errors with what it rests on. Intervals are of 95 %, by resampling identities (see
/// identity_bootstrap.h); without events, from 0 to the rule of three.
struct ErrorRate {
  EventCount count;
  std::optional<Interval> interval;  ///< none without trials, or where resampling cannot tell

  [[nodiscard]] std::optional<double> value() const { return count.rate(); }
};

/// One-to-one at a threshold that the reference condition fixed.
struct VerificationPoint {
  double target_fmr = 0;  ///< that the reference condition was to keep to
  double threshold = 0;   ///< the reference condition's
  bool exact = true;      ///< false: from the edge of a histogram's bin
  ErrorRate fmr;          ///< of this cell at that threshold
  ErrorRate fnmr;
  /// With a threshold of the cell's own that keeps to target_fmr; none without mated pairs.
  std::optional<double> fnmr_at_own_threshold;
};

struct Verification {
  std::uint64_t mated = 0;     ///< comparisons made
  std::uint64_t nonmated = 0;  ///< comparisons made
  std::optional<double> auc;
  std::optional<double> eer;
  std::vector<VerificationPoint> points;  ///< by falling target FMR
  std::vector<ErrorPoint> curve;          ///< thinned for drawing; empty without mated pairs
  std::optional<FoldAccuracy> folds;      ///< LFW's protocol, where the pairs have folds
};

/// One-to-many at a threshold that the reference condition fixed.
struct IdentificationPoint {
  double target_fpir = 0;
  double threshold = 0;
  ErrorRate fpir;                     ///< of this cell at that threshold
  ErrorRate fnir;                     ///< at that threshold and any rank
  std::optional<double> selectivity;  ///< candidates a non-mated probe, at that threshold
};

/// The same probes against a smaller gallery (the first entries of the larger one), at the
/// threshold of the largest gallery's first point.
struct GallerySize {
  std::size_t gallery = 0;
  ErrorRate fpir;
  ErrorRate fnir;
};

struct Identification {
  std::size_t gallery = 0;          ///< entries enrolled
  std::size_t failed_to_enrol = 0;  ///< entries without template, not among `gallery`
  std::size_t mated_probes = 0;     ///< those without template included, here and below
  std::size_t nonmated_probes = 0;
  std::optional<double> rank1;              ///< share of mated probes whose mate comes first
  std::vector<double> cmc;                  ///< ranks 1 to at most 50
  std::vector<IdentificationPoint> points;  ///< by falling target FPIR
  std::vector<GallerySize> sizes;           ///< rising; the last is the whole gallery
};

/// A group in one cell, at the operating points (AuditSummary::operating_fmr, operating_fpir).
struct GroupErrors {
  std::string by;
  std::string value;
  std::size_t photos = 0;
  std::size_t identities = 0;
  std::size_t compared = 0;     ///< identities with a template in a pair that FMR counts
  ErrorRate failed_to_acquire;  ///< of photos
  ErrorRate fmr;                ///< non-mated pairs within the group
  ErrorRate fmr_any;            ///< a probe of the group with references of anyone
  ErrorRate fnmr;
  ErrorRate fpir;
  ErrorRate fnir;
};

/// FMR of every group with every group at the operating point.
struct GroupMatrix {
  std::string by;
  std::vector<std::string> values;
  std::vector<ErrorRate> fmr;  ///< probes of values[a], references of values[b]: [a * size + b]
};

/// A differential between groups; groups too small for a claim are left out.
struct Differential {
  std::string by;
  std::string measure;  ///< "worst to best", "worst to geometric mean", "FDR", "inequity", "GARBE"
  std::string rate;     ///< "FMR", "FNMR", "FPIR", "FNIR", or both of "FMR, FNMR"
  std::string worst;    ///< group with the highest rate; empty for measures of two rates
  std::string best;
  std::size_t groups = 0;       ///< that took part
  std::optional<double> value;  ///< infinite where only some rates are 0; none for 0 / 0
  std::optional<Interval> interval;
  /// Worst against best: the difference of the rates is beyond chance, Holm-corrected over all
  /// differentials of the report. None for measures that are no ratio of two groups.
  std::optional<bool> beyond_chance;
};

struct AuditCell {
  std::string embedder;
  std::string enhance;
  double exposure_ev = 0;
  bool reference = false;  ///< the condition that fixes this embedder's thresholds
  std::string templates;   ///< template file below the run folder
  std::size_t images = 0;  ///< decoded
  ErrorRate failed_to_acquire;
  Verification verification;
  std::optional<Identification> identification;  ///< none where there are too few photos
  std::vector<GroupErrors> groups;
  std::vector<GroupMatrix> matrices;
  std::vector<Differential> differentials;
};

/// Two cells of one exposure, the same people: what did the enhancement do to a rate?
struct AuditComparison {
  std::string embedder;
  double exposure_ev = 0;
  std::string before;  ///< enhancement compared with ("none")
  std::string after;
  std::string rate;                    ///< "FMR", "FNMR", "FPIR" or "FNIR", at the operating point
  std::string by;                      ///< empty: everyone
  std::string value;                   ///< group
  ErrorRate first;                     ///< before
  ErrorRate second;                    ///< after
  std::optional<Interval> difference;  ///< 95 % interval of after minus before, paired by identity
  std::optional<double> p_value;       ///< Holm-corrected over all comparisons of the report
};

/// Two photos that one embedder takes for one person although the labels do not, in the reference
/// condition. They may be one person.
struct ReviewPair {
  std::string embedder;
  double score = 0;
  std::string first;  ///< record names
  std::string second;
  std::string first_groups;  ///< "Black, female, 20-29"
  std::string second_groups;
  std::string first_file;  ///< crop below the run folder, e.g. "pictures/0001-a.jpg"
  std::string second_file;
};

/// What leaving out the highest-scoring non-mated pairs would change, in the reference condition:
/// had they been one person each, thresholds would be lower.
struct ExclusionEffect {
  std::string embedder;
  std::size_t excluded = 0;             ///< pairs left out, 0 first
  double threshold = 0;                 ///< at the operating FMR
  std::string by;                       ///< column of the differential
  std::optional<double> worst_to_best;  ///< of the FMR within groups at that threshold
};

struct AuditSummary {
  std::string finding;
  std::string dataset_kind;
  std::string dataset_path;
  std::size_t records = 0;
  std::size_t failed = 0;
  std::vector<Failure> failures;
  std::vector<Failure> warnings;
  bool has_subjects = false;
  std::size_t identities = 0;  ///< photos count as one each where subjects are not known
  std::string pairs;           ///< which pairs were compared, in words
  std::string thresholds;      ///< run folder that fixed them; empty: the reference condition
  bool both_sides = false;     ///< references (galleries) see the cell's condition too
  std::string detector;
  double detector_score = 0;  ///< faces below were not used
  bool flip = false;
  int pad_px = 0;
  double operating_fmr = 0;
  double operating_fpir = 0;
  std::size_t excluded_pairs = 0;  ///< by the exclusion file
  std::size_t resamples = 0;       ///< behind each interval
  unsigned long long seed = 0;
  std::string version;
  std::string command;
  std::vector<std::string> group_names;
  std::vector<AuditCell> cells;  ///< by embedder, exposure (as asked), enhancer
  std::vector<AuditComparison> comparisons;
  std::vector<ReviewPair> review;
  std::vector<ExclusionEffect> exclusions;
};

}  // namespace everyface
