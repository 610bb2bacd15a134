#include "commons/people_parts.h"

#include "commons/recovery_codes.h"
#include "commons/texts.h"
#include "everyface/commons/outbox.h"
#include "everyface/commons/secret.h"
#include "everyface/commons/totp.h"

namespace everyface {
namespace {

/// The step of the app's code that matches, none where it does not.
Result<std::optional<std::int64_t>> app_step(const People& people, const Credentials& known,
                                             std::string_view code) {
  const Bytes& sealed = known.totp_seed.value();
  auto seed = people.vault.unseal(std::string(sealed.begin(), sealed.end()), known.account.text());
  if (!seed) {
    return seed.error();
  }
  const auto step = matching_totp_step(*seed, code, people.clock(), known.totp_last_step);
  wipe(*seed);
  return step;
}

}  // namespace

DbResult<std::optional<Credentials>> credentials_by_email(Transaction& tx, std::string_view email) {
  return tx.find<Credentials>(sql("SELECT id, email, password_hash, role, totp_seed, "
                                  "totp_last_step, language FROM accounts "
                                  "WHERE email = :email AND closed_ms IS NULL"),
                              email);
}

DbResult<std::optional<Credentials>> credentials_of(Transaction& tx, const Uuid& account) {
  return tx.find<Credentials>(sql("SELECT id, email, password_hash, role, totp_seed, "
                                  "totp_last_step, language FROM accounts "
                                  "WHERE id = :account AND closed_ms IS NULL"),
                              account);
}

Result<void> check_throttle(const People& people, std::string_view action, std::string_view subject,
                            const Limit& limit) {
  Throttle throttle(people.database, people.vault, people.clock);
  auto allowed = throttle.allow(action, subject, limit);
  if (!allowed) {
    return allowed.error();
  }
  if (!*allowed) {
    return Error{"too many attempts; wait a while and try again", "too_many_attempts"};
  }
  return {};
}

Result<Credentials> check_own_password(const People& people, const Uuid& account,
                                       std::string_view password) {
  const Error wrong{"the password is not right", "password_wrong"};
  if (auto fine =
          check_throttle(people, "secret", account.text(), people.settings.secrets_per_account);
      !fine) {
    return fine.error();
  }
  auto known = people.database.read([&](Transaction& tx) { return credentials_of(tx, account); });
  if (!known) {
    return known.error();
  }
  auto matches = people.passwords.matches(password, *known ? (*known)->password_hash : "");
  if (!matches) {
    return matches.error();
  }
  if (!*matches) {
    return wrong;
  }
  return std::move(**known);
}

Result<void> use_second_factor(const People& people, Transaction& tx, const Credentials& known,
                               std::string_view code) {
  auto step = app_step(people, known, code);
  if (!step) {
    return step.error();
  }
  if (*step) {
    return run(tx, sql("UPDATE accounts SET totp_last_step = :step WHERE id = :account"), **step,
               known.account);
  }
  auto used = use_recovery_code(tx, known.account, code);
  if (!used) {
    return used.error();
  }
  if (!*used) {
    return second_factor_wrong();
  }
  return {};
}

Error second_factor_wrong() {
  return Error{"this code is not right, or was used before", "second_factor_wrong"};
}

Error session_ended() { return Error{"this session has ended; sign in again", "session_ended"}; }

Result<Uuid> account_of_session(Transaction& tx, std::string_view token, std::int64_t now_ms) {
  auto account = tx.find<Uuid>(
      sql("SELECT account_id FROM sessions WHERE digest = :digest AND expires_ms > :now"),
      secret_digest(token), now_ms);
  if (!account) {
    return account.error();
  }
  if (!*account) {
    return session_ended();
  }
  return **account;
}

Result<SignedIn> keep_only_session(const People& people, Transaction& tx, std::string_view token,
                                   bool second_factor, std::int64_t now_ms) {
  auto account = account_of_session(tx, token, now_ms);
  if (!account) {
    return account.error();
  }
  auto ended =
      run(tx, sql("DELETE FROM sessions WHERE account_id = :account AND digest <> :digest"),
          *account, secret_digest(token));
  if (!ended) {
    return ended.error();
  }
  return renew_session(people, tx, token, second_factor, now_ms);
}

Result<void> end_sessions(Transaction& tx, const Uuid& account) {
  return run(tx, sql("DELETE FROM sessions WHERE account_id = :account"), account);
}

Result<void> queue_notice(const People& people, Transaction& tx, std::string_view name,
                          const std::string& email, std::string_view language,
                          std::int64_t now_ms) {
  return queue_mail(
      tx,
      compose_mail(name, language, email, {people.settings.site_name, people.settings.base_url}),
      now_ms);
}

}  // namespace everyface
