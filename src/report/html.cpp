#include "report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "everyface/base/base64.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"
#include "page_assets.h"
#include "report/format.h"

namespace everyface {
namespace {

/// As a content security policy names an inline script or style.
std::string policy_hash(std::string_view content) {
  const std::string hex = sha256_hex(content);
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return "'sha256-" + base64(bytes) + "'";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : to_valid_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default: {
        const auto code = static_cast<unsigned char>(c);
        const bool control = (code < 0x20 && c != '\t' && c != '\n') || code == 0x7F;
        out += control ? "\xEF\xBF\xBD" : std::string(1, c);
      }
    }
  }
  return out;
}

std::string breakable_name(std::string_view name) {
  std::string out;
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("+,;("), rest.size() - 1) + 1;
    out += escape_html(rest.substr(0, end));
    rest.remove_prefix(end);
    out += rest.empty() ? "" : "<wbr />";
  }
  return out;
}

std::string json_block(const std::string& id, const nlohmann::ordered_json& data) {
  const std::string text =
      data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    // "<" stands only inside strings, where it may be written as an escape.
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe.push_back(c);
    }
  }
  return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id, safe);
}

void Page::add(std::string id, std::string section_title, std::string body, std::string link) {
  if (!body.empty()) {
    sections.push_back({std::move(id), std::move(section_title), std::move(body), std::move(link)});
  }
}

void FactList::add(const std::string& term, const std::string& value) {
  items_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", term, value);
}

void FactList::add_count(const std::string& noun, std::size_t count) {
  add(count == 1 ? noun : noun + "s", count_text(count));
}

std::string FactList::html() const { return "<dl class=\"facts\">" + items_ + "</dl>\n"; }

std::string definition_link(const std::string& id, const std::string& term) {
  return id.empty()
             ? ""
             : fmt::format(" <a class=\"def\" href=\"#{}\" aria-label=\"Definition of {}\">?</a>",
                           id, escape_html(term));
}

void define(std::string& out, const std::string& term, const std::string& meaning,
            const std::string& id) {
  out += fmt::format("<dt{}>{}</dt><dd>{}</dd>\n", id.empty() ? "" : fmt::format(" id=\"{}\"", id),
                     term, meaning);
}

std::string scroll_region(const std::string& label, const std::string& table) {
  return fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">{}</div>\n",
      escape_html(label), table);
}

std::string filter_bar(const std::string& target, const std::string& noun,
                       const std::vector<Filter>& filters) {
  if (std::none_of(filters.begin(), filters.end(),
                   [](const Filter& filter) { return filter.options.size() > 1; })) {
    return "";
  }
  std::string out = fmt::format("<div class=\"controls\" data-filter=\"{}\" data-noun=\"{}\">",
                                target, escape_html(noun));
  for (std::size_t place = 0; place < filters.size(); ++place) {
    const Filter& filter = filters[place];
    if (filter.options.size() < 2) {
      continue;
    }
    out += fmt::format("<label>{} <select data-place=\"{}\"><option value=\"\">all</option>",
                       escape_html(filter.label), place);
    for (std::size_t i = 0; i < filter.options.size(); ++i) {
      out += fmt::format("<option value=\"{}\"{}>{}</option>", i,
                         static_cast<int>(i) == filter.chosen ? " selected=\"selected\"" : "",
                         escape_html(filter.options[i]));
    }
    out += "</select></label> ";
  }
  return out + "<span class=\"count\" role=\"status\"></span></div>\n";
}

std::string html_page(const Page& page) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\" />\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src {}; "
      "style-src {}; img-src data:; base-uri 'none'; form-action 'none'\" />\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
      "<meta name=\"color-scheme\" content=\"light dark\" />\n"
      "<link rel=\"icon\" href=\"data:,\" />\n<title>{}</title>\n<style>{}</style>\n"
      "<script>{}</script>\n</head>\n<body>\n",
      policy_hash(kPageJs), policy_hash(kPageCss), escape_html(page.title), kPageCss, kPageJs);
  out += "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n";
  out +=
      fmt::format("<header class=\"top\">\n<p class=\"eyebrow\">{}</p>\n<h1>{}</h1>\n{}</header>\n",
                  escape_html(page.eyebrow), escape_html(page.headline), page.lead);
  out += "<nav class=\"contents\" aria-label=\"Sections\"><ul>";
  for (const Section& section : page.sections) {
    out += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id,
                       escape_html(section.link.empty() ? section.title : section.link));
  }
  out += "</ul></nav>\n<main id=\"main\">\n";
  for (const Section& section : page.sections) {
    out += fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 "
        "id=\"{0}-title\">{1}</h2>\n{2}</section>\n",
        section.id, escape_html(section.title), section.body);
  }
  out += fmt::format("</main>\n<footer><p>{}</p></footer>\n</body>\n</html>\n",
                     escape_html(page.footer));
  return out;
}

}  // namespace everyface
