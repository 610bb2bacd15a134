// What the parts of accounts share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everyface/commons/account.h"
#include "everyface/commons/people.h"
#include "everyface/commons/sessions.h"

namespace everyface {

template <>
struct SqlType<AccountRole> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(AccountRole role) { return std::string(role_name(role)); }
  static std::optional<AccountRole> from(SqlValue&& value) {
    return role_of_name(std::get<std::string>(value));
  }
};

/// Runs a statement whose count of rows does not matter.
template <typename... Values>
Result<void> run(Transaction& tx, SqlFor<std::type_identity_t<Values>...> statement,
                 const Values&... values) {
  auto done = tx.execute<Values...>(statement, values...);
  if (!done) {
    return done.error();
  }
  return {};
}

/// What a password or code is checked against.
struct Credentials {
  Uuid account;
  std::string email;
  std::string password_hash;
  AccountRole role = AccountRole::contributor;
  std::optional<Bytes> totp_seed;  ///< sealed; none: no second factor
  std::int64_t totp_last_step = 0;
  std::string language;
  static constexpr auto columns = std::make_tuple(
      &Credentials::account, &Credentials::email, &Credentials::password_hash, &Credentials::role,
      &Credentials::totp_seed, &Credentials::totp_last_step, &Credentials::language);
};
DbResult<std::optional<Credentials>> credentials_by_email(Transaction& tx, std::string_view email);
DbResult<std::optional<Credentials>> credentials_of(Transaction& tx, const Uuid& account);

/// Code: too_many_attempts.
Result<void> check_throttle(const People& people, std::string_view action, std::string_view subject,
                            const Limit& limit);

/// The credentials of somebody who is signed in, once the password is right. Codes: password_wrong,
/// too_many_attempts, busy.
Result<Credentials> check_own_password(const People& people, const Uuid& account,
                                       std::string_view password);

/// Uses up a code of the app (`step` is written down) or a recovery code. Code:
/// second_factor_wrong.
Result<void> use_second_factor(const People& people, Transaction& tx, const Credentials& known,
                               std::string_view code);

Error second_factor_wrong();
Error session_ended();

/// The account of a session that is not over. Code: session_ended.
Result<Uuid> account_of_session(Transaction& tx, std::string_view token, std::int64_t now_ms);

/// A new token for a session; all other sessions of its account end. With `second_factor`: a code
/// was just given. Code: session_ended.
Result<SignedIn> keep_only_session(const People& people, Transaction& tx, std::string_view token,
                                   bool second_factor, std::int64_t now_ms);

/// A new token for a session; with `second_factor`: a code was just given. Code: session_ended.
Result<SignedIn> renew_session(const People& people, Transaction& tx, std::string_view token,
                               bool second_factor, std::int64_t now_ms);

Result<void> end_sessions(Transaction& tx, const Uuid& account);

/// Links that were mailed for the account no longer work: after a change by which its owner may
/// have put somebody else out, nothing that was asked for before it is done any more.
Result<void> end_links(Transaction& tx, const Uuid& account);

/// Tells the account's address what has changed: mail/NAME.
Result<void> queue_notice(const People& people, Transaction& tx, std::string_view name,
                          const std::string& email, std::string_view language, std::int64_t now_ms);

}  // namespace everyface
