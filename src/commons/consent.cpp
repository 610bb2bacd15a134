#include "everyface/commons/consent.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "commons/consent_texts.h"
#include "commons/texts.h"
#include "everyface/base/text.h"
#include "everyface/commons/audit_log.h"

namespace everyface {
namespace {

struct ConsentRow {
  std::string kind;
  std::int64_t version = 0;
  std::string language;
  std::string text_sha256;
  std::int64_t given_ms = 0;
  std::optional<std::int64_t> withdrawn_ms;
  static constexpr auto columns =
      std::make_tuple(&ConsentRow::kind, &ConsentRow::version, &ConsentRow::language,
                      &ConsentRow::text_sha256, &ConsentRow::given_ms, &ConsentRow::withdrawn_ms);
};

Consent consent_of(ConsentRow row) {
  return {consent_kind(row.kind).value(),
          static_cast<int>(row.version),
          std::move(row.language),
          std::move(row.text_sha256),
          row.given_ms,
          row.withdrawn_ms};
}

/// Whether this consent, given and not withdrawn, is there.
Result<bool> holds(Transaction& tx, const Uuid& account, ConsentKind kind) {
  auto count = tx.one<std::int64_t>(
      sql("SELECT COUNT(*) FROM consents WHERE account_id = :account AND kind = :kind AND "
          "withdrawn_ms IS NULL"),
      account, consent_name(kind));
  if (!count) {
    return count.error();
  }
  return *count > 0;
}

}  // namespace

std::string_view consent_name(ConsentKind kind) {
  switch (kind) {
    case ConsentKind::publication:
      return "publication";
    case ConsentKind::special_category:
      return "special_category";
    case ConsentKind::templates:
      return "templates";
  }
  throw std::logic_error("no such kind of consent");
}

std::optional<ConsentKind> consent_kind(std::string_view name) {
  for (const ConsentKind kind : kConsentKinds) {
    if (consent_name(kind) == name) {
      return kind;
    }
  }
  return std::nullopt;
}

Result<void> record_consent_texts(Database& database, const Clock& clock) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    for (const ConsentText& text : consent_texts()) {
      const std::string_view kind = consent_name(text.kind);
      auto added = tx.execute(
          sql("INSERT INTO consent_texts (kind, version, language, title, body, sha256, "
              "recorded_ms) VALUES (:kind, :version, :language, :title, :body, :sha256, :now) "
              "ON CONFLICT (kind, version, language) DO NOTHING"),
          kind, text.version, text.language, text.title, text.text, text.sha256, clock());
      if (!added) {
        return added.error();
      }
      auto known = tx.one<std::string>(
          sql("SELECT sha256 FROM consent_texts WHERE kind = :kind AND version = :version AND "
              "language = :language"),
          kind, text.version, text.language);
      if (!known) {
        return known.error();
      }
      if (*known != text.sha256) {
        return Error{fmt::format(
            "consent text {}, version {}, {}: the database has another text under this version, "
            "which people may have agreed to; a changed text needs the next version",
            kind, text.version, text.language)};
      }
    }
    return {};
  });
}

Result<void> give_consent(Database& database, const Clock& clock, const Uuid& account,
                          ConsentKind kind, std::string_view sha256) {
  const ConsentText* const shown = newest_text_of_digest(kind, sha256);
  if (shown == nullptr) {
    return Error{"the text of this consent has changed meanwhile; read the new one",
                 "consent_outdated"};
  }
  return database.transact([&](Transaction& tx) -> Result<void> {
    auto given = holds(tx, account, kind);
    if (!given) {
      return given.error();
    }
    if (*given) {
      return {};
    }
    const std::int64_t now_ms = clock();
    auto added = tx.execute(
        sql("INSERT INTO consents (id, account_id, kind, version, language, text_sha256, given_ms) "
            "VALUES (:id, :account, :kind, :version, :language, :sha256, :now)"),
        Uuid::make(), account, consent_name(kind), shown->version, shown->language, shown->sha256,
        now_ms);
    if (!added) {
      return added.error();
    }
    return audit::append(tx,
                         {account, "consent.give", account.text(),
                          fmt::format(R"({{"kind":"{}","version":{},"sha256":"{}"}})",
                                      consent_name(kind), shown->version, shown->sha256)},
                         now_ms);
  });
}

Result<void> withdraw_consent(Transaction& tx, const Uuid& account, ConsentKind kind,
                              const WithdrawalHook& hook, std::int64_t now_ms) {
  auto ended = tx.execute(sql("UPDATE consents SET withdrawn_ms = :now WHERE account_id = :account "
                              "AND kind = :kind AND withdrawn_ms IS NULL"),
                          now_ms, account, consent_name(kind));
  if (!ended) {
    return ended.error();
  }
  if (*ended == 0) {
    return {};
  }
  if (auto done = hook(tx, account, kind); !done) {
    return done;
  }
  return audit::append(tx,
                       {account, "consent.withdraw", account.text(),
                        fmt::format(R"({{"kind":"{}"}})", consent_name(kind))},
                       now_ms);
}

Result<void> withdraw_consent(Database& database, const Clock& clock, const Uuid& account,
                              ConsentKind kind, const WithdrawalHook& hook) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    return withdraw_consent(tx, account, kind, hook, clock());
  });
}

Result<std::vector<Consent>> consents_of(Database& database, const Uuid& account) {
  return database.read([&](Transaction& tx) -> Result<std::vector<Consent>> {
    auto rows = tx.query<ConsentRow>(
        sql("SELECT kind, version, language, text_sha256, given_ms, withdrawn_ms FROM consents "
            "WHERE account_id = :account ORDER BY given_ms, id"),
        account);
    if (!rows) {
      return rows.error();
    }
    std::vector<Consent> consents;
    for (ConsentRow& row : *rows) {
      consents.push_back(consent_of(std::move(row)));
    }
    return consents;
  });
}

Result<Consents> consents_now(Transaction& tx, const Uuid& account) {
  auto kinds = tx.query<std::string>(sql("SELECT kind FROM consents WHERE account_id = :account "
                                         "AND withdrawn_ms IS NULL"),
                                     account);
  if (!kinds) {
    return kinds.error();
  }
  const auto has = [&kinds](ConsentKind kind) {
    return std::find(kinds->begin(), kinds->end(), consent_name(kind)) != kinds->end();
  };
  return Consents{has(ConsentKind::publication), has(ConsentKind::special_category),
                  has(ConsentKind::templates)};
}

Result<std::optional<RecordedText>> recorded_text(Database& database, std::string_view sha256) {
  return database.read([&](Transaction& tx) -> Result<std::optional<RecordedText>> {
    auto row = tx.find<std::tuple<std::string, std::string>>(
        sql("SELECT title, body FROM consent_texts WHERE sha256 = :sha256"), sha256);
    if (!row) {
      return row.error();
    }
    if (!*row) {
      return std::optional<RecordedText>{};
    }
    return std::optional(RecordedText{std::get<0>(**row), std::get<1>(**row)});
  });
}

}  // namespace everyface
