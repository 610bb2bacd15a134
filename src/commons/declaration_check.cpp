#include <fmt/format.h>

#include <algorithm>

#include "commons/utf8.h"
#include "everyface/base/text.h"
#include "everyface/commons/declaration.h"

namespace everyface {
namespace {

bool is_choice(const std::vector<Choice>& choices, std::string_view code) {
  return std::any_of(choices.begin(), choices.end(),
                     [code](const Choice& choice) { return choice.code == code; });
}

/// In the list's order, each once; none where a code is not in the list.
std::optional<std::vector<std::string>> in_order(const std::vector<Choice>& choices,
                                                 const std::vector<std::string>& codes) {
  if (!std::all_of(codes.begin(), codes.end(),
                   [&](const std::string& code) { return is_choice(choices, code); })) {
    return std::nullopt;
  }
  std::vector<std::string> ordered;
  for (const Choice& choice : choices) {
    if (std::find(codes.begin(), codes.end(), choice.code) != codes.end()) {
      ordered.push_back(choice.code);
    }
  }
  return ordered;
}

bool is_country(std::string_view code) {
  static const std::vector<Country> all = countries("en");
  return std::any_of(all.begin(), all.end(),
                     [code](const Country& country) { return country.code == code; });
}

}  // namespace

Result<Declaration> check_declaration(const DeclarationChoices& choices, Declaration declaration) {
  auto groups = in_order(choices.groups, declaration.groups);
  if (!groups || groups->empty()) {
    return Error{"groups: choose at least one of the list, or prefer not to say",
                 "declaration_groups"};
  }
  if (groups->size() > 1 &&
      std::find(groups->begin(), groups->end(), kUndisclosed) != groups->end()) {
    return Error{"groups: either choose groups or prefer not to say", "declaration_groups"};
  }
  declaration.groups = std::move(*groups);
  if (!is_choice(choices.genders, declaration.gender)) {
    return Error{"gender: choose one of the list, or prefer not to say", "declaration_gender"};
  }
  if (!is_choice(choices.age_bands, declaration.age_band)) {
    return Error{"age: choose one of the list, or prefer not to say", "declaration_age"};
  }
  if (!declaration.country.empty() && !is_country(declaration.country)) {
    return Error{"country: not a code of two letters of ISO 3166, such as KE",
                 "declaration_country"};
  }
  constexpr auto kTones = static_cast<int>(kMonkSwatches.size());
  if (declaration.monk_tone && (*declaration.monk_tone < 1 || *declaration.monk_tone > kTones)) {
    return Error{fmt::format("skin tone: choose one of 1 to {}, or none", kTones),
                 "declaration_tone"};
  }
  declaration.free_text = std::string(trim(declaration.free_text));
  const auto characters = printable_characters(declaration.free_text);
  if (!characters || *characters > kMaxFreeTextCharacters) {
    return Error{
        fmt::format("own words: at most {} characters on one line", kMaxFreeTextCharacters),
        "declaration_text"};
  }
  return declaration;
}

}  // namespace everyface
