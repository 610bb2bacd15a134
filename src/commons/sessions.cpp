#include "everyface/commons/sessions.h"

#include <fmt/format.h>

#include <algorithm>

#include "commons/people_parts.h"
#include "everyface/base/text.h"
#include "everyface/commons/secret.h"

namespace everyface {
namespace {

constexpr std::int64_t kSeenEveryMs = 5 * kMinuteMs;
constexpr std::size_t kMaxDeviceBytes = 100;

struct SessionRow {
  Uuid session;
  Uuid account;
  std::string email;
  std::string language;
  AccountRole role = AccountRole::contributor;
  bool has_second_factor = false;
  std::int64_t created_ms = 0;
  std::int64_t seen_ms = 0;
  std::optional<std::int64_t> second_factor_ms;
  static constexpr auto columns =
      std::make_tuple(&SessionRow::session, &SessionRow::account, &SessionRow::email,
                      &SessionRow::language, &SessionRow::role, &SessionRow::has_second_factor,
                      &SessionRow::created_ms, &SessionRow::seen_ms, &SessionRow::second_factor_ms);
};

bool is_staff(AccountRole role) { return role != AccountRole::contributor; }

std::int64_t latest_end(const PeopleSettings& settings, AccountRole role, std::int64_t created_ms) {
  return created_ms + (is_staff(role) ? settings.staff_session_most_ms : settings.session_most_ms);
}

std::int64_t end_if_idle(const PeopleSettings& settings, AccountRole role, std::int64_t created_ms,
                         std::int64_t seen_ms) {
  const std::int64_t idle =
      is_staff(role) ? settings.staff_session_idle_ms : settings.session_idle_ms;
  return std::min(latest_end(settings, role, created_ms), seen_ms + idle);
}

std::string device_words(std::string_view device) {
  std::string words = to_valid_utf8(device);
  std::erase_if(words, [](char c) { return c >= '\0' && c < ' '; });
  return to_valid_utf8(words.substr(0, kMaxDeviceBytes));
}

Error sign_in_wrong() { return Error{"address or password is not right", "sign_in_wrong"}; }

Result<void> count_attempt(const People& people, const std::string& email,
                           const std::string& network) {
  const PeopleSettings& settings = people.settings;
  // All three are counted each time: a refusal tells nothing about the address.
  const Result<void> counts[] = {
      check_throttle(people, "sign-in-pair", email + " " + network,
                     settings.sign_ins_per_account_and_network),
      check_throttle(people, "sign-in-account", email, settings.sign_ins_per_account),
      check_throttle(people, "sign-in-network", network, settings.sign_ins_per_network),
  };
  for (const Result<void>& count : counts) {
    if (!count) {
      return count;
    }
  }
  return {};
}

/// The second factor where the account has one; when a code was given.
Result<std::optional<std::int64_t>> pass_second_factor(const People& people, Transaction& tx,
                                                       const Credentials& known,
                                                       std::string_view code) {
  if (!known.totp_seed) {
    return std::optional<std::int64_t>();
  }
  if (trim(code).empty()) {
    return Error{"the code of your authenticator app is needed", "second_factor_needed"};
  }
  if (auto used = use_second_factor(people, tx, known, code); !used) {
    return used.error();
  }
  return std::optional(people.clock());
}

Result<SignedIn> new_session(const People& people, Transaction& tx, const Credentials& known,
                             const SignIn& attempt, std::optional<std::int64_t> second_factor_ms) {
  const std::int64_t now_ms = people.clock();
  SignedIn session{new_secret(), known.account, latest_end(people.settings, known.role, now_ms)};
  auto added =
      run(tx,
          sql("INSERT INTO sessions (id, digest, account_id, device, created_ms, seen_ms, "
              "expires_ms, second_factor_ms) VALUES (:id, :digest, :account, :device, "
              ":now, :now, :expires, :second_factor)"),
          Uuid::make(), secret_digest(session.token), known.account, device_words(attempt.device),
          now_ms, end_if_idle(people.settings, known.role, now_ms, now_ms), second_factor_ms);
  if (!added) {
    return added.error();
  }
  return session;
}

Result<void> end_by_token(Transaction& tx, std::string_view token) {
  return run(tx, sql("DELETE FROM sessions WHERE digest = :digest"), secret_digest(token));
}

Signed signed_of(SessionRow row) {
  const bool lacks = is_staff(row.role) && !(row.has_second_factor && row.second_factor_ms);
  return {row.session,
          row.account,
          std::move(row.email),
          std::move(row.language),
          lacks ? AccountRole::contributor : row.role,
          is_staff(row.role) && !row.has_second_factor,
          row.second_factor_ms};
}

Result<void> note_seen(const People& people, const SessionRow& row, std::int64_t now_ms) {
  return people.database.transact([&](Transaction& tx) -> Result<void> {
    return run(tx,
               sql("UPDATE sessions SET seen_ms = :now, expires_ms = :expires WHERE id = :session"),
               now_ms, end_if_idle(people.settings, row.role, row.created_ms, now_ms), row.session);
  });
}

}  // namespace

Result<SignedIn> renew_session(const People& people, Transaction& tx, std::string_view token,
                               bool second_factor, std::int64_t now_ms) {
  auto row = tx.find<std::tuple<Uuid, AccountRole, std::int64_t, std::optional<std::int64_t>>>(
      sql("SELECT s.account_id, a.role, s.created_ms, s.second_factor_ms FROM sessions s JOIN "
          "accounts a ON a.id = s.account_id WHERE s.digest = :digest AND s.expires_ms > :now"),
      secret_digest(token), now_ms);
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return session_ended();
  }
  const auto& [account, role, created_ms, second_factor_ms] = **row;
  SignedIn session{new_secret(), account, latest_end(people.settings, role, created_ms)};
  auto changed =
      run(tx,
          sql("UPDATE sessions SET digest = :next, second_factor_ms = :second_factor "
              "WHERE digest = :digest"),
          secret_digest(session.token), second_factor ? std::optional(now_ms) : second_factor_ms,
          secret_digest(token));
  if (!changed) {
    return changed.error();
  }
  return session;
}

Result<SignedIn> Sessions::sign_in(const SignIn& attempt) {
  // An address that cannot be one goes the same way, and is found to have no account.
  const std::string email = lower_case(trim(attempt.email));
  if (auto counted = count_attempt(people_, email, attempt.network); !counted) {
    return counted.error();
  }
  auto known = people_.database.read(
      [&](Transaction& tx) { return credentials_by_email(tx, to_valid_utf8(email)); });
  if (!known) {
    return known.error();
  }
  auto matches = people_.passwords.matches(attempt.password, *known ? (*known)->password_hash : "");
  if (!matches) {
    return matches.error();
  }
  if (!*matches) {
    return sign_in_wrong();
  }
  std::optional<std::string> fresh_hash;
  if (people_.passwords.outdated((*known)->password_hash)) {
    auto hash = people_.passwords.hash(attempt.password);
    if (!hash) {
      return hash.error();
    }
    fresh_hash = std::move(*hash);
  }
  return people_.database.transact([&](Transaction& tx) -> Result<SignedIn> {
    auto current = credentials_of(tx, (*known)->account);
    if (!current) {
      return current.error();
    }
    if (!*current || (*current)->password_hash != (*known)->password_hash) {
      return sign_in_wrong();  // changed or closed while we were computing
    }
    auto second_factor_ms = pass_second_factor(people_, tx, **current, attempt.code);
    if (!second_factor_ms) {
      return second_factor_ms.error();
    }
    if (fresh_hash) {
      if (auto changed =
              run(tx, sql("UPDATE accounts SET password_hash = :hash WHERE id = :account"),
                  *fresh_hash, (*current)->account);
          !changed) {
        return changed.error();
      }
    }
    if (auto ended = end_by_token(tx, attempt.previous_token); !ended) {
      return ended.error();
    }
    return new_session(people_, tx, **current, attempt, *second_factor_ms);
  });
}

Result<std::optional<Signed>> Sessions::authenticate(std::string_view token) {
  const std::int64_t now_ms = people_.clock();
  auto row = people_.database.read([&](Transaction& tx) {
    return tx.find<SessionRow>(
        sql("SELECT s.id, a.id, a.email, a.language, a.role, a.totp_seed IS NOT NULL, "
            "s.created_ms, s.seen_ms, s.second_factor_ms FROM sessions s JOIN accounts a ON a.id = "
            "s.account_id WHERE s.digest = :digest AND s.expires_ms > :now"),
        secret_digest(token), now_ms);
  });
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return std::optional<Signed>();
  }
  if (now_ms - (*row)->seen_ms >= kSeenEveryMs) {
    if (auto noted = note_seen(people_, **row, now_ms); !noted) {
      return noted.error();
    }
  }
  return std::optional(signed_of(std::move(**row)));
}

Result<SignedIn> Sessions::renew(std::string_view token) {
  return people_.database.transact(
      [&](Transaction& tx) { return renew_session(people_, tx, token, false, people_.clock()); });
}

Result<void> Sessions::sign_out(std::string_view token) {
  return people_.database.transact([&](Transaction& tx) { return end_by_token(tx, token); });
}

Result<void> Sessions::sign_out_everywhere(const Uuid& account) {
  return people_.database.transact([&](Transaction& tx) { return end_sessions(tx, account); });
}

Result<void> Sessions::end(const Uuid& account, const Uuid& session) {
  return people_.database.transact([&](Transaction& tx) {
    return run(tx, sql("DELETE FROM sessions WHERE id = :session AND account_id = :account"),
               session, account);
  });
}

Result<std::vector<SessionInfo>> Sessions::list(const Uuid& account) {
  return people_.database.read([&](Transaction& tx) -> Result<std::vector<SessionInfo>> {
    auto rows = tx.query<std::tuple<Uuid, std::string, std::int64_t, std::int64_t>>(
        sql("SELECT id, device, created_ms, seen_ms FROM sessions WHERE account_id = :account AND "
            "expires_ms > :now ORDER BY created_ms DESC, id DESC"),
        account, people_.clock());
    if (!rows) {
      return rows.error();
    }
    std::vector<SessionInfo> sessions;
    for (auto& [id, device, created_ms, seen_ms] : *rows) {
      sessions.push_back({id, std::move(device), created_ms, seen_ms});
    }
    return sessions;
  });
}

}  // namespace everyface
