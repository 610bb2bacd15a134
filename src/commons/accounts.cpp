#include "everyface/commons/accounts.h"

#include <fmt/format.h>

#include "commons/consent_texts.h"
#include "commons/people_parts.h"
#include "commons/recovery_codes.h"
#include "commons/texts.h"
#include "everyface/commons/audit_log.h"

namespace everyface {
namespace {

Error unknown_account() { return Error{"there is no such account", "unknown_account"}; }

/// The account, which is there and not closed. Code: unknown_account.
Result<Credentials> open_account(Transaction& tx, const Uuid& account) {
  auto known = credentials_of(tx, account);
  if (!known) {
    return known.error();
  }
  if (!*known) {
    return unknown_account();
  }
  return std::move(**known);
}

/// A site without an administrator could only be helped from the command line. Code:
/// last_administrator.
Result<void> check_another_administrator(Transaction& tx, const Uuid& account) {
  auto others = tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM accounts WHERE role = :role AND closed_ms IS NULL AND id <> :id"),
      AccountRole::administrator, account);
  if (!others) {
    return others.error();
  }
  if (*others == 0) {
    return Error{"this is the only administrator; make another one first", "last_administrator"};
  }
  return {};
}

/// Deletes what belongs to an account alone, and empties what others refer to.
Result<void> erase(Transaction& tx, const Uuid& account, const std::string& email,
                   std::int64_t now_ms) {
  const Result<void> steps[] = {
      end_sessions(tx, account),
      remove_recovery_codes(tx, account),
      run(tx, sql("DELETE FROM mail_links WHERE account_id = :account OR email = :email"), account,
          email),
      run(tx, sql("DELETE FROM api_tokens WHERE account_id = :account"), account),
      run(tx,
          sql("DELETE FROM declaration_groups WHERE declaration_id IN (SELECT id FROM declarations "
              "WHERE account_id = :account)"),
          account),
      run(tx,
          sql("UPDATE declarations SET gender = '', age_band = '', country = '', monk_tone = NULL, "
              "free_text = '' WHERE account_id = :account"),
          account),
      run(tx,
          sql("UPDATE accounts SET email = NULL, password_hash = '', totp_seed = NULL, "
              "totp_next_seed = NULL, closed_ms = :now WHERE id = :account"),
          now_ms, account),
  };
  for (const Result<void>& step : steps) {
    if (!step) {
      return step;
    }
  }
  return {};
}

Result<void> close_account(const People& people, Transaction& tx, const std::optional<Uuid>& actor,
                           const Uuid& account) {
  const std::int64_t now_ms = people.clock();
  auto known = open_account(tx, account);
  if (!known) {
    return known.error();
  }
  if (known->role == AccountRole::administrator) {
    if (auto fine = check_another_administrator(tx, account); !fine) {
      return fine;
    }
  }
  for (const ConsentKind kind : kConsentKinds) {
    if (auto done = withdraw_consent(tx, account, kind, people.on_withdrawal, now_ms); !done) {
      return done;
    }
  }
  if (auto done = people.on_close(tx, account); !done) {
    return done;
  }
  if (auto done = erase(tx, account, known->email, now_ms); !done) {
    return done;
  }
  if (auto told = queue_notice(people, tx, "account-closed", known->email, known->language, now_ms);
      !told) {
    return told;
  }
  return audit::append(tx, {actor, "account.close", account.text()}, now_ms);
}

}  // namespace

Result<SignedIn> Accounts::change_password(std::string_view session_token,
                                           std::string_view old_password,
                                           std::string_view new_password) {
  auto account = people_.database.read(
      [&](Transaction& tx) { return account_of_session(tx, session_token, people_.clock()); });
  if (!account) {
    return account.error();
  }
  auto known = check_own_password(people_, *account, old_password);
  if (!known) {
    return known.error();
  }
  if (auto fine = check_new_password(new_password, known->email); !fine) {
    return fine.error();
  }
  auto hash = people_.passwords.hash(new_password);
  if (!hash) {
    return hash.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<SignedIn> {
    const std::int64_t now_ms = people_.clock();
    auto session = keep_only_session(people_, tx, session_token, false, now_ms);
    if (!session) {
      return session;
    }
    if (auto ended = end_links(tx, *account); !ended) {
      return ended.error();
    }
    if (auto changed = run(tx, sql("UPDATE accounts SET password_hash = :hash WHERE id = :account"),
                           *hash, *account);
        !changed) {
      return changed.error();
    }
    if (auto told =
            queue_notice(people_, tx, "password-changed", known->email, known->language, now_ms);
        !told) {
      return told.error();
    }
    if (auto noted =
            audit::append(tx, {*account, "account.change_password", account->text()}, now_ms);
        !noted) {
      return noted.error();
    }
    return session;
  });
}

Result<void> Accounts::set_language(const Uuid& account, std::string_view language) {
  return people_.database.transact([&](Transaction& tx) -> Result<void> {
    return run(tx, sql("UPDATE accounts SET language = :language WHERE id = :account"),
               known_language(language), account);
  });
}

Result<void> Accounts::check_password(const Uuid& account, std::string_view password) {
  auto known = check_own_password(people_, account, password);
  if (!known) {
    return known.error();
  }
  return {};
}

Result<void> Accounts::close(const Uuid& account) { return close_for(account, account); }

Result<Uuid> Accounts::create(std::string_view email, std::string_view password, AccountRole role,
                              std::string_view language) {
  auto address = check_email(email);
  if (!address) {
    return address.error();
  }
  if (auto fine = check_new_password(password, *address); !fine) {
    return fine.error();
  }
  auto hash = people_.passwords.hash(password);
  if (!hash) {
    return hash.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<Uuid> {
    const Uuid account = Uuid::make();
    const std::int64_t now_ms = people_.clock();
    auto added = tx.execute(
        sql("INSERT INTO accounts (id, email, password_hash, role, language, totp_last_step, "
            "created_ms) VALUES (:id, :email, :hash, :role, :language, 0, :now) ON CONFLICT "
            "(email) DO NOTHING"),
        account, *address, *hash, role, known_language(language), now_ms);
    if (!added) {
      return added.error();
    }
    if (*added == 0) {
      return Error{"there is an account with the address " + *address + " already",
                   "account_exists"};
    }
    auto noted = audit::append(tx,
                               {std::nullopt, "account.create", account.text(),
                                fmt::format(R"({{"role":"{}"}})", role_name(role))},
                               now_ms);
    if (!noted) {
      return noted.error();
    }
    return account;
  });
}

Result<void> Accounts::set_role(const std::optional<Uuid>& actor, const Uuid& account,
                                AccountRole role) {
  return people_.database.transact([&](Transaction& tx) -> Result<void> {
    auto known = open_account(tx, account);
    if (!known) {
      return known.error();
    }
    if (known->role == role) {
      return {};
    }
    if (known->role == AccountRole::administrator) {
      if (auto fine = check_another_administrator(tx, account); !fine) {
        return fine;
      }
    }
    if (auto changed =
            run(tx, sql("UPDATE accounts SET role = :role WHERE id = :account"), role, account);
        !changed) {
      return changed;
    }
    if (auto ended = end_sessions(tx, account); !ended) {
      return ended;
    }
    return audit::append(
        tx,
        {actor, "account.role", account.text(),
         fmt::format(R"({{"from":"{}","to":"{}"}})", role_name(known->role), role_name(role))},
        people_.clock());
  });
}

Result<void> Accounts::close_for(const std::optional<Uuid>& actor, const Uuid& account) {
  return people_.database.transact(
      [&](Transaction& tx) { return close_account(people_, tx, actor, account); });
}

}  // namespace everyface
