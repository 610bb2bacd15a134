// The parts of Accounts that send links, and what links do.
#include <fmt/format.h>

#include "commons/people_parts.h"
#include "commons/texts.h"
#include "everyface/commons/accounts.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/outbox.h"
#include "everyface/commons/secret.h"

namespace everyface {

template <>
struct SqlType<MailPurpose> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(MailPurpose purpose) {
    switch (purpose) {
      case MailPurpose::join:
        return std::string("join");
      case MailPurpose::reset:
        return std::string("reset");
      case MailPurpose::change_email:
        break;
    }
    return std::string("change_email");
  }
  static std::optional<MailPurpose> from(SqlValue&& value) {
    const auto& text = std::get<std::string>(value);
    return text == "join"           ? std::optional(MailPurpose::join)
           : text == "reset"        ? std::optional(MailPurpose::reset)
           : text == "change_email" ? std::optional(MailPurpose::change_email)
                                    : std::nullopt;
  }
};

namespace {

struct Link {
  MailPurpose purpose = MailPurpose::join;
  std::string email;
  std::string language;
  std::optional<Uuid> account;
  static constexpr auto columns =
      std::make_tuple(&Link::purpose, &Link::email, &Link::language, &Link::account);
};

Error link_invalid() {
  return Error{"this link was used already or is too old; ask for a new one", "link_invalid"};
}

Result<Link> find_link(Transaction& tx, std::string_view token, std::int64_t now_ms) {
  auto link = tx.find<Link>(sql("SELECT purpose, email, language, account_id FROM mail_links WHERE "
                                "digest = :digest AND expires_ms > :now"),
                            secret_digest(token), now_ms);
  if (!link) {
    return link.error();
  }
  if (!*link) {
    return link_invalid();
  }
  return std::move(**link);
}

Result<void> remove_links(Transaction& tx, const std::string& email) {
  return run(tx, sql("DELETE FROM mail_links WHERE email = :email"), email);
}

/// Gives what the link was for and deletes it, with the others of its address, which it makes
/// pointless, and of its account: whoever knew the old password may have asked for a change of
/// address, to one of their own. All in one statement: were each deleted on its own and the others
/// at the end, two links used at once would wait for each other until the database ends one of
/// them.
Result<Link> use_link(Transaction& tx, std::string_view token, std::int64_t now_ms) {
  auto link = find_link(tx, token, now_ms);
  if (!link) {
    return link;
  }
  if (auto removed =
          run(tx, sql("DELETE FROM mail_links WHERE email = :email OR account_id = :account"),
              link->email, link->account);
      !removed) {
    return removed.error();
  }
  return link;
}

/// Writes a link down, and mails it.
Result<void> send_link(const People& people, Transaction& tx, const Link& link,
                       std::string_view mail_name, std::string_view page, std::int64_t life_ms,
                       std::int64_t now_ms) {
  const std::string token = new_secret();
  auto added = run(tx,
                   sql("INSERT INTO mail_links (digest, purpose, email, language, account_id, "
                       "created_ms, expires_ms) VALUES (:digest, :purpose, :email, :language, "
                       ":account, :now, :expires)"),
                   secret_digest(token), link.purpose, link.email, link.language, link.account,
                   now_ms, now_ms + life_ms);
  if (!added) {
    return added;
  }
  const MailWords words{people.settings.site_name, people.settings.base_url,
                        fmt::format("{}/{}?token={}", people.settings.base_url, page, token),
                        life_ms / kHourMs};
  return queue_mail(tx, compose_mail(mail_name, link.language, link.email, words), now_ms);
}

/// The checked address, counted. Codes: email_malformed, too_many_attempts.
Result<std::string> counted_address(const People& people, const MailRequest& request) {
  auto email = check_email(request.email);
  if (!email) {
    return email;
  }
  if (auto fine = check_throttle(people, "mail-to", *email, people.settings.mails_per_address);
      !fine) {
    return fine.error();
  }
  if (auto fine =
          check_throttle(people, "mail-from", request.network, people.settings.mails_per_network);
      !fine) {
    return fine.error();
  }
  return email;
}

/// What both request_join() and request_reset() do: one link, one mail, whatever is found.
Result<void> request_password_link(const People& people, const MailRequest& request,
                                   std::string_view mail_if_known,
                                   std::string_view mail_if_unknown) {
  auto email = counted_address(people, request);
  if (!email) {
    return email.error();
  }
  return people.database.transact([&](Transaction& tx) -> Result<void> {
    auto account = tx.find<Uuid>(sql("SELECT id FROM accounts WHERE email = :email"), *email);
    if (!account) {
      return account.error();
    }
    const bool known = account->has_value();
    return send_link(people, tx,
                     {known ? MailPurpose::reset : MailPurpose::join, *email,
                      std::string(known_language(request.language)), *account},
                     known ? mail_if_known : mail_if_unknown, "choose-password",
                     known ? people.settings.reset_link_ms : people.settings.join_link_ms,
                     people.clock());
  });
}

Result<PasswordChosen> join(Transaction& tx, const Link& link, const std::string& hash,
                            std::int64_t now_ms) {
  const Uuid account = Uuid::make();
  auto added = tx.execute(
      sql("INSERT INTO accounts (id, email, password_hash, role, language, totp_last_step, "
          "created_ms) VALUES (:id, :email, :hash, :role, :language, 0, :now) ON CONFLICT (email) "
          "DO NOTHING"),
      account, link.email, hash, AccountRole::contributor, link.language, now_ms);
  if (!added) {
    return added.error();
  }
  if (*added == 0) {
    return link_invalid();  // joined by another link meanwhile
  }
  if (auto noted = audit::append(tx, {account, "account.join", account.text()}, now_ms); !noted) {
    return noted.error();
  }
  return PasswordChosen{account, true};
}

Result<PasswordChosen> reset(const People& people, Transaction& tx, const Link& link,
                             const std::string& hash, std::int64_t now_ms) {
  const Uuid account = link.account.value();
  auto changed = tx.execute(sql("UPDATE accounts SET password_hash = :hash WHERE id = :account AND "
                                "email = :email"),
                            hash, account, link.email);
  if (!changed) {
    return changed.error();
  }
  if (*changed == 0) {
    return link_invalid();  // closed, or moved to another address
  }
  if (auto ended = end_sessions(tx, account); !ended) {
    return ended.error();
  }
  if (auto told = queue_notice(people, tx, "password-changed", link.email, link.language, now_ms);
      !told) {
    return told.error();
  }
  if (auto noted = audit::append(tx, {account, "account.reset_password", account.text()}, now_ms);
      !noted) {
    return noted.error();
  }
  return PasswordChosen{account, false};
}

}  // namespace

Result<void> end_links(Transaction& tx, const Uuid& account) {
  return run(tx, sql("DELETE FROM mail_links WHERE account_id = :account"), account);
}

Result<void> Accounts::request_join(const MailRequest& request, bool adult) {
  if (!adult) {
    return Error{"only people of 18 and older can join", "adults_only"};
  }
  return request_password_link(people_, request, "join-known", "join");
}

Result<void> Accounts::request_reset(const MailRequest& request) {
  return request_password_link(people_, request, "reset", "reset-unknown");
}

Result<MailLink> Accounts::look_at_link(std::string_view token) {
  return people_.database.read([&](Transaction& tx) -> Result<MailLink> {
    auto link = find_link(tx, token, people_.clock());
    if (!link) {
      return link.error();
    }
    return MailLink{link->purpose, link->email};
  });
}

Result<PasswordChosen> Accounts::choose_password(std::string_view token,
                                                 std::string_view password) {
  auto shown = look_at_link(token);
  if (!shown) {
    return shown.error();
  }
  if (shown->purpose == MailPurpose::change_email) {
    return link_invalid();
  }
  if (auto fine = check_new_password(password, shown->email); !fine) {
    return fine.error();
  }
  auto hash = people_.passwords.hash(password);
  if (!hash) {
    return hash.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<PasswordChosen> {
    const std::int64_t now_ms = people_.clock();
    auto link = use_link(tx, token, now_ms);
    if (!link) {
      return link.error();
    }
    return link->purpose == MailPurpose::join ? join(tx, *link, *hash, now_ms)
                                              : reset(people_, tx, *link, *hash, now_ms);
  });
}

Result<void> Accounts::request_email_change(const Uuid& account, std::string_view password,
                                            const MailRequest& request) {
  auto known = check_own_password(people_, account, password);
  if (!known) {
    return known.error();
  }
  auto email = counted_address(people_, request);
  if (!email) {
    return email.error();
  }
  return people_.database.transact([&](Transaction& tx) -> Result<void> {
    auto other = tx.find<Uuid>(sql("SELECT id FROM accounts WHERE email = :email"), *email);
    if (!other) {
      return other.error();
    }
    const bool taken = other->has_value();
    const std::int64_t now_ms = people_.clock();
    if (auto told =
            queue_notice(people_, tx, "email-change-asked", known->email, known->language, now_ms);
        !told) {
      return told;
    }
    // A link in both cases, so that both take the same work; the mail to a taken address does not
    // hold it.
    return send_link(people_, tx, {MailPurpose::change_email, *email, known->language, account},
                     taken ? "change-email-known" : "change-email", "confirm-email",
                     people_.settings.join_link_ms, now_ms);
  });
}

Result<void> Accounts::confirm_email_change(std::string_view token) {
  return people_.database.transact([&](Transaction& tx) -> Result<void> {
    const std::int64_t now_ms = people_.clock();
    auto link = use_link(tx, token, now_ms);
    if (!link) {
      return link.error();
    }
    if (link->purpose != MailPurpose::change_email) {
      return link_invalid();
    }
    const Uuid account = link->account.value();
    auto known = credentials_of(tx, account);
    if (!known) {
      return known.error();
    }
    auto taken = tx.find<Uuid>(sql("SELECT id FROM accounts WHERE email = :email"), link->email);
    if (!taken) {
      return taken.error();
    }
    if (!*known || *taken) {
      return link_invalid();
    }
    if (auto changed = run(tx, sql("UPDATE accounts SET email = :email WHERE id = :account"),
                           link->email, account);
        !changed) {
      return changed;
    }
    if (auto removed = remove_links(tx, (*known)->email); !removed) {
      return removed;
    }
    if (auto told =
            queue_notice(people_, tx, "email-changed", (*known)->email, (*known)->language, now_ms);
        !told) {
      return told;
    }
    return audit::append(tx, {account, "account.change_email", account.text()}, now_ms);
  });
}

}  // namespace everyface
