#include "everyface/commons/second_factor.h"

#include "commons/people_parts.h"
#include "commons/recovery_codes.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/secret.h"
#include "everyface/commons/totp.h"

namespace everyface {
namespace {

/// The account of a session, counted as one more try of a secret. Codes: session_ended,
/// too_many_attempts.
Result<Uuid> counted_account(const People& people, std::string_view session_token) {
  auto account = people.database.read(
      [&](Transaction& tx) { return account_of_session(tx, session_token, people.clock()); });
  if (!account) {
    return account;
  }
  if (auto fine =
          check_throttle(people, "secret", account->text(), people.settings.secrets_per_account);
      !fine) {
    return fine.error();
  }
  return account;
}

/// The seed that was begun and whose app gave this code, still sealed, and the code's step.
struct Begun {
  Bytes sealed;
  std::int64_t step = 0;
};
Result<Begun> check_begun(const People& people, Transaction& tx, const Uuid& account,
                          std::string_view code) {
  auto sealed = tx.one<std::optional<Bytes>>(
      sql("SELECT totp_next_seed FROM accounts WHERE id = :account"), account);
  if (!sealed) {
    return sealed.error();
  }
  if (!*sealed) {
    return Error{"begin to set up the app first", "second_factor_not_begun"};
  }
  auto seed =
      people.vault.unseal(std::string((*sealed)->begin(), (*sealed)->end()), account.text());
  if (!seed) {
    return seed.error();
  }
  const auto step = matching_totp_step(*seed, code, people.clock(), 0);
  wipe(*seed);
  if (!step) {
    return second_factor_wrong();
  }
  return Begun{std::move(**sealed), *step};
}

/// What follows of a change that is done: no older link works, a mail, and an entry.
Result<void> finish_change(const People& people, Transaction& tx, const std::optional<Uuid>& actor,
                           const Credentials& known, std::string action) {
  const std::int64_t now_ms = people.clock();
  if (auto ended = end_links(tx, known.account); !ended) {
    return ended;
  }
  if (auto told =
          queue_notice(people, tx, "second-factor-changed", known.email, known.language, now_ms);
      !told) {
    return told;
  }
  return audit::append(tx, {actor, std::move(action), known.account.text()}, now_ms);
}

Result<void> take_off(Transaction& tx, const Uuid& account) {
  if (auto removed = remove_recovery_codes(tx, account); !removed) {
    return removed;
  }
  return run(tx,
             sql("UPDATE accounts SET totp_seed = NULL, totp_next_seed = NULL, totp_last_step = 0 "
                 "WHERE id = :account"),
             account);
}

}  // namespace

Result<TotpSetup> SecondFactor::begin(const Uuid& account, std::string_view password) {
  auto known = check_own_password(people_, account, password);
  if (!known) {
    return known.error();
  }
  std::string seed = new_totp_seed();
  const std::string sealed = people_.vault.seal(seed, account.text());
  auto kept = people_.database.transact([&](Transaction& tx) {
    return run(tx, sql("UPDATE accounts SET totp_next_seed = :seed WHERE id = :account"),
               Bytes(sealed.begin(), sealed.end()), account);
  });
  if (!kept) {
    return kept.error();
  }
  TotpSetup setup{totp_seed_text(seed), totp_uri(seed, people_.settings.site_name, known->email)};
  wipe(seed);
  return setup;
}

Result<TotpConfirmed> SecondFactor::confirm(std::string_view session_token, std::string_view code) {
  auto account = counted_account(people_, session_token);
  if (!account) {
    return account.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<TotpConfirmed> {
    auto known = credentials_of(tx, *account);
    if (!known) {
      return known.error();
    }
    if (!*known) {
      return session_ended();
    }
    auto begun = check_begun(people_, tx, *account, code);
    if (!begun) {
      return begun.error();
    }
    if (auto changed = run(tx,
                           sql("UPDATE accounts SET totp_seed = :seed, totp_next_seed = NULL, "
                               "totp_last_step = :step WHERE id = :account"),
                           begun->sealed, begun->step, *account);
        !changed) {
      return changed.error();
    }
    auto codes = replace_recovery_codes(tx, *account);
    if (!codes) {
      return codes.error();
    }
    auto session = keep_only_session(people_, tx, session_token, true, people_.clock());
    if (!session) {
      return session.error();
    }
    if (auto done = finish_change(people_, tx, *account, **known, "account.second_factor_on");
        !done) {
      return done.error();
    }
    return TotpConfirmed{std::move(*codes), std::move(*session)};
  });
}

Result<void> SecondFactor::check(const Uuid& account, std::string_view code) {
  if (auto may =
          check_throttle(people_, "secret", account.text(), people_.settings.secrets_per_account);
      !may) {
    return may;
  }
  return people_.database.transact([&](Transaction& tx) -> Result<void> {
    const auto known = credentials_of(tx, account);
    if (!known) {
      return known.error();
    }
    return *known && (*known)->totp_seed ? use_second_factor(people_, tx, **known, code)
                                         : second_factor_wrong();
  });
}

Result<SignedIn> SecondFactor::disable(std::string_view session_token, std::string_view password,
                                       std::string_view code) {
  auto account = people_.database.read(
      [&](Transaction& tx) { return account_of_session(tx, session_token, people_.clock()); });
  if (!account) {
    return account.error();
  }
  if (auto right = check_own_password(people_, *account, password); !right) {
    return right.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<SignedIn> {
    auto known = credentials_of(tx, *account);
    if (!known) {
      return known.error();
    }
    if (!*known) {
      return session_ended();
    }
    if ((*known)->role != AccountRole::contributor) {
      return Error{"moderators and administrators need a second factor",
                   "second_factor_obligatory"};
    }
    if (!(*known)->totp_seed) {
      return second_factor_wrong();
    }
    if (auto used = use_second_factor(people_, tx, **known, code); !used) {
      return used.error();
    }
    if (auto taken = take_off(tx, *account); !taken) {
      return taken.error();
    }
    auto session = keep_only_session(people_, tx, session_token, false, people_.clock());
    if (!session) {
      return session;
    }
    if (auto done = finish_change(people_, tx, *account, **known, "account.second_factor_off");
        !done) {
      return done.error();
    }
    return session;
  });
}

Result<RecoveryCodes> SecondFactor::new_recovery_codes(const Uuid& account,
                                                       std::string_view password) {
  if (auto right = check_own_password(people_, account, password); !right) {
    return right.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<RecoveryCodes> {
    auto known = credentials_of(tx, account);
    if (!known) {
      return known.error();
    }
    if (!*known || !(*known)->totp_seed) {
      return Error{"set up an authenticator app first", "second_factor_not_begun"};
    }
    auto codes = replace_recovery_codes(tx, account);
    if (!codes) {
      return codes;
    }
    if (auto done = finish_change(people_, tx, account, **known, "account.recovery_codes"); !done) {
      return done.error();
    }
    return codes;
  });
}

Result<std::int64_t> SecondFactor::recovery_codes_left(const Uuid& account) {
  return people_.database.read([&](Transaction& tx) -> Result<std::int64_t> {
    auto count = tx.one<std::int64_t>(
        sql("SELECT COUNT(*) FROM recovery_codes WHERE account_id = :account"), account);
    if (!count) {
      return count.error();
    }
    return *count;
  });
}

Result<void> SecondFactor::reset_for(const std::optional<Uuid>& actor, const Uuid& account) {
  return people_.database.transact([&](Transaction& tx) -> Result<void> {
    auto known = credentials_of(tx, account);
    if (!known) {
      return known.error();
    }
    if (!*known) {
      return Error{"there is no such account", "unknown_account"};
    }
    if (auto taken = take_off(tx, account); !taken) {
      return taken;
    }
    if (auto ended = end_sessions(tx, account); !ended) {
      return ended;
    }
    return finish_change(people_, tx, actor, **known, "account.second_factor_reset");
  });
}

}  // namespace everyface
