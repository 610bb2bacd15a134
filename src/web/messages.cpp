#include "everyface/web/messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "everyface/base/text.h"
#include "everyface/web/assets.h"
#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

using nlohmann::json;

constexpr std::size_t kDepth = 8;

/// Adds the texts of `object` under their keys. Returns the key of what is no text, else none.
std::optional<std::string> flatten(const json& object, const std::string& prefix,
                                   std::map<std::string, std::string, std::less<>>& texts) {
  for (const auto& [name, value] : object.items()) {
    const std::string key = prefix + name;
    if (value.is_object()) {
      if (auto wrong = flatten(value, key + '.', texts)) {
        return wrong;
      }
    } else if (value.is_string() && !value.get_ref<const std::string&>().empty()) {
      texts[key] = value.get<std::string>();
    } else {
      return key;
    }
  }
  return std::nullopt;
}

/// CLDR's plural category for whole numbers. Languages that are not listed count as English does.
std::string_view plural_category(std::string_view language, double count) {
  static const std::set<std::string_view> kOneForm = {"zh", "ja", "ko", "vi", "th", "id",
                                                      "ms", "lo", "my", "ig", "yo", "wo"};
  static const std::set<std::string_view> kZeroIsOne = {"fr", "hi", "bn", "am", "zu",
                                                        "fa", "gu", "kn", "pt", "hy"};
  const std::string_view primary = language.substr(0, language.find('-'));
  if (kOneForm.contains(primary)) {
    return "other";
  }
  if (kZeroIsOne.contains(primary) && count == 0) {
    return "one";
  }
  return count == 1 ? "one" : "other";
}

/// What separates thousands (CLDR, for the languages where it is not a comma).
std::string_view thousands_separator(std::string_view language) {
  static const std::map<std::string_view, std::string_view> kSeparators = {
      {"de", "."},      {"es", "."},      {"it", "."},      {"nl", "."},      {"pt", "."},
      {"id", "."},      {"tr", "."},      {"da", "."},      {"el", "."},      {"fr", "\u202f"},
      {"pl", "\u00a0"}, {"ru", "\u00a0"}, {"uk", "\u00a0"}, {"cs", "\u00a0"}, {"sv", "\u00a0"}};
  const auto found = kSeparators.find(language.substr(0, language.find('-')));
  return found == kSeparators.end() ? std::string_view(",") : found->second;
}

std::set<std::string> placeholders(const std::string& text) {
  std::set<std::string> names;
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end != std::string::npos) {
      names.insert(text.substr(at + 1, end - at - 1));
    }
  }
  return names;
}

/// The key without a plural form's ending, and whether it had one.
std::string_view without_plural(std::string_view key) {
  for (const std::string_view form : {".zero", ".one", ".two", ".few", ".many", ".other"}) {
    if (key.ends_with(form)) {
      return key.substr(0, key.size() - form.size());
    }
  }
  return key;
}

}  // namespace

Result<Catalogue> Catalogue::parse(std::string_view text, std::string language,
                                   std::string_view file) {
  const auto parsed = parse_json(text, kDepth);
  if (!parsed) {
    return Error{std::string(file) + ": " + parsed.error().message};
  }
  if (!parsed->is_object()) {
    return Error{std::string(file) + ": must be an object of texts"};
  }
  Catalogue catalogue;
  catalogue.language_ = std::move(language);
  if (const auto wrong = flatten(*parsed, "", catalogue.texts_)) {
    return Error{std::string(file) + ": " + *wrong + " must be a text that is not empty"};
  }
  return catalogue;
}

const std::string* Catalogue::find(std::string_view key) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? nullptr : &found->second;
}

const std::string* Catalogue::find(std::string_view key, double count) const {
  const std::string form(plural_category(language_, count));
  if (const std::string* text = find(std::string(key) + "." + form)) {
    return text;
  }
  return find(std::string(key) + ".other");
}

std::string Catalogue::number(std::int64_t value) const {
  const std::string digits = std::to_string(value);
  const std::size_t sign = value < 0 ? 1 : 0;
  std::string text = digits.substr(0, sign);
  for (std::size_t i = sign; i < digits.size(); ++i) {
    if (i > sign && (digits.size() - i) % 3 == 0) {
      text += thousands_separator(language_);
    }
    text += digits[i];
  }
  return text;
}

Result<Messages> Messages::make(std::vector<Catalogue> catalogues) {
  if (catalogues.empty()) {
    return Error{"the site has no language: web/messages is empty"};
  }
  Messages messages;
  messages.catalogues_ = std::move(catalogues);
  return messages;
}

const Messages& Messages::embedded() {
  static const Messages kMessages = [] {
    std::vector<Catalogue> catalogues;
    constexpr std::string_view kFolder = "messages/";
    for (const EmbeddedFile& file : embedded_files()) {
      if (file.name.starts_with(kFolder) && file.name.ends_with(".json")) {
        const std::string_view tag =
            file.name.substr(kFolder.size(), file.name.size() - kFolder.size() - 5);
        auto catalogue = Catalogue::parse(file.content, std::string(tag), file.name);
        if (!catalogue) {
          throw std::runtime_error(catalogue.error().message);
        }
        // English is what the site is written in: others are measured against it.
        catalogues.insert(tag == "en" ? catalogues.begin() : catalogues.end(),
                          std::move(*catalogue));
      }
    }
    auto messages = make(std::move(catalogues));
    if (!messages) {
      throw std::runtime_error(messages.error().message);
    }
    return std::move(*messages);
  }();
  return kMessages;
}

Result<Messages> Messages::offering(const std::vector<std::string>& languages) const {
  if (languages.empty()) {
    return *this;
  }
  Messages chosen;
  for (const std::string& language : languages) {
    if (!speaks(language)) {
      return Error{"site.languages: there are no texts in " + language};
    }
    chosen.catalogues_.push_back(of(language));
  }
  return chosen;
}

const Catalogue& Messages::of(std::string_view language) const {
  for (const Catalogue& catalogue : catalogues_) {
    if (catalogue.language() == language) {
      return catalogue;
    }
  }
  return catalogues_.front();
}

bool Messages::speaks(std::string_view language) const {
  return std::any_of(catalogues_.begin(), catalogues_.end(),
                     [language](const Catalogue& c) { return c.language() == language; });
}

std::string Messages::negotiate(std::string_view accept_language, std::string_view fallback) const {
  std::string best(fallback);
  double best_weight = 0;
  for (const std::string_view part : split(accept_language, ',')) {
    const auto pieces = split(part, ';');
    const std::string tag = lower_case(trim(pieces.front()));
    double weight = 1;
    if (pieces.size() > 1) {
      const std::string_view quality = trim(pieces[1]);
      weight = quality.starts_with("q=") ? parse_number(quality.substr(2)).value_or(0) : 0;
    }
    for (const Catalogue& catalogue : catalogues_) {
      const std::string ours = lower_case(catalogue.language());
      if ((tag == ours || tag.starts_with(ours + "-")) && weight > best_weight) {
        best = catalogue.language();
        best_weight = weight;
      }
    }
  }
  return best;
}

std::vector<std::string> Messages::differences() const {
  std::vector<std::string> found;
  const Catalogue& first = catalogues_.front();
  for (std::size_t i = 1; i < catalogues_.size(); ++i) {
    const Catalogue& other = catalogues_[i];
    for (const auto& [key, text] : first.texts()) {
      // A plural form may be missing where the language has no such form; ".other" may not.
      const bool plural = without_plural(key) != key && !key.ends_with(".other");
      const std::string* translated = other.find(key);
      if (translated == nullptr && !plural) {
        found.push_back(other.language() + ": no text for " + key);
      } else if (translated != nullptr && placeholders(*translated) != placeholders(text)) {
        found.push_back(other.language() + ": other placeholders in " + key);
      }
    }
    for (const auto& [key, text] : other.texts()) {
      if (first.find(key) == nullptr && without_plural(key) == key) {
        found.push_back(other.language() + ": a text that nothing asks for: " + key);
      }
    }
  }
  return found;
}

}  // namespace everyface::web
