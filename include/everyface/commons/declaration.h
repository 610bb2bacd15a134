// How people describe themselves: in words of a list that the site's operator sets, by themselves,
// before any reward is visible.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/store/database.h"

namespace everyface {

/// The code of "prefer not to say" in every list.
inline constexpr std::string_view kUndisclosed = "undisclosed";

inline constexpr std::size_t kMaxFreeTextCharacters = 200;

/// The ten swatches of the Monk Skin Tone scale (Monk 2019, skintone.google), lightest first, in
/// sRGB; tone n is swatch n - 1.
inline constexpr std::array<std::string_view, 10> kMonkSwatches = {
    "#f6ede4", "#f3e7db", "#f7ead0", "#eadaba", "#d7bd96",
    "#a07e56", "#825c43", "#604134", "#3a312a", "#292420"};

/// One choice of a list.
struct Choice {
  std::string code;  ///< lower case, digits and "-"; kept in the database and in releases
  std::vector<std::pair<std::string, std::string>> labels;  ///< language, words; "en" is there

  /// In English where the language has none.
  [[nodiscard]] const std::string& label(std::string_view language) const;
};

/// The lists that a declaration chooses from. Every list ends in kUndisclosed. A code that is in
/// use may be taken off a list: old declarations keep it.
struct DeclarationChoices {
  std::vector<Choice> groups;
  std::vector<Choice> genders;
  std::vector<Choice> age_bands;  ///< from 18 on

  /// The lists that come with the program (src/commons/texts/choices.json).
  static const DeclarationChoices& standard();

  /// Reads lists of one's own: {"groups": [{"code": "roma", "labels": {"en": "Roma", "de": …}}, …],
  /// "genders": …, "age_bands": …}; a list that is left out is the standard one; undisclosed is
  /// added where it is missing. Errors name the field: not JSON, unknown fields, codes that are
  /// malformed or twice there, labels without English, more than 200 choices.
  static Result<DeclarationChoices> parse(std::string_view json);
};

/// A code of ISO 3166-1 alpha-2 and its name.
struct Country {
  std::string code;
  std::string name;
};
/// All countries in the order of the language's alphabet (names and order by ICU).
std::vector<Country> countries(std::string_view language);

struct Declaration {
  std::vector<std::string> groups;  ///< codes; several, or kUndisclosed alone
  std::string gender;
  std::string age_band;
  std::string country = {};           ///< ISO 3166-1 alpha-2, or empty
  std::optional<int> monk_tone = {};  ///< 1 to 10
  std::string free_text = {};         ///< in one's own words; never published
};

enum class DeclarationState {
  active,      ///< the one that counts for new photos
  proposed,    ///< a correction that waits for review
  refused,     ///< a correction that was not accepted
  superseded,  ///< was active until a correction was accepted
};
std::string_view declaration_state_name(DeclarationState state);

struct StoredDeclaration {
  Uuid id;
  Uuid account;
  Declaration declaration;
  DeclarationState state = DeclarationState::active;
  std::int64_t submitted_ms = 0;
  std::optional<std::int64_t> reviewed_ms;
};

/// Checks a declaration against the lists, and gives it back in their order with the free text
/// trimmed. Codes: declaration_groups, declaration_gender, declaration_age, declaration_country,
/// declaration_tone, declaration_text; the message names the field and what is accepted.
Result<Declaration> check_declaration(const DeclarationChoices& choices, Declaration declaration);

/// Declares for the first time; from now on locked: photos carry this declaration's key and are
/// paid by it. Codes: those of check_declaration(); declaration_locked (there is one already: see
/// propose_correction()).
Result<Uuid> declare(Database& database, const Clock& clock, const DeclarationChoices& choices,
                     const Uuid& account, const Declaration& declaration);

/// Asks for a correction. It waits for review, replaces a correction that still waits, and applies
/// to photos submitted after it was accepted: photos already there keep their declaration, so no
/// reward changes. Codes: those of check_declaration(); declaration_missing; declaration_same.
Result<Uuid> propose_correction(Database& database, const Clock& clock,
                                const DeclarationChoices& choices, const Uuid& account,
                                const Declaration& declaration);

/// A moderator, who is not the account itself, accepts or refuses. Codes: declaration_reviewed
/// (somebody was quicker, or it was replaced); not_allowed.
Result<void> review_correction(Database& database, const Clock& clock, const Uuid& reviewer,
                               const Uuid& correction, bool accept);

/// Corrections that wait, the oldest first.
Result<std::vector<StoredDeclaration>> waiting_corrections(Database& database, std::int64_t limit);

/// All of an account, the oldest first.
Result<std::vector<StoredDeclaration>> declarations_of(Database& database, const Uuid& account);
/// The one that counts now.
Result<std::optional<StoredDeclaration>> active_declaration(Transaction& tx, const Uuid& account);
/// One by its key: what a photo was submitted under.
Result<std::optional<StoredDeclaration>> find_declaration(Transaction& tx, const Uuid& declaration);

}  // namespace everyface
