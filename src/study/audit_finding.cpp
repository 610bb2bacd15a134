#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "everyface/base/text.h"
#include "study/audit_differentials.h"

namespace everyface {
namespace {

std::string percent(double share) {
  const int decimals = share != 0 && share < 0.01 ? 2 : 1;
  return fmt::format("{:.{}f}\u00a0%", 100 * share, decimals);
}

std::string signed_points(double difference) {
  return fmt::format("{}{:.1f}", difference < 0 ? "\u2212" : "+", 100 * std::abs(difference));
}

std::string points(const Interval& interval) {
  return fmt::format("{} to {} points", signed_points(interval.low), signed_points(interval.high));
}

std::string ev_text(double ev) {
  const std::string text = shortest_number(std::abs(ev));
  return ev < 0 ? "\u2212" + text + " EV" : text + " EV";
}

/// The rate that the question is about: FPIR where there were searches, else FMR.
const char* asked_rate(const AuditSummary& summary) {
  for (const AuditComparison& comparison : summary.comparisons) {
    if (comparison.rate == "FPIR") {
      return "FPIR";
    }
  }
  return "FMR";
}

/// Of the first embedder, the comparison for everyone whose change is the largest: in the dark
/// where any change there is beyond chance, else anywhere; none where no change is.
const AuditComparison* clearest_change(const AuditSummary& summary, const std::string& rate) {
  double daylight_ev = 0;
  for (const AuditCell& cell : summary.cells) {
    daylight_ev = cell.reference ? cell.exposure_ev : daylight_ev;
  }
  const AuditComparison* clearest = nullptr;
  std::pair<bool, double> clearest_size;
  for (const AuditComparison& one : summary.comparisons) {
    if (one.embedder != summary.cells.front().embedder || one.rate != rate || !one.by.empty() ||
        !one.p_value || *one.p_value >= 0.05 || !one.first.value() || !one.second.value()) {
      continue;
    }
    const std::pair<bool, double> size = {one.exposure_ev != daylight_ev,
                                          std::abs(*one.second.value() - *one.first.value())};
    if (size > clearest_size) {
      clearest = &one;
      clearest_size = size;
    }
  }
  return clearest;
}

/// Share of photos without a template; a search that recognises nobody raises no false alarm
/// either.
double failed_to_acquire(const AuditSummary& summary, const AuditComparison& change,
                         const std::string& enhance) {
  for (const AuditCell& cell : summary.cells) {
    if (cell.embedder == change.embedder && cell.exposure_ev == change.exposure_ev &&
        cell.enhance == enhance) {
      return cell.failed_to_acquire.value().value_or(0);
    }
  }
  return 0;
}

std::string change_sentence(const AuditSummary& summary, const AuditComparison& change,
                            const std::string& rate) {
  const bool lower = *change.second.value() < *change.first.value();
  return fmt::format(
      "At {}, {} {} the {} of {} from {} to {} ({}), while the photos in which no face could be "
      "used "
      "went from {} to {}.",
      ev_text(change.exposure_ev), change.after, lower ? "lowered" : "raised",
      rate == "FPIR" ? "false positive identification rate" : "false match rate", change.embedder,
      percent(*change.first.value()), percent(*change.second.value()),
      change.difference ? points(*change.difference) : "no interval",
      percent(failed_to_acquire(summary, change, change.before)),
      percent(failed_to_acquire(summary, change, change.after)));
}

/// What the reference condition is called in a sentence.
std::string reference_text(const AuditCell& cell) {
  return cell.exposure_ev == 0 && cell.enhance == "none"
             ? "In daylight"
             : fmt::format("In the reference condition ({}, {})", ev_text(cell.exposure_ev),
                           cell.enhance == "none" ? "not enhanced" : cell.enhance);
}

/// The largest differential of false matches beyond chance in the first embedder's reference.
std::string differential_sentence(const AuditSummary& summary) {
  for (const AuditCell& cell : summary.cells) {
    if (!cell.reference) {
      continue;
    }
    const Differential* largest = nullptr;
    for (const Differential& one : cell.differentials) {
      if (one.measure == "worst to best" && one.rate == "FMR" &&
          one.beyond_chance.value_or(false) && one.value &&
          (largest == nullptr || *one.value > *largest->value)) {
        largest = &one;
      }
    }
    if (largest == nullptr) {
      return fmt::format("{}, {} shows no difference between groups beyond chance.",
                         reference_text(cell), cell.embedder);
    }
    return std::isfinite(*largest->value)
               ? fmt::format(
                     "{}, at one threshold for all, {} falsely matches pairs "
                     "within {} ({}) {:.1f} times as often as within {}.",
                     reference_text(cell), cell.embedder, largest->worst, largest->by,
                     *largest->value, largest->best)
               : fmt::format(
                     "{}, at one threshold for all, {} falsely matches pairs "
                     "within {} ({}), and none within {}.",
                     reference_text(cell), cell.embedder, largest->worst, largest->by,
                     largest->best);
  }
  return "";
}

}  // namespace

std::string audit_finding(const AuditSummary& summary) {
  std::string text;
  const std::string rate = asked_rate(summary);
  if (!summary.group_names.empty() && !summary.cells.empty()) {
    text = differential_sentence(summary);
  }
  if (!summary.comparisons.empty()) {
    const AuditComparison* change = clearest_change(summary, rate);
    text += (text.empty() ? "" : " ") +
            (change != nullptr ? change_sentence(summary, *change, rate)
                               : fmt::format("No enhancement changed the {} beyond chance.",
                                             rate == "FPIR" ? "false positive identification rate"
                                                            : "false match rate"));
  }
  if (text.empty() && !summary.cells.empty()) {
    const AuditCell& cell = summary.cells.front();
    text = fmt::format("{} acquired {} of {} photos", cell.embedder,
                       cell.images - cell.failed_to_acquire.count.events, cell.images);
    if (cell.verification.folds) {
      text +=
          fmt::format(" and verified {} of pairs right", percent(cell.verification.folds->mean));
    }
    text += ".";
  }
  return text;
}

}  // namespace everyface
