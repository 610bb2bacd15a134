#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "everyface/score/differentials.h"
#include "report/audit_view.h"
#include "report/format.h"
#include "report/grid.h"
#include "report/largest_groups.h"

namespace everyface {
namespace {

/// What a group's rate is compared with: all groups of its column together.
double whole_rate(const AuditCell& cell, const std::string& by, ErrorKind kind) {
  EventCount whole;
  for (const GroupErrors& group : cell.groups) {
    if (group.by == by) {
      whole.events += rate_of(group, kind).count.events;
      whole.trials += rate_of(group, kind).count.trials;
    }
  }
  return whole.rate().value_or(0);
}

bool enough(const AuditCell& cell, const GroupErrors& group, ErrorKind kind) {
  const EventCount& count = rate_of(group, kind).count;
  return enough_for_claim(kind == ErrorKind::kFmr ? group.compared : count.independent, count,
                          whole_rate(cell, group.by, kind));
}

const GroupErrors* find_group(const AuditCell* cell, const GroupErrors& like) {
  if (cell == nullptr) {
    return nullptr;
  }
  for (const GroupErrors& group : cell->groups) {
    if (group.by == like.by && group.value == like.value) {
      return &group;
    }
  }
  return nullptr;
}

bool of_worst_to_best(const Differential& differential, const std::string& by, ErrorKind kind) {
  return differential.by == by && differential.measure == "worst to best" &&
         differential.rate == error_name(kind).name;
}

/// The ratio of worst to best in words, or why there is none.
std::string ratio_words(const AuditCell& cell, const std::string& by, ErrorKind kind) {
  if (kind == ErrorKind::kFailedToAcquire) {
    return "";
  }
  for (const Differential& one : cell.differentials) {
    if (of_worst_to_best(one, by, kind) && one.value) {
      return fmt::format("Worst to best: {} times{}, {} to {}, {}.", ratio_text(*one.value),
                         one.interval ? " (95% interval " +
                                            ratio_range(one.interval->low, one.interval->high) + ")"
                                      : "",
                         one.worst, one.best,
                         !one.beyond_chance   ? "not tested"
                         : *one.beyond_chance ? "beyond chance"
                                              : "which could be chance");
    }
  }
  return "No claim: fewer than two groups have enough people and errors for one.";
}

std::string people_words(const AuditView& view, const GroupErrors& group) {
  return view.summary->has_subjects ? count_text(group.identities) + " people" : "";
}

Grid rates_grid(const AuditView& view, const AuditPlace& placed, ErrorKind kind,
                const std::string& by) {
  using Column = GridColumn::Kind;
  const AuditCell& cell = *placed.cell;
  const AuditCell* baseline = view.baseline_of(placed);
  std::size_t left_out = 0;
  const std::vector<GroupErrors> groups =
      largest_groups(cell.groups, by, &GroupErrors::photos, kGroupsShown, left_out);
  std::vector<double> values;
  const bool any = std::any_of(groups.begin(), groups.end(),
                               [&](const GroupErrors& group) { return enough(cell, group, kind); });
  for (const GroupErrors& group : groups) {
    // The interval of a handful of people would squeeze all others.
    if (any && !enough(cell, group, kind)) {
      continue;
    }
    add_values(rate_of(group, kind), values);
    if (const GroupErrors* other = find_group(baseline, group)) {
      values.push_back(rate_of(*other, kind).value().value_or(NAN));
    }
  }
  const Span span = rate_span(kind, values);
  const ErrorName& name = error_name(kind);
  Grid grid{fmt::format("{} by {}", name.name, by),
            "By " + by,
            "forest",
            {{"Group"},
             {"Errors", std::string("of ") + name.trials, Column::kNumber},
             {name.name, "95% interval", Column::kNumber, name.definition},
             {"Chart", "", Column::kPlot, "", span_ticks(span)}},
            {}};
  bool few = false;
  for (const GroupErrors& group : groups) {
    const ErrorRate& rate = rate_of(group, kind);
    const GroupErrors* other = find_group(baseline, group);
    const bool claim = enough(cell, group, kind);
    few = few || !claim;
    grid.rows.push_back(
        {{group.value + (claim ? "" : " *"), people_words(view, group)},
         {count_words(rate)},
         {rate_words(rate), interval_words(rate)},
         {"", "",
          place_rate(span, rate,
                     other == nullptr ? std::nullopt : rate_of(*other, kind).value())}});
  }
  grid.words = ratio_words(cell, by, kind);
  if (few) {
    grid.note = "* Too few people or expected errors: not part of any comparison.";
  }
  if (left_out > 0) {
    grid.note += fmt::format("{}{} smaller {} in tables/groups.csv.", few ? " " : "",
                             count_text(left_out), left_out == 1 ? "group is" : "groups are");
  }
  return grid;
}

bool is_ratio(const Differential& differential) {
  return differential.measure != "GARBE" && differential.measure != "fairness discrepancy rate";
}

std::string chance_words(const Differential& differential) {
  return !differential.beyond_chance   ? "–"
         : *differential.beyond_chance ? "beyond chance"
                                       : "could be chance";
}

std::string who_words(const Differential& differential) {
  if (differential.worst.empty()) {
    return count_of(differential.groups, "group");
  }
  return differential.worst + (differential.best.empty() ? "" : " → " + differential.best);
}

Grid differentials_grid(const AuditCell& cell, const std::string& by) {
  using Column = GridColumn::Kind;
  std::vector<double> ratios = {1};
  for (const Differential& one : cell.differentials) {
    if (is_ratio(one)) {
      ratios.push_back(one.value.value_or(NAN));
      if (one.interval) {
        ratios.insert(ratios.end(), {one.interval->low, one.interval->high});
      }
    }
  }
  const Span span = log_span(ratios, 0.01, AxisFormat::kRatio);
  Grid grid{"Differentials by " + by,
            "By " + by,
            "forest stack wide",
            {{"Measure"},
             {"Rate"},
             {"Value", "95% interval", Column::kNumber, "def-interval"},
             {"Chart of ratios", "", Column::kPlot, "", span_ticks(span), place_value(span, 1)},
             {"Worst → best"},
             {"Chance?", "", Column::kText, "def-chance"}},
            {}};
  for (const Differential& one : cell.differentials) {
    if (one.by != by) {
      continue;
    }
    const Interval interval = one.interval.value_or(Interval{NAN, NAN});
    const double value = one.value.value_or(NAN);
    grid.rows.push_back({{one.measure},
                         {one.rate},
                         {ratio_text(value),
                          one.interval ? ratio_range(interval.low, interval.high) : "no interval"},
                         {"", "",
                          is_ratio(one) ? place_interval(span, value, interval.low, interval.high)
                                        : IntervalMark{}},
                         {who_words(one)},
                         {chance_words(one)}});
  }
  if (grid.rows.empty()) {
    grid.note = "No claim: fewer than two groups have enough people and errors for one.";
  }
  return grid;
}

}  // namespace

std::string groups_html(const AuditView& view) {
  if (view.columns.empty()) {
    return "";
  }
  const AuditPlace& reference = view.reference(0);
  const bool rings = view.enhancers.size() > 1 &&
                     std::any_of(view.enhancers.begin(), view.enhancers.end(), is_baseline);
  GridChooser chooser{"groups-rates", "forests lines", "", "."};
  if (rings) {
    chooser.after += " A ring marks the rate without enhancement, where there is one.";
  }
  chooser.selects = view.choosers(reference);
  std::vector<std::string> rates;
  for (const ErrorKind kind : view.kinds) {
    rates.push_back(std::string(error_name(kind).name) + ", " + error_name(kind).words);
  }
  chooser.selects.push_back({"Rate", rates, 0});
  for (const AuditPlace& placed : view.cells) {
    for (std::size_t k = 0; k < view.kinds.size(); ++k) {
      GridChoice choice{{placed.exposure, placed.model, placed.enhancer, k},
                        rates[k] + ": " + cell_name(*placed.cell),
                        {}};
      for (const std::string& by : view.columns) {
        choice.grids.push_back(rates_grid(view, placed, view.kinds[k], by));
      }
      chooser.choices.push_back(std::move(choice));
    }
  }
  return grid_chooser_html(chooser);
}

std::string differentials_html(const AuditView& view) {
  if (std::all_of(view.cells.begin(), view.cells.end(),
                  [](const AuditPlace& placed) { return placed.cell->differentials.empty(); })) {
    return "";
  }
  GridChooser chooser{"differentials-cell", "wide-blocks", "", "."};
  chooser.selects = view.choosers(view.reference(0));
  for (const AuditPlace& placed : view.cells) {
    GridChoice choice{
        {placed.exposure, placed.model, placed.enhancer}, cell_name(*placed.cell), {}};
    for (const std::string& by : view.columns) {
      choice.grids.push_back(differentials_grid(*placed.cell, by));
    }
    chooser.choices.push_back(std::move(choice));
  }
  return "<p>One number for how unequal the errors are, at one threshold for everyone: <a "
         "href=\"#def-worst-best\">worst to best</a>, <a href=\"#def-worst-mean\">worst to "
         "geometric mean</a>, <a href=\"#def-reference-group\">group to reference group</a>, <a "
         "href=\"#def-fdr\">fairness discrepancy rate</a>, <a href=\"#def-inequity\">inequity "
         "rate</a>, <a href=\"#def-garbe\">GARBE</a>. Figures of a worst group exceed 1 even where "
         "groups are equal, because the worst of noisy rates is picked: only the test says that "
         "they differ. Groups that are <a href=\"#def-few\">too small</a> are left out.</p>\n" +
         grid_chooser_html(chooser);
}

}  // namespace everyface
