// Who is signed in. A session is a secret in a cookie; the database keeps its digest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/account.h"
#include "everyface/commons/people.h"

namespace everyface {

struct SignIn {
  std::string email;
  std::string password;
  std::string code;     ///< of the authenticator app, or a recovery code; empty at first
  std::string device;   ///< for the list of sessions: "Firefox on Linux"; cut at 100 characters
  std::string network;  ///< network_of() the client's address
  std::string previous_token = {};  ///< of the browser's session so far, which ends; often empty
};

struct SignedIn {
  std::string token;  ///< for the cookie
  Uuid account;
  std::int64_t expires_ms = 0;  ///< the latest
};

/// Somebody whose session is valid.
struct Signed {
  Uuid session;
  Uuid account;
  std::string email;
  std::string language;
  /// What the account's role allows in this session: a moderator or administrator who has not set
  /// up a second factor is a contributor until then.
  AccountRole role = AccountRole::contributor;
  /// The account's role asks for a second factor, and there is none yet.
  bool must_set_up_second_factor = false;
  std::optional<std::int64_t> second_factor_ms;  ///< when a code was last given in this session
};

struct SessionInfo {
  Uuid id;
  std::string device;
  std::int64_t created_ms = 0;
  std::int64_t seen_ms = 0;  ///< to five minutes
};

class Sessions {
 public:
  /// Keeps a reference.
  explicit Sessions(People& people) : people_(people) {}

  /// Takes as long for an address without an account as for one with it. Codes:
  ///   sign_in_wrong         address or password
  ///   second_factor_needed  both are right; ask for the code and come again with all three
  ///   second_factor_wrong   neither the app's code (of the last 30 s, not used before) nor an
  ///                         unused recovery code
  ///   too_many_attempts     counted alike whether there is an account or not
  ///   busy
  Result<SignedIn> sign_in(const SignIn& attempt);

  /// Who a cookie's token belongs to; none where it is unknown or over. Extends the session, and
  /// writes that at most every five minutes.
  Result<std::optional<Signed>> authenticate(std::string_view token);

  /// A new token for the same session, where rights have changed; the old one ends at once. Code:
  /// session_ended.
  Result<SignedIn> renew(std::string_view token);

  Result<void> sign_out(std::string_view token);
  /// All sessions of an account.
  Result<void> sign_out_everywhere(const Uuid& account);
  /// One out of the account's list; one of another account is left alone.
  Result<void> end(const Uuid& account, const Uuid& session);
  /// The newest first.
  Result<std::vector<SessionInfo>> list(const Uuid& account);

 private:
  People& people_;
};

}  // namespace everyface
