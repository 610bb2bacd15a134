// What the site says, in every language it speaks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"

namespace everyface::web {

/// The texts of one language by key, such as "home.title". A text may hold placeholders, "{count}".
/// Texts that depend on a number have one key for each plural form, "photos.count.one" and
/// "photos.count.other" (and more where the language has more), and are asked for as
/// "photos.count".
class Catalogue {
 public:
  /// `text`: JSON, an object of texts and of objects of them: {"home": {"title": "…"}} is
  /// "home.title". `language` is its tag, "en". Error: names the file and the key.
  static Result<Catalogue> parse(std::string_view text, std::string language,
                                 std::string_view file);

  [[nodiscard]] const std::string& language() const { return language_; }
  /// None where the key is absent.
  [[nodiscard]] const std::string* find(std::string_view key) const;
  /// The text for this many, by the language's plural rule (CLDR).
  [[nodiscard]] const std::string* find(std::string_view key, double count) const;
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& texts() const {
    return texts_;
  }
  /// A whole number with the language's separators: 12,345 or 12.345.
  [[nodiscard]] std::string number(std::int64_t value) const;

 private:
  std::string language_;
  std::map<std::string, std::string, std::less<>> texts_;
};

/// The catalogues of the site; the first is the one that others are measured against.
class Messages {
 public:
  /// Error: no catalogue.
  static Result<Messages> make(std::vector<Catalogue> catalogues);
  /// The languages compiled into the program (web/messages).
  static const Messages& embedded();

  /// These languages alone, in this order; all where the list is empty. Error: names the one that
  /// there is no catalogue for.
  [[nodiscard]] Result<Messages> offering(const std::vector<std::string>& languages) const;

  [[nodiscard]] const std::vector<Catalogue>& catalogues() const { return catalogues_; }
  /// The catalogue of the tag, else the first.
  [[nodiscard]] const Catalogue& of(std::string_view language) const;
  [[nodiscard]] bool speaks(std::string_view language) const;
  /// The best of ours for an Accept-Language header (RFC 9110 section 12.5.4; "de-AT" is served by
  /// "de"), else `fallback`.
  [[nodiscard]] std::string negotiate(std::string_view accept_language,
                                      std::string_view fallback) const;
  /// Keys and placeholders in which catalogues differ from the first, one a line: "fr: no text for
  /// home.title". Empty where translations are whole.
  [[nodiscard]] std::vector<std::string> differences() const;

 private:
  std::vector<Catalogue> catalogues_;
};

}  // namespace everyface::web
