#include "commons/consent_texts.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "commons/texts.h"
#include "everyface/base/hash.h"
#include "everyface/base/text.h"

namespace everyface {
namespace {

constexpr std::string_view kFolder = "consent/";

/// `name` is KIND.VERSION.LANGUAGE.txt.
ConsentText consent_text(std::string_view name, std::string_view content) {
  const std::vector<std::string_view> parts = split(name, '.');
  const TitledText text = titled(content);
  std::string whole(text.title);
  whole.append("\n\n").append(text.body);
  return {consent_kind(parts.at(0)).value(),
          parse_int(parts.at(1)).value(),
          parts.at(2),
          text.title,
          text.body,
          sha256_hex(whole)};
}

std::vector<ConsentText> read_texts() {
  std::vector<ConsentText> texts;
  for (const auto& [name, content] : commons_texts()) {
    if (name.starts_with(kFolder)) {
      texts.push_back(consent_text(name.substr(kFolder.size()), content));
    }
  }
  std::sort(texts.begin(), texts.end(), [](const ConsentText& a, const ConsentText& b) {
    return std::tie(a.kind, a.version, a.language) < std::tie(b.kind, b.version, b.language);
  });
  return texts;
}

int newest_version(ConsentKind kind) {
  int newest = 0;
  for (const ConsentText& text : consent_texts()) {
    newest = text.kind == kind ? std::max(newest, text.version) : newest;
  }
  return newest;
}

template <typename Predicate>
const ConsentText* find_newest(ConsentKind kind, Predicate predicate) {
  const int version = newest_version(kind);
  for (const ConsentText& text : consent_texts()) {
    if (text.kind == kind && text.version == version && predicate(text)) {
      return &text;
    }
  }
  return nullptr;
}

}  // namespace

const std::vector<ConsentText>& consent_texts() {
  static const std::vector<ConsentText> texts = read_texts();
  return texts;
}

const ConsentText* newest_text_of_digest(ConsentKind kind, std::string_view sha256) {
  return find_newest(kind, [sha256](const ConsentText& text) { return text.sha256 == sha256; });
}

const ConsentText& current_consent_text(ConsentKind kind, std::string_view language) {
  const auto in = [kind](std::string_view wanted) {
    return find_newest(kind, [wanted](const ConsentText& text) { return text.language == wanted; });
  };
  const ConsentText* const text = in(language);
  return text != nullptr ? *text : *in("en");
}

}  // namespace everyface
