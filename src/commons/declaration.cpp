#include "everyface/commons/declaration.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "commons/people_parts.h"
#include "everyface/commons/audit_log.h"

namespace everyface {
namespace {

constexpr std::array<std::pair<DeclarationState, std::string_view>, 4> kStates = {{
    {DeclarationState::active, "active"},
    {DeclarationState::proposed, "proposed"},
    {DeclarationState::refused, "refused"},
    {DeclarationState::superseded, "superseded"},
}};

}  // namespace

template <>
struct SqlType<DeclarationState> {
  static constexpr SqlKind kind = SqlKind::kText;
  static SqlValue to(DeclarationState state) { return std::string(declaration_state_name(state)); }
  static std::optional<DeclarationState> from(SqlValue&& value) {
    for (const auto& [state, name] : kStates) {
      if (name == std::get<std::string>(value)) {
        return state;
      }
    }
    return std::nullopt;
  }
};

namespace {

struct DeclarationRow {
  Uuid id;
  Uuid account;
  std::string gender;
  std::string age_band;
  std::string country;
  std::optional<std::int64_t> monk_tone;
  std::string free_text;
  DeclarationState state = DeclarationState::active;
  std::int64_t submitted_ms = 0;
  std::optional<std::int64_t> reviewed_ms;
  static constexpr auto columns = std::make_tuple(
      &DeclarationRow::id, &DeclarationRow::account, &DeclarationRow::gender,
      &DeclarationRow::age_band, &DeclarationRow::country, &DeclarationRow::monk_tone,
      &DeclarationRow::free_text, &DeclarationRow::state, &DeclarationRow::submitted_ms,
      &DeclarationRow::reviewed_ms);
};

Result<StoredDeclaration> with_groups(Transaction& tx, DeclarationRow&& row) {
  auto groups = tx.query<std::string>(
      sql("SELECT group_code FROM declaration_groups WHERE declaration_id = :id ORDER BY place"),
      row.id);
  if (!groups) {
    return groups.error();
  }
  return StoredDeclaration{
      row.id,
      row.account,
      {std::move(*groups), std::move(row.gender), std::move(row.age_band), std::move(row.country),
       row.monk_tone ? std::optional(static_cast<int>(*row.monk_tone)) : std::nullopt,
       std::move(row.free_text)},
      row.state,
      row.submitted_ms,
      row.reviewed_ms};
}

Result<std::optional<StoredDeclaration>> found(Transaction& tx,
                                               DbResult<std::optional<DeclarationRow>>&& row) {
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return std::optional<StoredDeclaration>();
  }
  auto stored = with_groups(tx, std::move(**row));
  if (!stored) {
    return stored.error();
  }
  return std::optional(std::move(*stored));
}

Result<std::vector<StoredDeclaration>> all_of(Transaction& tx,
                                              DbResult<std::vector<DeclarationRow>>&& rows) {
  if (!rows) {
    return rows.error();
  }
  std::vector<StoredDeclaration> all;
  for (DeclarationRow& row : *rows) {
    auto stored = with_groups(tx, std::move(row));
    if (!stored) {
      return stored.error();
    }
    all.push_back(std::move(*stored));
  }
  return all;
}

Result<void> insert(Transaction& tx, const Uuid& id, const Uuid& account,
                    const Declaration& declaration, DeclarationState state, std::int64_t now_ms) {
  auto added = run(
      tx,
      sql("INSERT INTO declarations (id, account_id, gender, age_band, country, monk_tone, "
          "free_text, state, submitted_ms) VALUES (:id, :account, :gender, :age, :country, :tone, "
          ":words, :state, :now)"),
      id, account, declaration.gender, declaration.age_band, declaration.country,
      declaration.monk_tone, declaration.free_text, state, now_ms);
  for (std::size_t place = 0; added && place < declaration.groups.size(); ++place) {
    added = run(tx,
                sql("INSERT INTO declaration_groups (declaration_id, group_code, place) VALUES "
                    "(:declaration, :code, :place)"),
                id, declaration.groups[place], static_cast<std::int64_t>(place));
  }
  return added;
}

bool same(const Declaration& a, const Declaration& b) {
  return std::tie(a.groups, a.gender, a.age_band, a.country, a.monk_tone, a.free_text) ==
         std::tie(b.groups, b.gender, b.age_band, b.country, b.monk_tone, b.free_text);
}

Result<void> set_state(Transaction& tx, const Uuid& declaration, DeclarationState state,
                       const std::optional<Uuid>& reviewer, std::optional<std::int64_t> reviewed) {
  return run(tx,
             sql("UPDATE declarations SET state = :state, reviewer_id = :reviewer, reviewed_ms = "
                 ":reviewed WHERE id = :id"),
             state, reviewer, reviewed, declaration);
}

}  // namespace

std::string_view declaration_state_name(DeclarationState state) {
  for (const auto& [known, name] : kStates) {
    if (known == state) {
      return name;
    }
  }
  throw std::logic_error("no such state of a declaration");
}

Result<Uuid> declare(Database& database, const Clock& clock, const DeclarationChoices& choices,
                     const Uuid& account, const Declaration& declaration) {
  auto checked = check_declaration(choices, declaration);
  if (!checked) {
    return checked.error();
  }
  return database.transact([&](Transaction& tx) -> Result<Uuid> {
    auto active = active_declaration(tx, account);
    if (!active) {
      return active.error();
    }
    if (*active) {
      return Error{"you have declared already; ask for a correction", "declaration_locked"};
    }
    const Uuid id = Uuid::make();
    const std::int64_t now_ms = clock();
    if (auto added = insert(tx, id, account, *checked, DeclarationState::active, now_ms); !added) {
      return added.error();
    }
    if (auto noted = audit::append(tx, {account, "declaration.submit", id.text()}, now_ms);
        !noted) {
      return noted.error();
    }
    return id;
  });
}

Result<Uuid> propose_correction(Database& database, const Clock& clock,
                                const DeclarationChoices& choices, const Uuid& account,
                                const Declaration& declaration) {
  auto checked = check_declaration(choices, declaration);
  if (!checked) {
    return checked.error();
  }
  return database.transact([&](Transaction& tx) -> Result<Uuid> {
    auto active = active_declaration(tx, account);
    if (!active) {
      return active.error();
    }
    if (!*active) {
      return Error{"there is nothing to correct: declare first", "declaration_missing"};
    }
    if (same((*active)->declaration, *checked)) {
      return Error{"the correction says the same as your declaration", "declaration_same"};
    }
    const std::int64_t now_ms = clock();
    // One that still waits is replaced.
    auto replaced = run(tx,
                        sql("UPDATE declarations SET state = :superseded WHERE account_id = "
                            ":account AND state = :proposed"),
                        DeclarationState::superseded, account, DeclarationState::proposed);
    if (!replaced) {
      return replaced.error();
    }
    const Uuid id = Uuid::make();
    if (auto added = insert(tx, id, account, *checked, DeclarationState::proposed, now_ms);
        !added) {
      return added.error();
    }
    if (auto noted = audit::append(tx, {account, "declaration.propose", id.text()}, now_ms);
        !noted) {
      return noted.error();
    }
    return id;
  });
}

Result<void> review_correction(Database& database, const Clock& clock, const Uuid& reviewer,
                               const Uuid& correction, bool accept) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    auto proposed = find_declaration(tx, correction);
    if (!proposed) {
      return proposed.error();
    }
    if (!*proposed || (*proposed)->state != DeclarationState::proposed) {
      return Error{"this correction was reviewed or replaced meanwhile", "declaration_reviewed"};
    }
    const Uuid account = (*proposed)->account;
    if (account == reviewer) {
      return Error{"nobody reviews a correction of their own", "not_allowed"};
    }
    auto active = active_declaration(tx, account);
    if (!active) {
      return active.error();
    }
    const std::int64_t now_ms = clock();
    if (accept && *active) {
      if (auto done = set_state(tx, (*active)->id, DeclarationState::superseded, std::nullopt,
                                std::nullopt);
          !done) {
        return done;
      }
    }
    if (auto done =
            set_state(tx, correction, accept ? DeclarationState::active : DeclarationState::refused,
                      reviewer, now_ms);
        !done) {
      return done;
    }
    return audit::append(
        tx, {reviewer, accept ? "declaration.accept" : "declaration.refuse", correction.text()},
        now_ms);
  });
}

Result<std::vector<StoredDeclaration>> waiting_corrections(Database& database, std::int64_t limit) {
  return database.read([&](Transaction& tx) {
    return all_of(tx, tx.query<DeclarationRow>(
                          sql("SELECT id, account_id, gender, age_band, country, monk_tone, "
                              "free_text, state, submitted_ms, reviewed_ms FROM declarations WHERE "
                              "state = :state ORDER BY submitted_ms, id LIMIT :limit"),
                          DeclarationState::proposed, limit));
  });
}

Result<std::vector<StoredDeclaration>> declarations_of(Database& database, const Uuid& account) {
  return database.read([&](Transaction& tx) {
    return all_of(tx, tx.query<DeclarationRow>(
                          sql("SELECT id, account_id, gender, age_band, country, monk_tone, "
                              "free_text, state, submitted_ms, reviewed_ms FROM declarations WHERE "
                              "account_id = :account ORDER BY submitted_ms, id"),
                          account));
  });
}

Result<std::optional<StoredDeclaration>> active_declaration(Transaction& tx, const Uuid& account) {
  return found(tx,
               tx.find<DeclarationRow>(
                   sql("SELECT id, account_id, gender, age_band, country, monk_tone, free_text, "
                       "state, submitted_ms, reviewed_ms FROM declarations WHERE account_id = "
                       ":account AND state = :state"),
                   account, DeclarationState::active));
}

Result<std::optional<StoredDeclaration>> find_declaration(Transaction& tx,
                                                          const Uuid& declaration) {
  return found(tx,
               tx.find<DeclarationRow>(
                   sql("SELECT id, account_id, gender, age_band, country, monk_tone, free_text, "
                       "state, submitted_ms, reviewed_ms FROM declarations WHERE id = :id"),
                   declaration));
}

}  // namespace everyface
