#include "report/failures.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/csv.h"
#include "report/format.h"
#include "report/html.h"
#include "report/json.h"

namespace everyface {
namespace {

constexpr std::size_t kFailuresShown = 200;

std::string failure_table(const std::string& caption, const std::vector<Failure>& failures) {
  if (failures.empty()) {
    return "";
  }
  std::string table = fmt::format(
      "<table><caption>{}</caption><thead><tr><th scope=\"col\">Photo</th>"
      "<th scope=\"col\">Reason</th></tr></thead><tbody>\n",
      caption);
  const std::size_t shown = std::min(failures.size(), kFailuresShown);
  for (std::size_t i = 0; i < shown; ++i) {
    table +=
        fmt::format("<tr><th scope=\"row\"><bdi>{}</bdi></th><td class=\"wrap\">{}</td></tr>\n",
                    escape_html(failures[i].image), escape_html(failures[i].reason));
  }
  std::string out = scroll_region(caption, table + "</tbody></table>");
  if (shown < failures.size()) {
    out += fmt::format("<p class=\"muted\">{} more in tables/failures.csv.</p>\n",
                       count_text(failures.size() - shown));
  }
  return out;
}

}  // namespace

std::string failures_html(const std::vector<Failure>& failures,
                          const std::vector<Failure>& warnings) {
  return failure_table("Photos that could not be used", failures) +
         failure_table("Photos that were used, with a remark", warnings);
}

std::string failures_csv(const std::vector<Failure>& failures,
                         const std::vector<Failure>& warnings) {
  CsvTable table({"outcome", "image", "reason"});
  for (const Failure& failure : failures) {
    table.text("failed").text(failure.image).text(failure.reason).end_row();
  }
  for (const Failure& warning : warnings) {
    table.text("warning").text(warning.image).text(warning.reason).end_row();
  }
  return table.content();
}

nlohmann::ordered_json failures_json(const std::vector<Failure>& failures) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Failure& failure : failures) {
    out.push_back({{"image", json_text(failure.image)}, {"reason", json_text(failure.reason)}});
  }
  return out;
}

}  // namespace everyface
