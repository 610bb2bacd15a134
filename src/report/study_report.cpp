#include "everyface/report/study_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/failures.h"
#include "report/format.h"
#include "report/html.h"
#include "report/report_files.h"
#include "report/study_json.h"
#include "report/study_tables.h"
#include "report/study_view.h"

namespace everyface {
namespace {

std::string facts_html(const StudyView& view) {
  const StudySummary& summary = *view.summary;
  std::size_t faces = 0;
  for (const StudyCell& placed : view.cells) {
    faces = std::max(faces, placed.cell->faces);
  }
  FactList facts;
  facts.add("photos", count_text(summary.records));
  if (summary.failed > 0) {
    facts.add("not usable", count_text(summary.failed));
  }
  if (summary.has_labels) {
    facts.add("labelled faces", count_text(faces));
  }
  facts.add_count("detector", view.models.size());
  facts.add_count("enhancement", view.enhancers.size());
  facts.add_count("exposure", view.exposures.size());
  return facts.html();
}

std::string study_page(const StudySummary& summary, const std::vector<std::string>& data_uris) {
  const StudyView view = view_of(summary);
  Page page;
  page.title = "Everyface study: " + summary.dataset_kind;
  page.eyebrow = "Everyface study · " + summary.dataset_kind;
  page.headline = summary.finding;
  page.lead = facts_html(view);
  page.add("photos", "Before and after", pictures_html(summary, data_uris));
  page.add("results", "Results", cells_html(view));
  page.add("exposure", "In the dark", exposure_charts_html(view));
  page.add("curves", "Precision and recall", curves_html(view));
  page.add("groups", "Is it shared by everyone?", groups_html(view));
  page.add("comparisons", "Face by face", comparisons_html(view));
  page.add("failures", "Problem photos", failures_html(summary.failures, summary.warnings));
  page.add("reproduce", "Reproduce it", reproduce_html(summary));
  page.add("definitions", "Definitions", definitions_html(view));
  page.footer = "Made by everyface " + summary.version + ".";
  return html_page(page);
}

}  // namespace

Result<void> write_report(const StudySummary& summary, const std::filesystem::path& run_folder) {
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> pictures;
  for (const Example& example : summary.examples) {
    pictures.emplace_back(run_folder / example.before_file, run_folder / example.after_file);
  }
  const Result<std::vector<std::string>> uris = picture_uris(pictures);
  if (!uris) {
    return uris.error();
  }
  return write_report_files(
      {study_tables(summary), study_json(summary), study_page(summary, *uris)}, run_folder);
}

}  // namespace everyface
