#include "study/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "everyface/base/text.h"

namespace everyface {
namespace {

const CellSummary* find_cell(const StudySummary& summary, const std::string& detector, double ev,
                             const std::string& enhance) {
  for (const CellSummary& cell : summary.cells) {
    if (cell.detector == detector && cell.exposure_ev == ev && cell.enhance == enhance) {
      return &cell;
    }
  }
  return nullptr;
}

/// With a space that does not break.
std::string percent(double share) { return fmt::format("{:.1f}\u00a0%", 100 * share); }

/// 10650 as "10,650".
std::string count_text(std::size_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits;
}

std::string p_text(double p_value) {
  return p_value < 0.001 ? "p < 0.001" : fmt::format("p = {:.3f}", p_value);
}

std::string after_text(const std::string& enhance) {
  return enhance == "none" ? "without enhancement" : "after " + enhance;
}

const GroupGap* gap_by(const CellSummary& cell, const std::string& column) {
  for (const GroupGap& gap : cell.gaps) {
    if (gap.by == column) {
      return &gap;
    }
  }
  return nullptr;
}

std::string rate_of(const CellSummary& cell, const std::string& by, const std::string& value) {
  for (const GroupRate& rate : cell.groups) {
    if (rate.by == by && rate.value == value) {
      return percent(rate.rate.value);
    }
  }
  return "?";
}

std::string gap_text(const CellSummary& cell, const GroupGap& gap) {
  return fmt::format("{:.1f} points ({} {}, {} {})", 100 * gap.difference, gap.best,
                     rate_of(cell, gap.by, gap.best), gap.worst, rate_of(cell, gap.by, gap.worst));
}

/// The largest gap that is beyond chance; none where there is none.
const GroupGap* largest_gap(const CellSummary& cell) {
  const GroupGap* largest = nullptr;
  for (const GroupGap& gap : cell.gaps) {
    if (gap.beyond_chance && (largest == nullptr || gap.difference > largest->difference)) {
      largest = &gap;
    }
  }
  return largest;
}

/// What the enhancement did to the gaps between groups.
std::string describe_gap(const CellSummary& before, const CellSummary& after) {
  if (before.gaps.empty()) {
    return "";
  }
  const GroupGap* first = largest_gap(before);
  const GroupGap* left = largest_gap(after);
  if (first == nullptr && left == nullptr) {
    return " No gap between groups is beyond chance, before or after.";
  }
  if (first == nullptr) {
    return fmt::format(" Not everybody gained alike: by {} there now is a gap of {}.", left->by,
                       gap_text(after, *left));
  }
  const GroupGap* same = gap_by(after, first->by);
  if (same == nullptr) {
    return "";
  }
  return fmt::format(" The largest gap, by {}, went from {} to {}{}.", first->by,
                     gap_text(before, *first), gap_text(after, *same),
                     same->beyond_chance ? "" : ", no longer beyond chance");
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return count_text(count) + " " + (count == 1 ? one : many);
}

/// Without labels: the enhancement that changed the number of boxes most, in the darkest photos.
std::string describe_boxes(const StudySummary& summary) {
  const CellSummary* before = nullptr;
  const CellSummary* after = nullptr;
  double largest = 0;
  for (const CellSummary& cell : summary.cells) {
    const CellSummary* plain = find_cell(summary, cell.detector, cell.exposure_ev, "none");
    if (plain == nullptr || plain == &cell) {
      continue;
    }
    const double change =
        static_cast<double>(cell.predictions) - static_cast<double>(plain->predictions);
    if (after == nullptr || change > largest ||
        (change == largest && cell.exposure_ev < after->exposure_ev)) {
      before = plain;
      after = &cell;
      largest = change;
    }
  }
  constexpr const char* kUnknown =
      " No labels say which boxes are faces, so more boxes need not mean more faces.";
  if (after == nullptr) {
    const CellSummary& first = summary.cells.front();
    return fmt::format("In {} {}, {} found {} {}.{}", counted(first.images, "photo", "photos"),
                       exposure_text(first.exposure_ev), first.detector,
                       counted(first.predictions, "box", "boxes"), after_text(first.enhance),
                       kUnknown);
  }
  return fmt::format("In {} {}, {} found {} without enhancement and {} {}.{}",
                     counted(after->images, "photo", "photos"), exposure_text(after->exposure_ev),
                     after->detector, counted(before->predictions, "box", "boxes"),
                     count_text(after->predictions), after_text(after->enhance), kUnknown);
}

/// With labels and one enhancement: the cell that found the most.
std::string describe_best(const StudySummary& summary) {
  const auto best = std::max_element(summary.cells.begin(), summary.cells.end(),
                                     [](const CellSummary& a, const CellSummary& b) {
                                       return a.true_positives < b.true_positives;
                                     });
  return fmt::format(
      "{} found {} of {} ({}) {}, {}.", best->detector, count_text(best->true_positives),
      counted(best->faces, "labelled face", "labelled faces"), percent(best->recall->value),
      exposure_text(best->exposure_ev), after_text(best->enhance));
}

}  // namespace

std::string exposure_text(double exposure_ev) {
  if (exposure_ev == 0) {
    return "as taken";
  }
  return fmt::format("at {}{} EV", exposure_ev < 0 ? "\u2212" : "+",
                     shortest_number(std::abs(exposure_ev)));
}

std::optional<Comparison> most_telling(const StudySummary& summary) {
  const auto gain = [](const Comparison& comparison) {
    return static_cast<double>(comparison.only_after) - static_cast<double>(comparison.only_before);
  };
  const auto best =
      std::max_element(summary.comparisons.begin(), summary.comparisons.end(),
                       [&](const Comparison& a, const Comparison& b) { return gain(a) < gain(b); });
  return best == summary.comparisons.end() ? std::nullopt : std::optional(*best);
}

std::string describe_finding(const StudySummary& summary) {
  if (summary.cells.empty() || summary.cells.front().images == 0) {
    return "No photo could be used.";
  }
  const auto telling = most_telling(summary);
  const bool has_faces = summary.cells.front().faces > 0;
  if (!has_faces) {
    return describe_boxes(summary);
  }
  if (!telling) {
    return describe_best(summary);
  }
  const CellSummary* before =
      find_cell(summary, telling->detector, telling->exposure_ev, telling->before);
  const CellSummary* after =
      find_cell(summary, telling->detector, telling->exposure_ev, telling->after);
  const std::string where = exposure_text(telling->exposure_ev);
  if (after->true_positives <= before->true_positives) {
    return fmt::format(
        "No enhancement let any detector find more of the {} labelled faces than {} did{}.",
        count_text(before->faces), telling->before == "none" ? "none" : telling->before,
        describe_gap(*before, *after));
  }
  std::string text = fmt::format(
      "Photos {}: {} found {} of {} labelled faces ({}) {} and {} ({}) {} ({} gained, {} lost; "
      "{}).",
      where, before->detector, count_text(before->true_positives), count_text(before->faces),
      percent(before->recall->value), after_text(before->enhance),
      count_text(after->true_positives), percent(after->recall->value), after_text(after->enhance),
      count_text(telling->only_after), count_text(telling->only_before),
      p_text(telling->p_corrected));
  return text + describe_gap(*before, *after);
}

}  // namespace everyface
