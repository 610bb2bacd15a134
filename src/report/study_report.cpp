#include "everyface/report/study_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "everyface/base/base64.h"
#include "everyface/base/file.h"
#include "report/format.h"
#include "report/html.h"
#include "report/study_json.h"
#include "report/study_tables.h"
#include "report/study_view.h"

namespace everyface {
namespace {

constexpr std::size_t kPictureBytes = std::size_t{24} << 20U;

/// Before and after of each example, until the page is large enough.
Result<std::vector<std::string>> picture_uris(const StudySummary& summary,
                                              const std::filesystem::path& run_folder) {
  std::vector<std::string> uris;
  std::size_t bytes = 0;
  for (const Example& example : summary.examples) {
    Result<std::string> before = read_file(run_folder / example.before_file);
    if (!before) {
      return before.error();
    }
    Result<std::string> after = read_file(run_folder / example.after_file);
    if (!after) {
      return after.error();
    }
    bytes += before->size() + after->size();
    if (bytes > kPictureBytes) {
      break;
    }
    uris.push_back("data:image/jpeg;base64," + base64(*before));
    uris.push_back("data:image/jpeg;base64," + base64(*after));
  }
  return uris;
}

std::string facts(const StudyView& view) {
  const StudySummary& summary = *view.summary;
  std::size_t faces = 0;
  for (const PlacedCell& placed : view.cells) {
    faces = std::max(faces, placed.cell->faces);
  }
  std::string out = "<dl class=\"facts\">";
  const auto fact = [&](const std::string& term, const std::string& value) {
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", term, value);
  };
  fact("photos", count_text(summary.records));
  if (summary.failed > 0) {
    fact("not usable", count_text(summary.failed));
  }
  if (summary.has_labels) {
    fact("labelled faces", count_text(faces));
  }
  const auto some = [&](const char* one, const char* more, std::size_t count) {
    fact(count == 1 ? one : more, count_text(count));
  };
  some("detector", "detectors", view.detectors.size());
  some("enhancement", "enhancements", view.enhancers.size());
  some("exposure", "exposures", view.exposures.size());
  return out + "</dl>\n";
}

std::string study_page(const StudySummary& summary, const std::vector<std::string>& data_uris) {
  const StudyView view = view_of(summary);
  Page page;
  page.title = "Everyface study: " + summary.dataset_kind;
  page.eyebrow = "Everyface study · " + summary.dataset_kind;
  page.headline = summary.finding;
  page.lead = facts(view);
  const auto add = [&](const char* id, const char* title, std::string body) {
    if (!body.empty()) {
      page.sections.push_back({id, title, std::move(body)});
    }
  };
  add("photos", "Before and after", pictures_html(summary, data_uris));
  add("results", "Results", cells_html(view));
  add("exposure", "In the dark", exposure_charts_html(view));
  add("curves", "Precision and recall", curves_html(view));
  add("groups", "Is it shared by everyone?", groups_html(view));
  add("comparisons", "Face by face", comparisons_html(view));
  add("failures", "Problem photos", failures_html(summary));
  add("reproduce", "Reproduce it", reproduce_html(summary));
  add("definitions", "Definitions", definitions_html(view));
  page.footer = "Made by everyface " + summary.version + ".";
  return html_page(page);
}

}  // namespace

Result<void> write_report(const StudySummary& summary, const std::filesystem::path& run_folder) {
  const Result<std::vector<std::string>> uris = picture_uris(summary, run_folder);
  if (!uris) {
    return uris.error();
  }
  for (const NamedTable& table : study_tables(summary)) {
    if (auto written = write_file_atomic(run_folder / "tables" / table.name, table.content);
        !written) {
      return written;
    }
  }
  if (auto written = write_file_atomic(run_folder / "report.json", study_json(summary)); !written) {
    return written;
  }
  return write_file_atomic(run_folder / "report.html", study_page(summary, *uris));
}

}  // namespace everyface
