// What everything about accounts works with, put together once by whoever runs the site.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "everyface/base/result.h"
#include "everyface/commons/clock.h"
#include "everyface/commons/consent.h"
#include "everyface/commons/password.h"
#include "everyface/commons/throttle.h"
#include "everyface/commons/vault.h"
#include "everyface/store/database.h"

namespace everyface {

struct PeopleSettings {
  std::string site_name = "Everyface";  ///< in mails and authenticator apps
  std::string base_url;                 ///< "https://faces.example.org", for links in mails

  std::int64_t join_link_ms = kDayMs;
  std::int64_t reset_link_ms = kHourMs;
  std::int64_t session_idle_ms = 7 * kDayMs;
  std::int64_t session_most_ms = 30 * kDayMs;
  std::int64_t staff_session_idle_ms = kHourMs;  ///< of moderators and administrators
  std::int64_t staff_session_most_ms = 12 * kHourMs;

  Limit sign_ins_per_account_and_network{10, 15 * kMinuteMs};
  Limit sign_ins_per_account{50, kHourMs};
  Limit sign_ins_per_network{60, 15 * kMinuteMs};
  Limit mails_per_address{5, kHourMs};
  Limit mails_per_network{20, kHourMs};
  Limit secrets_per_account{10, 15 * kMinuteMs};  ///< passwords and codes typed by who is signed in
};

/// All references outlive what is built from them.
struct People {
  Database& database;
  PasswordHasher& passwords;
  const Vault& vault;
  Clock clock;
  PeopleSettings settings;
  /// Run in the transaction that closes an account, for what other parts keep of it (photos).
  std::function<Result<void>(Transaction& tx, const Uuid& account)> on_close;
  WithdrawalHook on_withdrawal;
};

}  // namespace everyface
