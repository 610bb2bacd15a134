#include "web/pages/declaration_view.h"

#include <algorithm>

#include "everyface/base/text.h"
#include "web/pages/support.h"

namespace everyface::web {

std::string label_of(const Request& request, const std::vector<Choice>& choices,
                     std::string_view code) {
  const auto found = std::find_if(choices.begin(), choices.end(),
                                  [code](const Choice& choice) { return choice.code == code; });
  return found == choices.end() ? std::string(code) : found->label(request.language);
}

std::vector<std::pair<std::string, std::string>> declaration_facts(
    const Request& request, const DeclarationChoices& choices, const Declaration& declaration) {
  const std::string undisclosed = words(request, "declare.undisclosed");
  std::vector<std::string> groups;
  for (const std::string& code : declaration.groups) {
    groups.push_back(label_of(request, choices.groups, code));
  }
  std::string country = undisclosed;
  for (const Country& one : countries(request.language)) {
    if (one.code == declaration.country) {
      country = one.name;
    }
  }
  return {{words(request, "fact.groups"), join(groups, ", ")},
          {words(request, "fact.gender"), label_of(request, choices.genders, declaration.gender)},
          {words(request, "fact.age"), label_of(request, choices.age_bands, declaration.age_band)},
          {words(request, "fact.tone"),
           declaration.monk_tone ? std::to_string(*declaration.monk_tone) : undisclosed},
          {words(request, "fact.country"), country},
          {words(request, "fact.free_text"),
           declaration.free_text.empty() ? "–" : declaration.free_text}};
}

}  // namespace everyface::web
