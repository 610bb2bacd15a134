// Reads our own pages strictly: what a browser would silently repair is a failure here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace everyface::testing {

/// What is wrong with the document's tags, or empty. Every element but the void ones must be closed
/// in order, attributes be quoted, ids be unique, and text hold no bare < or >. What stands inside
/// script and style is skipped.
inline std::string markup_problem(std::string_view page) {
  std::vector<std::string> open;
  std::vector<std::string> ids;
  std::size_t at = 0;
  while (at < page.size()) {
    const std::size_t begin = page.find_first_of("<>", at);
    if (begin == std::string_view::npos) {
      break;
    }
    if (page[begin] == '>') {
      return "a bare > in: " + std::string(page.substr(begin > 40 ? begin - 40 : 0, 80));
    }
    // The tag's end, outside of quotes.
    std::size_t end = begin + 1;
    for (bool quoted = false; end < page.size() && (quoted || page[end] != '>'); ++end) {
      quoted = page[end] == '"' ? !quoted : quoted;
    }
    if (end >= page.size()) {
      return "a tag without end";
    }
    std::string_view tag = page.substr(begin + 1, end - begin - 1);
    at = end + 1;
    if (tag.starts_with("!DOCTYPE")) {
      continue;
    }
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) {
        return "</" + std::string(tag.substr(1)) + "> closes <" +
               (open.empty() ? "nothing" : open.back()) + ">";
      }
      open.pop_back();
      continue;
    }
    const std::string name(tag.substr(0, tag.find_first_of(" /\n")));
    if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz123456") < name.size()) {
      return "not a tag: <" + std::string(tag.substr(0, 60));
    }
    if (tag.find('<') < tag.size()) {
      return "a bare < in the tag " + name;
    }
    if (const std::size_t id = tag.find(" id=\""); id < tag.size()) {
      const std::string_view rest = tag.substr(id + 5);
      const std::string value(rest.substr(0, rest.find('"')));
      for (const std::string& other : ids) {
        if (other == value) {
          return "two elements with the id " + value;
        }
      }
      ids.push_back(value);
    }
    if (!tag.ends_with("/")) {
      open.push_back(name);
      if (name == "script" || name == "style") {
        at = page.find("</" + name + ">", at);
        if (at == std::string_view::npos) {
          return name + " without end";
        }
      }
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace everyface::testing
