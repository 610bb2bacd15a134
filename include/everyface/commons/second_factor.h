// The second factor: an authenticator app (totp.h), and recovery codes for when the phone is gone.
// Obligatory for moderators and administrators: without it their session has a contributor's
// rights.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/commons/people.h"
#include "everyface/commons/sessions.h"

namespace everyface {

inline constexpr std::size_t kRecoveryCodes = 10;

/// What the page shows, once.
struct TotpSetup {
  std::string seed_text;  ///< for typing
  std::string uri;        ///< for a QR code
};

/// Each works once: 120 bits as "ABCD-EFGH-IJKL-MNOP-QRST-UVWX", of which the database keeps
/// digests. Case, blanks and hyphens do not matter when one is typed.
using RecoveryCodes = std::vector<std::string>;

struct TotpConfirmed {
  RecoveryCodes recovery_codes;
  SignedIn session;  ///< goes on under this new token; all other sessions have ended
};

class SecondFactor {
 public:
  /// Keeps a reference.
  explicit SecondFactor(People& people) : people_(people) {}

  /// Begins to set up an app; an app already in use goes on working until confirm(). Codes:
  /// password_wrong, too_many_attempts, busy.
  Result<TotpSetup> begin(const Uuid& account, std::string_view password);

  /// The app works: it gave this code. Codes: second_factor_wrong, too_many_attempts,
  /// second_factor_not_begun, session_ended.
  Result<TotpConfirmed> confirm(std::string_view session_token, std::string_view code);

  /// Codes: password_wrong, second_factor_wrong, too_many_attempts, busy, second_factor_obligatory
  /// (moderators and administrators), session_ended. The session goes on under the new token.
  Result<SignedIn> disable(std::string_view session_token, std::string_view password,
                           std::string_view code);

  /// Replaces all recovery codes. Codes: password_wrong, too_many_attempts, busy,
  /// second_factor_not_begun (there is no app).
  Result<RecoveryCodes> new_recovery_codes(const Uuid& account, std::string_view password);

  /// Before something that a session alone shall not do: uses up a code of the app or a recovery
  /// code. Codes: second_factor_wrong, too_many_attempts.
  Result<void> check(const Uuid& account, std::string_view code);

  /// How many are left.
  Result<std::int64_t> recovery_codes_left(const Uuid& account);

  /// For `everyface admin` and administrators, when somebody has lost phone and codes: takes the
  /// second factor off and ends all sessions. Code: unknown_account.
  Result<void> reset_for(const std::optional<Uuid>& actor, const Uuid& account);

 private:
  People& people_;
};

}  // namespace everyface
