// The lists that a declaration chooses from.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "commons/texts.h"
#include "commons/utf8.h"
#include "everyface/commons/declaration.h"

namespace everyface {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxChoices = 200;
constexpr std::size_t kMaxCode = 40;
constexpr std::size_t kMaxLabel = 120;

Error problem(std::string_view field, std::string_view what) {
  return Error{fmt::format("choices, {}: {}", field, what)};
}

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCode &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<Choice> read_choice(const Json& json, const std::string& field) {
  if (!json.is_object() || json.size() != 2 || !json.contains("code") || !json.contains("labels")) {
    return problem(field, "not an object with \"code\" and \"labels\"");
  }
  const Json& code = json["code"];
  if (!code.is_string() || !is_code(code.get_ref<const std::string&>())) {
    return problem(field + ".code",
                   "not a code of lower-case letters, digits and \"-\", such as \"south-asian\"");
  }
  Choice choice{code, {}};
  const Json& labels = json["labels"];
  if (!labels.is_object() || !labels.contains("en")) {
    return problem(field + ".labels", "not an object with at least \"en\"");
  }
  for (const auto& [language, label] : labels.items()) {
    const auto characters = label.is_string()
                                ? printable_characters(label.get_ref<const std::string&>())
                                : std::nullopt;
    if (characters.value_or(0) < 1 || *characters > kMaxLabel) {
      return problem(field + ".labels." + language,
                     fmt::format("not a text of 1 to {} characters", kMaxLabel));
    }
    choice.labels.emplace_back(language, label);
  }
  return choice;
}

Result<std::vector<Choice>> read_list(const Json& json, const std::string& name) {
  if (!json.is_array() || json.size() > kMaxChoices) {
    return problem(name, fmt::format("not a list of at most {} choices", kMaxChoices));
  }
  std::vector<Choice> choices;
  std::set<std::string> codes;
  for (const Json& item : json) {
    auto choice = read_choice(item, fmt::format("{}[{}]", name, choices.size()));
    if (!choice) {
      return choice.error();
    }
    if (!codes.insert(choice->code).second) {
      return problem(name, "the code \"" + choice->code + "\" is there twice");
    }
    choices.push_back(std::move(*choice));
  }
  if (!codes.contains(std::string(kUndisclosed))) {
    choices.push_back(DeclarationChoices::standard().genders.back());
  }
  return choices;
}

Result<void> read_lists(const Json& json, DeclarationChoices& choices) {
  for (const auto& [name, list] : json.items()) {
    std::vector<Choice>* const target = name == "groups"      ? &choices.groups
                                        : name == "genders"   ? &choices.genders
                                        : name == "age_bands" ? &choices.age_bands
                                                              : nullptr;
    if (target == nullptr) {
      return problem(name, "unknown; there are groups, genders and age_bands");
    }
    auto read = read_list(list, name);
    if (!read) {
      return read.error();
    }
    *target = std::move(*read);
  }
  return {};
}

DeclarationChoices read_standard() {
  DeclarationChoices choices;
  if (auto read = read_lists(Json::parse(program_text("choices.json")), choices); !read) {
    throw std::logic_error(read.error().message);
  }
  return choices;
}

}  // namespace

const std::string& Choice::label(std::string_view language) const {
  const auto in = [this](std::string_view wanted) {
    return std::find_if(labels.begin(), labels.end(),
                        [wanted](const auto& label) { return label.first == wanted; });
  };
  const auto found = in(language);
  return found != labels.end() ? found->second : in("en")->second;
}

const DeclarationChoices& DeclarationChoices::standard() {
  static const DeclarationChoices choices = read_standard();
  return choices;
}

Result<DeclarationChoices> DeclarationChoices::parse(std::string_view json) {
  const Json parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object()) {
    return Error{"choices: not a JSON object with groups, genders or age_bands"};
  }
  DeclarationChoices choices = standard();
  if (auto read = read_lists(parsed, choices); !read) {
    return read.error();
  }
  return choices;
}

}  // namespace everyface
