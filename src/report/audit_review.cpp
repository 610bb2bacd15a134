#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/audit_view.h"
#include "report/format.h"

namespace everyface {
namespace {

constexpr std::size_t kPairsAtFirst = 12;

std::string person_html(const std::string& name, const std::string& groups) {
  return "<bdi>" + escape_html(name) + "</bdi>" +
         (groups.empty() ? "" : "<br /><span class=\"muted\">" + escape_html(groups) + "</span>");
}

/// One of a pair; without a picture a name.
std::string side_html(const std::string& name, const std::string& groups, const std::string* uri) {
  std::string out = "<div>";
  if (uri != nullptr) {
    out += fmt::format(
        "<img src=\"{}\" width=\"160\" height=\"160\" loading=\"lazy\" decoding=\"async\" "
        "alt=\"{}\" />",
        *uri, escape_html(name));
  }
  return out + "<p>" + person_html(name, groups) + "</p></div>";
}

std::string figure(const ReviewPair& pair, const std::string* first, const std::string* second) {
  return fmt::format(
      "<figure class=\"review\"><div class=\"two\">{}{}</div><figcaption>score {} <span "
      "class=\"muted\">{}</span></figcaption></figure>\n",
      side_html(pair.first, pair.first_groups, first),
      side_html(pair.second, pair.second_groups, second), decimal(pair.score, 4),
      escape_html(pair.embedder));
}

}  // namespace

std::string review_html(const AuditSummary& summary, const std::vector<std::string>& data_uris) {
  if (summary.review.empty()) {
    return "";
  }
  std::string out =
      "<p>The pairs that score highest although the labels say that they are two people, in the "
      "reference condition. Look at them before you trust any false match rate: labels err, and a "
      "person who is in the data twice under two names counts here as a false match. To leave a "
      "pair out, copy its line of tables/review.csv into a file, keep the header line, and run the "
      "audit again with <code>--exclude FILE</code>; it makes no new templates.";
  out += summary.exclusions.empty() ? "</p>\n"
                                    : " What that could change is in the <a "
                                      "href=\"#exclusions\">next table</a>.</p>\n";
  const bool pictures = !data_uris.empty();
  out += pictures ? "" : "<p class=\"muted\">Without pictures.</p>\n";
  out += "<div class=\"reviews\">\n";
  for (std::size_t i = 0; i < summary.review.size(); ++i) {
    if (i == kPairsAtFirst) {
      out += fmt::format("</div>\n<details><summary>{}</summary>\n<div class=\"reviews\">\n",
                         count_of(summary.review.size() - i, "more pair"));
    }
    const bool shown = 2 * i + 1 < data_uris.size();
    out += figure(summary.review[i], shown ? &data_uris[2 * i] : nullptr,
                  shown ? &data_uris[2 * i + 1] : nullptr);
  }
  out += summary.review.size() > kPairsAtFirst ? "</div>\n</details>\n" : "</div>\n";
  if (pictures && data_uris.size() / 2 < summary.review.size()) {
    out += fmt::format(
        "<p class=\"muted\">Pictures of {} left out to keep this page small; see the folder "
        "pictures.</p>\n",
        count_of(summary.review.size() - data_uris.size() / 2, "pair"));
  }
  return out;
}

std::string exclusions_html(const AuditSummary& summary) {
  if (summary.exclusions.empty()) {
    return "";
  }
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, std::size_t>> rows;
  std::map<std::pair<std::size_t, std::size_t>, const ExclusionEffect*> effects;
  for (const ExclusionEffect& effect : summary.exclusions) {
    const std::size_t row = place_of(rows, std::pair(effect.embedder, effect.excluded));
    effects[{row, place_of(columns, effect.by)}] = &effect;
  }
  std::string table =
      "<table class=\"stack\"><caption>Threshold at the operating FMR, and the ratio of the worst "
      "group's FMR to the best one's at it, had the highest-scoring non-mated pairs been left out"
      "</caption><thead><tr><th scope=\"col\">Embedder</th><th scope=\"col\" "
      "class=\"number\">Pairs "
      "left out</th><th scope=\"col\" class=\"number\">Threshold</th>";
  for (const std::string& column : columns) {
    table += column.empty() ? ""
                            : fmt::format(
                                  "<th scope=\"col\" class=\"number\">{} <small>worst "
                                  "to best</small></th>",
                                  escape_html(column));
  }
  table += "</tr></thead><tbody>\n";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    double threshold = NAN;
    std::string cells;
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const auto found = effects.find({row, column});
      const ExclusionEffect* effect = found == effects.end() ? nullptr : found->second;
      threshold = effect == nullptr ? threshold : effect->threshold;
      if (!columns[column].empty()) {
        cells += fmt::format(
            "<td class=\"number\" data-label=\"{}\">{}</td>", escape_html(columns[column]),
            ratio_text(effect == nullptr ? NAN : effect->worst_to_best.value_or(NAN)));
      }
    }
    table += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"number\" data-label=\"Pairs left out\">{}</td>"
        "<td class=\"number\" data-label=\"Threshold\">{}</td>{}</tr>\n",
        breakable_name(rows[row].first), count_text(rows[row].second), decimal(threshold, 4),
        cells);
  }
  return "<p>If the highest-scoring pairs were one person each, thresholds would be lower. How "
         "much "
         "hangs on them? <a href=\"#def-exclusion\">Definition</a></p>\n" +
         scroll_region("Table of exclusions", table + "</tbody></table>");
}

}  // namespace everyface
