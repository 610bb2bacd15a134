#include "everyface/commons/api_tokens.h"

#include <algorithm>

#include "commons/people_parts.h"
#include "commons/utf8.h"
#include "everyface/base/text.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/secret.h"

namespace everyface {
namespace {

constexpr std::string_view kPrefix = "ef_";  // so that scanners for leaked secrets can find them
constexpr std::size_t kMaxName = 60;
constexpr std::int64_t kUsedEveryMs = kHourMs;

struct TokenRow {
  Uuid id;
  std::string name;
  std::string scopes;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> used_ms;
  std::optional<std::int64_t> revoked_ms;
  static constexpr auto columns =
      std::make_tuple(&TokenRow::id, &TokenRow::name, &TokenRow::scopes, &TokenRow::created_ms,
                      &TokenRow::used_ms, &TokenRow::revoked_ms);
};

std::vector<std::string> scope_list(std::string_view scopes) {
  std::vector<std::string> list;
  for (const std::string_view scope : split_blanks(scopes)) {
    list.emplace_back(scope);
  }
  return list;
}

/// The name without blanks at its ends.
Result<std::string> checked_name(std::string_view name) {
  std::string trimmed(trim(name));
  const auto characters = printable_characters(trimmed);
  if (characters.value_or(0) < 1 || *characters > kMaxName) {
    return Error{"name the token in 1 to 60 characters, so that you know it later", "token_name"};
  }
  return trimmed;
}

/// Joined by blanks, in the order of kTokenScopes.
Result<std::string> checked_scopes(const std::vector<std::string>& scopes) {
  const auto has = [](const auto& list, std::string_view scope) {
    return std::find(list.begin(), list.end(), scope) != list.end();
  };
  const bool all_known = std::all_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
    return has(kTokenScopes, scope);
  });
  if (scopes.empty() || !all_known) {
    return Error{"choose what the token may do, out of the list", "token_scopes"};
  }
  std::vector<std::string> ordered;
  for (const std::string_view scope : kTokenScopes) {
    if (has(scopes, scope)) {
      ordered.emplace_back(scope);
    }
  }
  return join(ordered, " ");
}

}  // namespace

Result<NewApiToken> create_api_token(Database& database, const Clock& clock, const Uuid& account,
                                     std::string_view name,
                                     const std::vector<std::string>& scopes) {
  auto label = checked_name(name);
  if (!label) {
    return label.error();
  }
  auto rights = checked_scopes(scopes);
  if (!rights) {
    return rights.error();
  }
  return database.transact([&](Transaction& tx) -> Result<NewApiToken> {
    auto count = tx.one<std::int64_t>(sql("SELECT COUNT(*) FROM api_tokens WHERE account_id = "
                                          ":account AND revoked_ms IS NULL"),
                                      account);
    if (!count) {
      return count.error();
    }
    if (*count >= kMaxApiTokens) {
      return Error{"you have 20 tokens already; revoke one that you do not use", "token_limit"};
    }
    const NewApiToken token{Uuid::make(), std::string(kPrefix) + new_secret()};
    const std::int64_t now_ms = clock();
    auto added = run(tx,
                     sql("INSERT INTO api_tokens (id, account_id, digest, name, scopes, "
                         "created_ms) VALUES (:id, :account, :digest, :name, :scopes, :now)"),
                     token.id, account, secret_digest(token.token), *label, *rights, now_ms);
    if (!added) {
      return added.error();
    }
    if (auto noted = audit::append(tx, {account, "token.create", token.id.text()}, now_ms);
        !noted) {
      return noted.error();
    }
    return token;
  });
}

Result<std::vector<ApiToken>> api_tokens_of(Database& database, const Uuid& account) {
  return database.read([&](Transaction& tx) -> Result<std::vector<ApiToken>> {
    auto rows = tx.query<TokenRow>(
        sql("SELECT id, name, scopes, created_ms, used_ms, revoked_ms FROM api_tokens WHERE "
            "account_id = :account ORDER BY created_ms DESC, id DESC"),
        account);
    if (!rows) {
      return rows.error();
    }
    std::vector<ApiToken> tokens;
    for (TokenRow& row : *rows) {
      tokens.push_back({row.id, std::move(row.name), scope_list(row.scopes), row.created_ms,
                        row.used_ms, row.revoked_ms});
    }
    return tokens;
  });
}

Result<void> revoke_api_token(Database& database, const Clock& clock, const Uuid& account,
                              const Uuid& token) {
  return database.transact([&](Transaction& tx) -> Result<void> {
    const std::int64_t now_ms = clock();
    auto revoked = tx.execute(sql("UPDATE api_tokens SET revoked_ms = :now WHERE id = :id AND "
                                  "account_id = :account AND revoked_ms IS NULL"),
                              now_ms, token, account);
    if (!revoked) {
      return revoked.error();
    }
    if (*revoked == 0) {
      return {};
    }
    return audit::append(tx, {account, "token.revoke", token.text()}, now_ms);
  });
}

bool ApiCaller::may(std::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

Result<std::optional<ApiCaller>> authenticate_api_token(Database& database, const Clock& clock,
                                                        std::string_view token) {
  const std::int64_t now_ms = clock();
  using Row = std::tuple<Uuid, Uuid, std::string, std::optional<std::int64_t>>;
  auto row = database.read([&](Transaction& tx) {
    return tx.find<Row>(sql("SELECT id, account_id, scopes, used_ms FROM api_tokens WHERE digest = "
                            ":digest AND revoked_ms IS NULL"),
                        secret_digest(token));
  });
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return std::optional<ApiCaller>();
  }
  const auto& [id, account, scopes, used_ms] = **row;
  if (now_ms - used_ms.value_or(0) >= kUsedEveryMs) {
    auto noted = database.transact([&, key = id](Transaction& tx) {
      return run(tx, sql("UPDATE api_tokens SET used_ms = :now WHERE id = :id"), now_ms, key);
    });
    if (!noted) {
      return noted.error();
    }
  }
  return std::optional(ApiCaller{account, scope_list(scopes)});
}

}  // namespace everyface
