#include "report/audit_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.h"

namespace everyface {
namespace {

constexpr std::size_t kEnhancersAtFirst = 6;

constexpr ErrorName kNames[] = {
    {"FMR", "false match rate", "non-mated pairs", "def-fmr"},
    {"FNMR", "false non-match rate", "mated pairs", "def-fnmr"},
    {"FPIR", "false positive identification rate", "non-mated searches", "def-fpir"},
    {"FNIR", "false negative identification rate", "mated searches", "def-fnir"},
    {"FTA", "failure to acquire", "photos", "def-fta"}};

/// The first whose target is the operating one.
template <typename Point>
const Point* point_at(const std::vector<Point>& points, double Point::*target, double operating) {
  const auto found = std::find_if(points.begin(), points.end(), [&](const Point& point) {
    return std::fabs(point.*target - operating) <= 1e-9 * operating;
  });
  return found == points.end() ? nullptr : &*found;
}

}  // namespace

const ErrorName& error_name(ErrorKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

bool is_false_positive(ErrorKind kind) {
  return kind == ErrorKind::kFmr || kind == ErrorKind::kFpir;
}

const ErrorRate* rate_of(const AuditSummary& summary, const AuditCell& cell, ErrorKind kind) {
  if (kind == ErrorKind::kFailedToAcquire) {
    return &cell.failed_to_acquire;
  }
  if (kind == ErrorKind::kFmr || kind == ErrorKind::kFnmr) {
    const VerificationPoint* point =
        point_at(cell.verification.points, &VerificationPoint::target_fmr, summary.operating_fmr);
    return point == nullptr ? nullptr : kind == ErrorKind::kFmr ? &point->fmr : &point->fnmr;
  }
  if (!cell.identification) {
    return nullptr;
  }
  const IdentificationPoint* point = point_at(
      cell.identification->points, &IdentificationPoint::target_fpir, summary.operating_fpir);
  return point == nullptr ? nullptr : kind == ErrorKind::kFpir ? &point->fpir : &point->fnir;
}

const ErrorRate& rate_of(const GroupErrors& group, ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kFmr:
      return group.fmr;
    case ErrorKind::kFnmr:
      return group.fnmr;
    case ErrorKind::kFpir:
      return group.fpir;
    case ErrorKind::kFnir:
      return group.fnir;
    case ErrorKind::kFailedToAcquire:
      break;
  }
  return group.failed_to_acquire;
}

std::string rate_words(const ErrorRate& rate) {
  if (rate.count.trials > 0 && rate.count.events == 0 && rate.interval) {
    return "< " + rate_text(rate.interval->high);
  }
  return rate_text(rate.value().value_or(NAN));
}

std::string interval_words(const ErrorRate& rate) {
  if (rate.count.trials == 0) {
    return "";
  }
  return rate.interval ? rate_range(rate.interval->low, rate.interval->high) : "no interval";
}

std::string count_words(const ErrorRate& rate) {
  return count_text(rate.count.events) + " of " + count_text(rate.count.trials);
}

std::string rate_html(const ErrorRate& rate) {
  return escape_html(rate_words(rate)) + " <small>" + interval_words(rate) + "</small>";
}

void add_values(const ErrorRate& rate, std::vector<double>& values) {
  values.push_back(rate.value().value_or(NAN));
  if (rate.interval) {
    values.insert(values.end(), {rate.interval->low, rate.interval->high});
  }
}

IntervalMark place_rate(const Span& span, const ErrorRate& rate, std::optional<double> before) {
  const Interval interval = rate.interval.value_or(Interval{NAN, NAN});
  IntervalMark mark =
      place_interval(span, rate.value().value_or(NAN), interval.low, interval.high, before);
  if (rate.count.events == 0 && span.log) {
    mark.value.reset();  // 0 has no place on a log axis
  }
  return mark;
}

Span rate_span(ErrorKind kind, const std::vector<double>& values) {
  return is_false_positive(kind) ? log_span(values, kLowestDrawn, AxisFormat::kRate)
                                 : nice_span(values, 0.1);
}

bool AuditView::has(ErrorKind kind) const {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

const AuditPlace& AuditView::reference(std::size_t embedder) const {
  const auto find = [&](bool reference) {
    return std::find_if(cells.begin(), cells.end(), [&](const AuditPlace& placed) {
      return placed.model == embedder && (placed.cell->reference || !reference);
    });
  };
  const auto found = find(true);
  return found == cells.end() ? *find(false) : *found;
}

std::vector<Filter> AuditView::filters(int exposure, int embedder, int enhancer) const {
  return {{"Exposure", exposure_texts(), exposure},
          {"Embedder", models, embedder},
          {"Enhancement", enhancers, enhancer}};
}

std::vector<Filter> AuditView::choosers(const AuditPlace& chosen) const {
  return filters(static_cast<int>(chosen.exposure), static_cast<int>(chosen.model),
                 static_cast<int>(chosen.enhancer));
}

std::string AuditView::legend_of(const std::string& target) const {
  if (enhancers.size() < 2) {
    return "";
  }
  std::vector<LegendEntry> entries;
  for (std::size_t i = 0; i < enhancers.size(); ++i) {
    entries.push_back({enhancers[i], is_baseline(enhancers[i]), lead_enhancers[i]});
  }
  return legend(target, entries);
}

AuditView view_of(const AuditSummary& summary) {
  AuditView view{{summary.cells, &AuditCell::embedder}, &summary, {}, {}, {}};
  for (const AuditCell& cell : summary.cells) {
    for (const GroupErrors& group : cell.groups) {
      place_of(view.columns, group.by);
    }
  }
  for (const ErrorKind kind : kErrorKinds) {
    if (std::any_of(summary.cells.begin(), summary.cells.end(), [&](const AuditCell& cell) {
          const ErrorRate* rate = rate_of(summary, cell, kind);
          return rate != nullptr && rate->count.trials > 0;
        })) {
      view.kinds.push_back(kind);
    }
  }
  // What all are compared with, and the first few of the rest.
  std::size_t room = kEnhancersAtFirst;
  for (const std::string& enhancer : view.enhancers) {
    room -= is_baseline(enhancer) ? 1U : 0U;
  }
  for (const std::string& enhancer : view.enhancers) {
    const bool shown = is_baseline(enhancer) || room > 0;
    room -= shown && !is_baseline(enhancer) ? 1U : 0U;
    view.lead_enhancers.push_back(shown);
  }
  return view;
}

std::string cell_name(const AuditCell& cell) {
  return cell.embedder + ", " + cell.enhance + ", " + ev_text(cell.exposure_ev);
}

}  // namespace everyface
