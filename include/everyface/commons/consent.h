// What people agree to: versioned texts in plain language, each agreed to and withdrawn on its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/store/database.h"

namespace everyface {

/// publication: photos are published under the licence and paid for; the person is 18 or older.
/// special_category: faces and declared groups reveal ethnic origin (GDPR, Article 9).
/// templates: a template of the face is computed for the duplicate check only.
enum class ConsentKind { publication, special_category, templates };

inline constexpr ConsentKind kConsentKinds[] = {
    ConsentKind::publication, ConsentKind::special_category, ConsentKind::templates};

/// "publication", "special_category", "templates".
std::string_view consent_name(ConsentKind kind);
std::optional<ConsentKind> consent_kind(std::string_view name);

/// A text as it is shown: paragraphs apart by blank lines, lines that begin with "- " are a list,
/// all else is plain.
struct ConsentText {
  ConsentKind kind;
  int version;
  std::string_view language;  ///< "en", "de"
  std::string_view title;
  std::string_view text;
  std::string sha256;  ///< of title, "\n\n" and text
};

/// The newest text of a kind in a language; in English where the language has none.
const ConsentText& current_consent_text(ConsentKind kind, std::string_view language);

/// Writes the program's texts into the database, for the record; run at start, any number of times.
/// Error: the database holds another text under the same kind, version and language (a text that
/// people agreed to must not change; give the new one the next version).
Result<void> record_consent_texts(Database& database, const Clock& clock);

/// Agrees for an account. `sha256` is that of the text that was shown: code consent_outdated where
/// this is not a text of the newest version. Agreeing again changes nothing.
Result<void> give_consent(Database& database, const Clock& clock, const Uuid& account,
                          ConsentKind kind, std::string_view sha256);

/// What else must happen in the same transaction when a consent is withdrawn: photos are withdrawn
/// (publication, special_category), templates are erased (templates).
using WithdrawalHook =
    std::function<Result<void>(Transaction& tx, const Uuid& account, ConsentKind kind)>;

/// Ends a consent; one that was not given stays so.
Result<void> withdraw_consent(Database& database, const Clock& clock, const Uuid& account,
                              ConsentKind kind, const WithdrawalHook& hook);

struct Consent {
  ConsentKind kind;
  int version = 0;
  std::string language;
  std::string text_sha256;
  std::int64_t given_ms = 0;
  std::optional<std::int64_t> withdrawn_ms;
};

/// Everything that an account ever agreed to, in order of time.
Result<std::vector<Consent>> consents_of(Database& database, const Uuid& account);

/// Which consents hold now. One to an older version still holds.
struct Consents {
  bool publication = false;
  bool special_category = false;
  bool templates = false;
  /// What a contribution needs; templates are the person's choice.
  [[nodiscard]] bool enough_to_contribute() const { return publication && special_category; }
};
Result<Consents> consents_now(Transaction& tx, const Uuid& account);

/// The text that somebody agreed to, of any version. None: no such text was ever recorded.
struct RecordedText {
  std::string title;
  std::string text;
};
Result<std::optional<RecordedText>> recorded_text(Database& database, std::string_view sha256);

}  // namespace everyface
