// Tokens for programs that use the JSON API in a person's name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/account.h"
#include "everyface/commons/clock.h"
#include "everyface/store/database.h"

namespace everyface {

/// What a token may do. None moderates or administers: that needs a person with a second factor.
inline constexpr std::array<std::string_view, 4> kTokenScopes = {
    "account:read",   // the account, its consents and declarations
    "photos:read",    // one's own photos and their state
    "photos:write",   // submit and withdraw photos
    "releases:read",  // releases, without accepting the licence each time
};

inline constexpr std::int64_t kMaxApiTokens = 20;  ///< of one account, not revoked

struct NewApiToken {
  Uuid id;
  std::string token;  ///< "ef_…", shown once
};

struct ApiToken {
  Uuid id;
  std::string name;
  std::vector<std::string> scopes;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> used_ms;  ///< to an hour
  std::optional<std::int64_t> revoked_ms;
};

/// Codes: token_name (1 to 60 characters), token_scopes (none, or one that is not in kTokenScopes),
/// token_limit.
Result<NewApiToken> create_api_token(Database& database, const Clock& clock, const Uuid& account,
                                     std::string_view name, const std::vector<std::string>& scopes);

/// The newest first, the revoked ones too.
Result<std::vector<ApiToken>> api_tokens_of(Database& database, const Uuid& account);

/// A token of another account is left alone.
Result<void> revoke_api_token(Database& database, const Clock& clock, const Uuid& account,
                              const Uuid& token);

struct ApiCaller {
  Uuid account;
  std::vector<std::string> scopes;
  [[nodiscard]] bool may(std::string_view scope) const;
};

/// Who calls with this token; none where it is unknown or revoked, or its account closed.
Result<std::optional<ApiCaller>> authenticate_api_token(Database& database, const Clock& clock,
                                                        std::string_view token);

}  // namespace everyface
