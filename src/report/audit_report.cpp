#include "everyface/report/audit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/audit_json.h"
#include "report/audit_tables.h"
#include "report/audit_view.h"
#include "report/failures.h"
#include "report/format.h"
#include "report/report_files.h"

namespace everyface {
namespace {

std::string facts_html(const AuditView& view) {
  const AuditSummary& summary = *view.summary;
  FactList facts;
  facts.add("photos", count_text(summary.records));
  if (summary.failed > 0) {
    facts.add("not usable", count_text(summary.failed));
  }
  if (summary.has_subjects) {
    facts.add(summary.identities == 1 ? "person" : "people", count_text(summary.identities));
  }
  facts.add_count("embedder", view.models.size());
  facts.add_count("enhancement", view.enhancers.size());
  facts.add_count("exposure", view.exposures.size());
  double lowest = INFINITY;
  double highest = -INFINITY;
  for (const AuditPlace& placed : view.cells) {
    const double rate = placed.cell->failed_to_acquire.value().value_or(NAN);
    lowest = std::fmin(lowest, rate);
    highest = std::fmax(highest, rate);
  }
  if (lowest <= highest) {
    facts.add("failed to acquire, by condition",
              lowest == highest ? rate_text(lowest) : rate_range(lowest, highest));
  }
  return facts.html();
}

std::string audit_page(const AuditSummary& summary, const std::vector<std::string>& data_uris) {
  const AuditView view = view_of(summary);
  Page page;
  page.title = "Everyface audit: " + summary.dataset_kind;
  page.eyebrow = "Everyface audit · " + summary.dataset_kind;
  page.headline = summary.finding;
  page.lead = facts_html(view);
  page.add("answer", "Does enhancement lower false positives, and for whom?", answer_html(view),
           "The answer");
  page.add("results", "Results", cells_html(view));
  page.add("exposure", "In the dark", exposure_charts_html(view));
  page.add("matrix-section", "Who is taken for whom?", matrix_html(view));
  page.add("groups", "Errors by group", groups_html(view));
  page.add("differentials", "How unequal?", differentials_html(view));
  page.add("curves", "DET curves", curves_html(view));
  page.add("search", "Larger galleries", search_html(view));
  page.add("review", "Highest-scoring false matches", review_html(summary, data_uris));
  page.add("exclusions", "If they were one person", exclusions_html(summary));
  page.add("failures", "Problem photos", failures_html(summary.failures, summary.warnings));
  page.add("reproduce", "Reproduce it", reproduce_html(summary));
  page.add("definitions", "Definitions", definitions_html(view));
  page.footer = "Made by everyface " + summary.version + ".";
  return html_page(page);
}

}  // namespace

Result<void> write_audit_report(const AuditSummary& summary,
                                const std::filesystem::path& run_folder,
                                const AuditReportOptions& options) {
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> pictures;
  for (const ReviewPair& pair : summary.review) {
    if (options.no_faces || pair.first_file.empty() || pair.second_file.empty()) {
      break;
    }
    pictures.emplace_back(run_folder / pair.first_file, run_folder / pair.second_file);
  }
  const Result<std::vector<std::string>> uris = picture_uris(pictures);
  if (!uris) {
    return uris.error();
  }
  return write_report_files(
      {audit_tables(summary, options), audit_json(summary, options), audit_page(summary, *uris)},
      run_folder);
}

}  // namespace everyface
