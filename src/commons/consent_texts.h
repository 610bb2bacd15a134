// The consent texts that travel inside the program, of all versions.
#pragma once

#include <string_view>
#include <vector>

#include "everyface/commons/consent.h"

namespace everyface {

/// By kind, version and language; from src/commons/texts/consent/KIND.VERSION.LANGUAGE.txt.
const std::vector<ConsentText>& consent_texts();

/// The text of the newest version, in any language, with this digest; null where there is none.
const ConsentText* newest_text_of_digest(ConsentKind kind, std::string_view sha256);

/// withdraw_consent() as a part of another transaction.
Result<void> withdraw_consent(Transaction& tx, const Uuid& account, ConsentKind kind,
                              const WithdrawalHook& hook, std::int64_t now_ms);

}  // namespace everyface
