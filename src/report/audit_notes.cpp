#include <fmt/format.h>

#include <algorithm>

#include "everyface/base/text.h"
#include "everyface/score/differentials.h"
#include "report/audit_view.h"
#include "report/format.h"

namespace everyface {
namespace {

void define_pairs(std::string& out, const AuditView& view) {
  define(
      out, "FMR, false match rate",
      "Of the comparisons of two people (non-mated pairs), the share that scores at or above the "
      "threshold (ISO/IEC 19795-1). Of a group: pairs within it.",
      "def-fmr");
  if (view.has(ErrorKind::kFnmr)) {
    define(out, "FNMR, false non-match rate",
           "Of the comparisons of one person's photos (mated pairs), the share that scores below "
           "the threshold. Photos that failed to acquire make no comparison and are not in it.",
           "def-fnmr");
    define(
        out, "FNMR with a threshold of its own",
        "As FNMR, but at the lowest threshold at which this condition itself keeps to the target "
        "FMR: what would be left of the loss if an operator set the threshold anew.",
        "def-own");
    define(out, "EER, equal error rate",
           "The rate at the threshold where FMR and FNMR are the same, or the middle between the "
           "two where they jump across each other (Maio et al. 2002).",
           "def-eer");
    define(out, "AUC, area under the ROC curve",
           "The chance that a mated pair scores higher than a non-mated one, ties counted half.",
           "def-auc");
    define(out, "DET, detection error trade-off",
           "FNMR against FMR over all thresholds, here on logarithmic axes (Martin et al. 1997). "
           "Parts where either error is 0 cannot be drawn.",
           "def-det");
  }
  const bool folds = std::any_of(
      view.cells.begin(), view.cells.end(),
      [](const AuditPlace& placed) { return placed.cell->verification.folds.has_value(); });
  if (folds) {
    define(
        out, "Accuracy, folds",
        "The share of right decisions over the pairs of each fold, at the threshold that is best "
        "on all others (Huang et al. 2007, Labeled Faces in the Wild); the mean of the folds, "
        "and their standard deviation over the root of their number. Pairs that could not be "
        "compared count as refused.",
        "def-accuracy");
  }
}

void define_searches(std::string& out, const AuditView& view) {
  define(out, "FPIR, false positive identification rate",
         "Of the searches for people who are not in the gallery, the share that returns anyone at "
         "or above the threshold (ISO/IEC 19795-1): somebody falsely accused. A probe that failed "
         "to acquire returns nobody and stays in the denominator.",
         "def-fpir");
  if (view.has(ErrorKind::kFnir)) {
    define(out, "FNIR, false negative identification rate",
           "Of the searches for people who are in the gallery, the share that does not return them "
           "at or above the threshold, at whatever rank. A probe that failed to acquire is a miss.",
           "def-fnir");
    define(out, "Rank 1 and CMC, cumulative match characteristic",
           "The share of mated searches whose mate is first, or among the first R, whatever its "
           "score. A stranger who scores as high counts against the mate.",
           "def-cmc");
  }
  define(out, "Selectivity",
         "The mean number of candidates at or above the threshold that a non-mated search returns: "
         "what somebody has to look through.",
         "def-selectivity");
  define(out, "Gallery size",
         "How many photos are enrolled; where people are known, one of each. Smaller galleries are "
         "the first entries of "
         "the whole one, with the threshold of the whole one.",
         "def-gallery");
}

void define_thresholds(std::string& out, const AuditSummary& summary, const AuditView& view) {
  define(
      out, "Threshold rule",
      fmt::format("The smallest observed score at which the reference condition's FMR is at most "
                  "{}{}. Equal scores are accepted or refused together, so the target is never "
                  "exceeded; “≈” marks a threshold from the edge of a histogram's bin.",
                  rate_text(summary.operating_fmr),
                  view.has(ErrorKind::kFpir)
                      ? ", for searches its FPIR at most " + rate_text(summary.operating_fpir)
                      : ""),
      "def-threshold");
  define(out, "Reference condition",
         "The exposure nearest to 0 EV without enhancement. It fixes every threshold of its "
         "embedder; all other conditions are read at that threshold.",
         "def-reference");
  define(out, "Exposure",
         "0 EV is the photo as it is; every EV less halves the light. Darker versions are made in "
         "linear light with the noise that a sensor would have added.",
         "def-exposure");
  define(out, "FTA, failure to acquire",
         "Of the photos that could be read, the share without a template: no face was found, or it "
         "could not be aligned.",
         "def-fta");
}

void define_certainty(std::string& out, const AuditSummary& summary) {
  define(
      out, "Interval",
      fmt::format(
          "2.5th to 97.5th percentile over {} resamples of whole people, all their photos with "
          "them (the identity bootstrap: Bolle, Ratha and Pankanti 2004; for pairs Owen 2007, the "
          "pigeonhole bootstrap). Comparisons that share people are not independent; intervals "
          "that "
          "take them as such are far too narrow.",
          summary.resamples),
      "def-interval");
  define(
      out, "No event: rule of three",
      "Where no error was seen in n trials that share nobody, the rate is below 1 − 0.05^(1/n), "
      "about 3/n, with 95% confidence (Hanley and Lippman-Hand 1983). It is written “&lt; 0.1%”.",
      "def-zero");
  define(out, "Change by an enhancement",
         "The rate with it minus the rate without, in percentage points, over the same people, "
         "exposure, embedder and threshold. Both are resampled together, so what a person adds to "
         "both cancels.",
         "def-difference");
  define(
      out, "Beyond chance",
      "The two-sided p-value of no difference, by the normal distribution with the difference's "
      "standard deviation over the resamples, is below 0.05 after Holm's correction (1979) over "
      "all comparisons of its kind in this report. The worst and the best group are picked after "
      "the fact: their p-value is first multiplied by the number of pairs of groups that they "
      "were picked from (Bonferroni).",
      "def-chance");
  define(out, "Too small for a claim",
         fmt::format("Groups of fewer than {} people, or in which fewer than {:g} errors would be "
                     "expected if they erred like all groups together, are shown and not compared.",
                     kFewestIdentities, kFewestExpectedEvents),
         "def-few");
}

void define_groups(std::string& out) {
  define(out, "Matrix of groups",
         "FMR of probes of one group with references of another. The diagonal, pairs within a "
         "group, is what a group's FMR means elsewhere on this page.",
         "def-matrix");
  define(out, "Worst to best",
         "The highest rate of the groups over the lowest (Grother, Ngan and Hanaoka 2019, NISTIR "
         "8280). Infinite where only some groups have errors.",
         "def-worst-best");
  define(out, "Worst to geometric mean",
         "The highest rate over the geometric mean of all groups' (Grother 2022, NISTIR 8429; "
         "ISO/IEC 19795-10).",
         "def-worst-mean");
  define(out, "Group to reference group", "A group's rate over that of the group that was named.",
         "def-reference-group");
  define(
      out, "FDR, fairness discrepancy rate",
      "1 − [½ (highest − lowest FMR) + ½ (highest − lowest FNMR)] (de Freitas Pereira and Marcel "
      "2022). 1 is fair. FMR differences are so small that they hardly move it.",
      "def-fdr");
  define(out, "Inequity rate",
         "The root of worst to best FMR times worst to best FNMR (Grother 2022, NISTIR 8429). 1 is "
         "fair.",
         "def-inequity");
  define(out, "GARBE, Gini aggregation rate for biometric equitability",
         "The mean of the Gini coefficients of the groups' FMR and FNMR (Howard et al. 2022). 0 is "
         "fair. Of searches, these three take FPIR and FNIR.",
         "def-garbe");
}

}  // namespace

std::string reproduce_html(const AuditSummary& summary) {
  std::string out = fmt::format("<pre><code>{}</code></pre>\n", escape_html(summary.command));
  out += "<dl class=\"settings\">\n";
  define(out, "Data set",
         fmt::format("{}, <bdi>{}</bdi>", escape_html(summary.dataset_kind),
                     escape_html(summary.dataset_path)));
  define(out, "Pairs compared", escape_html(summary.pairs));
  define(out, "Pairs excluded", count_text(summary.excluded_pairs));
  define(out, "Conditions apply to",
         summary.both_sides ? "probes and references"
                            : "probes; references are as in the reference "
                              "condition");
  define(out, "Thresholds",
         summary.thresholds.empty() ? "fixed by the reference condition"
                                    : "those of " + escape_html(summary.thresholds));
  define(out, "Detector",
         fmt::format("{}, faces from a score of {}", escape_html(summary.detector),
                     shortest_number(summary.detector_score)));
  define(out, "Templates", summary.flip ? "mean of the face and its mirror image" : "of the face");
  define(out, "Operating points",
         fmt::format("FMR {}, FPIR {}, of the reference condition",
                     rate_text(summary.operating_fmr), rate_text(summary.operating_fpir)));
  define(out, "Border added around photos",
         count_of(static_cast<std::size_t>(std::max(0, summary.pad_px)), "pixel"));
  define(out, "Seed", std::to_string(summary.seed));
  define(out, "Program", "everyface " + escape_html(summary.version));
  return out +
         "</dl>\n<p>The same command gives the same numbers. Beside this page: report.json has all "
         "of them, tables/*.csv the same for spreadsheets, templates/ the templates, results.jsonl "
         "the landmarks of every photo.</p>\n";
}

std::string definitions_html(const AuditView& view) {
  std::string out = "<dl class=\"terms\">\n";
  define_pairs(out, view);
  if (view.has(ErrorKind::kFpir) || view.has(ErrorKind::kFnir)) {
    define_searches(out, view);
  }
  define_thresholds(out, *view.summary, view);
  define_certainty(out, *view.summary);
  if (!view.columns.empty()) {
    define_groups(out);
  }
  if (!view.summary->exclusions.empty()) {
    define(out, "Leaving out the highest pairs",
           "The figures of the reference condition, had the highest-scoring non-mated pairs not "
           "been compared: a bound on what people who are in the data twice could have done.",
           "def-exclusion");
  }
  return out + "</dl>\n";
}

}  // namespace everyface
