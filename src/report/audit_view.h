// An audit as the page's parts need it: its axes, its rates, and which of them to show first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "everyface/study/audit_summary.h"
#include "report/cell_axes.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/interval_mark.h"

namespace everyface {

/// The rates of errors that a page speaks of, at the operating points.
enum class ErrorKind { kFmr, kFnmr, kFpir, kFnir, kFailedToAcquire };

inline constexpr ErrorKind kErrorKinds[] = {ErrorKind::kFmr, ErrorKind::kFnmr, ErrorKind::kFpir,
                                            ErrorKind::kFnir, ErrorKind::kFailedToAcquire};

struct ErrorName {
  const char* name;        ///< "FMR", as in AuditComparison::rate
  const char* words;       ///< "false match rate"
  const char* trials;      ///< what it is a share of: "non-mated pairs"
  const char* definition;  ///< its id on the page
};

const ErrorName& error_name(ErrorKind kind);

/// False matches and false positives: tiny shares, drawn on log axes.
bool is_false_positive(ErrorKind kind);

/// Of a cell at the operating point; null where it has none.
const ErrorRate* rate_of(const AuditSummary& summary, const AuditCell& cell, ErrorKind kind);
const ErrorRate& rate_of(const GroupErrors& group, ErrorKind kind);

/// "0.12%"; without events the upper bound, "< 0.030%"; a dash without trials.
std::string rate_words(const ErrorRate& rate);
/// "0.10–0.15%"; "no interval" without one; empty without trials.
std::string interval_words(const ErrorRate& rate);
/// "12 of 12,345".
std::string count_words(const ErrorRate& rate);
/// Value and interval in HTML.
std::string rate_html(const ErrorRate& rate);
/// The values that an axis must hold.
void add_values(const ErrorRate& rate, std::vector<double>& values);
/// The rate in a table cell's width; without events its interval alone.
IntervalMark place_rate(const Span& span, const ErrorRate& rate,
                        std::optional<double> before = std::nullopt);
/// Over all values of a rate: decades for false positives, tenths for the rest.
Span rate_span(ErrorKind kind, const std::vector<double>& values);
/// For AxisFormat::kRate axes: rates below are drawn there.
inline constexpr double kLowestDrawn = 1e-6;

/// The models are the embedders.
struct AuditView : CellAxes<AuditCell> {
  const AuditSummary* summary = nullptr;
  std::vector<std::string> columns;  ///< of groups
  std::vector<ErrorKind> kinds;      ///< those that have trials somewhere
  std::vector<bool> lead_enhancers;  ///< shown at first where all would be too many

  [[nodiscard]] bool has(ErrorKind kind) const;
  /// The cell that fixes an embedder's thresholds, or its first one.
  [[nodiscard]] const PlacedCell<AuditCell>& reference(std::size_t embedder) const;
  /// Exposure, embedder, enhancement, in this order; -1: all.
  [[nodiscard]] std::vector<Filter> filters(int exposure, int embedder, int enhancer) const;
  /// The same three, to choose one cell; that one at first.
  [[nodiscard]] std::vector<Filter> choosers(const PlacedCell<AuditCell>& chosen) const;
  /// The enhancements, for the charts below an element; nothing for one.
  [[nodiscard]] std::string legend_of(const std::string& target) const;
};

using AuditPlace = PlacedCell<AuditCell>;

/// The view holds pointers into the summary.
AuditView view_of(const AuditSummary& summary);

/// "sface, gain, −4 EV".
std::string cell_name(const AuditCell& cell);

/// More rows or charts than this and a section starts with those of one embedder.
inline constexpr std::size_t kRowsAtFirst = 40;
inline constexpr std::size_t kChartsAtFirst = 6;

/// The parts of the page, in HTML; empty where the audit has nothing for them.
std::string answer_html(const AuditView& view);
std::string cells_html(const AuditView& view);
std::string curves_html(const AuditView& view);
std::string exposure_charts_html(const AuditView& view);
std::string matrix_html(const AuditView& view);
std::string groups_html(const AuditView& view);
std::string differentials_html(const AuditView& view);
std::string search_html(const AuditView& view);
std::string review_html(const AuditSummary& summary, const std::vector<std::string>& data_uris);
std::string exclusions_html(const AuditSummary& summary);
std::string reproduce_html(const AuditSummary& summary);
std::string definitions_html(const AuditView& view);

}  // namespace everyface
