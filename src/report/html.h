// What every page of a report is made of: escaping, data inside the page, the shell around it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace everyface {

/// Text for an element or a quoted attribute: & < > " ' escaped, bytes that are not UTF-8 and
/// control characters other than tab and line feed replaced by U+FFFD.
std::string escape_html(std::string_view text);

/// Escaped, with places where a long name of methods, "nlm+gain(percentile=50)", may be broken.
std::string breakable_name(std::string_view name);

/// A data block that scripts find by its id; nothing in it can end the block.
std::string json_block(const std::string& id, const nlohmann::ordered_json& data);

/// A navigation target: <section id> with its heading.
struct Section {
  std::string id;
  std::string title;
  std::string body;       ///< HTML
  std::string link = {};  ///< in the list of sections; empty: the title
};

struct Page {
  std::string title;    ///< of the window
  std::string eyebrow;  ///< small line above the headline
  std::string headline;
  std::string lead;  ///< HTML below the headline
  std::vector<Section> sections;
  std::string footer;  ///< plain text

  /// Appends a section; nothing where its body is empty.
  void add(std::string id, std::string section_title, std::string body, std::string link = "");
};

/// The whole document, with src/report/page.css and page.js inside it and a content security policy
/// that allows these two and pictures in data: URIs, and nothing from anywhere else.
std::string html_page(const Page& page);

/// Key numbers below the headline.
class FactList {
 public:
  /// `value` is HTML.
  void add(const std::string& term, const std::string& value);
  /// "1 detector", "3 detectors".
  void add_count(const std::string& noun, std::size_t count);
  [[nodiscard]] std::string html() const;

 private:
  std::string items_;
};

/// A question mark that leads to a definition: `term` is what it defines. Empty without an id.
std::string definition_link(const std::string& id, const std::string& term);

/// Appends an entry of a list of terms: `term` and `meaning` are HTML. With an id, links lead
/// there.
void define(std::string& out, const std::string& term, const std::string& meaning,
            const std::string& id = "");

/// A scrollable region around a table, so that wide tables scroll on their own and by keyboard.
std::string scroll_region(const std::string& label, const std::string& table);

/// One choice of a filter: the elements below `target` with data-f="0 2 …" are shown where the
/// number at the place of each select is chosen.
struct Filter {
  std::string label;
  std::vector<std::string> options;  ///< option i stands for the number i
  int chosen = -1;                   ///< -1: all
};

/// Selects for the element with the id `target`; nothing where no filter has two options. Hidden
/// without scripts, when everything is shown.
std::string filter_bar(const std::string& target, const std::string& noun,
                       const std::vector<Filter>& filters);

}  // namespace everyface
