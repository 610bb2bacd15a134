// datasheet.md: the words of texts/release/datasheet.md with what is particular to a release.
#include <map>
#include <stdexcept>

#include "commons/release_content.h"
#include "commons/texts.h"

namespace everyface {
namespace {

/// Puts values in the place of {names}. Values are taken as they are, braces and all.
std::string fill(std::string_view text,
                 const std::map<std::string, std::string, std::less<>>& values) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    filled += text.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const std::size_t close = text.find('}', open);
    const auto value = values.find(text.substr(open + 1, close - open - 1));
    if (close == std::string_view::npos || value == values.end()) {
      throw std::logic_error("datasheet.md: a name in braces that has no value");
    }
    filled += value->second;
    text.remove_prefix(close + 1);
  }
  return filled;
}

}  // namespace

std::string datasheet(const ReleaseSettings& settings, const ReleaseContent& content) {
  return fill(program_text("release/datasheet.md"),
              {{"title", settings.title},
               {"version", content.version.text()},
               {"date", content.date},
               {"photos", std::to_string(content.photos.size())},
               {"people", std::to_string(content.people.size())},
               {"publisher", settings.publisher},
               {"site", settings.site_url},
               {"least", std::to_string(settings.smallest_count)},
               {"notes", content.notes.empty() ? "No notes for this release." : content.notes}});
}

}  // namespace everyface
