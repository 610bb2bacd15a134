#include "everyface/money/wallet_grants.h"

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <tuple>
#include <utility>

#include "everyface/base/base64.h"
#include "everyface/commons/secret.h"
#include "money/rows.h"

namespace everyface {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 5> kStates = {"asked", "given", "refused", "lost", "ended"};
constexpr std::int64_t kAtOnce = 20;
/// Before a token runs out by the wallet's clock.
constexpr std::int64_t kTokenMarginMs = 30 * kSecondMs;
/// Rafiki wants five seconds between questions.
constexpr std::chrono::milliseconds kLongestWait{5200};

struct GrantRow {
  Uuid id;
  std::string purpose;
  Uuid subject;
  std::string wallet;
  std::string auth_server;
  std::string state;
  std::string secrets;
  std::optional<std::int64_t> token_until_ms;
  static constexpr auto columns = std::make_tuple(
      &GrantRow::id, &GrantRow::purpose, &GrantRow::subject, &GrantRow::wallet,
      &GrantRow::auth_server, &GrantRow::state, &GrantRow::secrets, &GrantRow::token_until_ms);
};

/// What is kept sealed.
struct Secrets {
  std::string client_nonce;
  std::string server_nonce;
  std::string continue_token;
  std::string continue_uri;
  std::string token;
  std::string manage;
};

std::string sealed(const WalletDesk& desk, const Secrets& secrets, const Uuid& grant) {
  std::string plain = Json({{"client_nonce", secrets.client_nonce},
                            {"server_nonce", secrets.server_nonce},
                            {"continue_token", secrets.continue_token},
                            {"continue_uri", secrets.continue_uri},
                            {"token", secrets.token},
                            {"manage", secrets.manage}})
                          .dump();
  std::string text = base64(desk.vault.seal(plain, grant.text()));
  wipe(plain);
  return text;
}

Result<Secrets> unsealed(const WalletDesk& desk, const GrantRow& row) {
  const auto bytes = from_base64(row.secrets);
  auto plain = bytes ? desk.vault.unseal(*bytes, row.id.text())
                     : Result<std::string>(Error{"the secrets of a grant are damaged"});
  if (!plain) {
    return plain.error();
  }
  const Json json = Json::parse(*plain);
  wipe(*plain);
  const auto text = [&](const char* name) { return json.at(name).get<std::string>(); };
  return Secrets{text("client_nonce"), text("server_nonce"), text("continue_token"),
                 text("continue_uri"), text("token"),        text("manage")};
}

GrantState state_of(std::string_view name) {
  std::size_t i = 0;
  while (i + 1 < kStates.size() && kStates.at(i) != name) {
    ++i;
  }
  return static_cast<GrantState>(i);
}

WalletGrant grant_of(const GrantRow& row) {
  return {row.id, row.purpose, row.subject, row.wallet, row.auth_server, state_of(row.state)};
}

Result<GrantRow> read_grant(Transaction& tx, const Uuid& grant) {
  auto row = tx.find<GrantRow>(
      sql("SELECT id, purpose, subject_id, wallet, auth_server, state, secrets, token_until_ms "
          "FROM wallet_grants WHERE id = :grant_id"),
      grant);
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return Error{"there is no such grant", "not_found"};
  }
  return std::move(**row);
}

/// Takes the grant for one call to its wallet, so that no two servers change it at once.
Result<GrantRow> claim(WalletDesk& desk, const Uuid& grant) {
  return desk.database.transact([&](Transaction& tx) -> Result<GrantRow> {
    const std::int64_t now_ms = desk.clock();
    const auto claimed =
        tx.execute(sql("UPDATE wallet_grants SET busy_until_ms = :until WHERE id = :grant_id AND "
                       "busy_until_ms <= :now"),
                   now_ms + kClaimMs, grant, now_ms);
    if (!claimed) {
      return claimed.error();
    }
    auto row = read_grant(tx, grant);
    if (row && *claimed == 0) {
      return Error{"the wallet is being asked already", "grant_busy"};
    }
    return row;
  });
}

/// What came of the call.
Result<void> keep(WalletDesk& desk, const Uuid& grant, GrantState state, const Secrets& secrets,
                  std::optional<std::int64_t> token_until_ms) {
  return desk.database.transact([&](Transaction& tx) {
    return done(tx.execute(sql("UPDATE wallet_grants SET state = :state, secrets = :secrets, "
                               "token_until_ms = :until, busy_until_ms = 0 WHERE id = :grant_id"),
                           grant_state_name(state), sealed(desk, secrets, grant), token_until_ms,
                           grant));
  });
}

Result<void> let_go(WalletDesk& desk, const Uuid& grant) {
  return desk.database.transact([&](Transaction& tx) {
    return done(
        tx.execute(sql("UPDATE wallet_grants SET busy_until_ms = 0 WHERE id = :grant_id"), grant));
  });
}

std::optional<std::int64_t> until_ms(const WalletDesk& desk, const AccessToken& token) {
  return token.expires_in_s ? std::optional(desk.clock() + *token.expires_in_s * kSecondMs)
                            : std::nullopt;
}

Error answered_already() { return {"this was answered already", "grant_state"}; }

/// Asks the wallet what its owner said. `row` is claimed.
Result<GrantState> hear(WalletDesk& desk, const GrantRow& row, Secrets& secrets,
                        const std::string& interact_ref, std::optional<std::int64_t>& until) {
  const Continuation continuation{secrets.continue_token, secrets.continue_uri, 0};
  auto answer = desk.client.continue_grant(continuation, interact_ref);
  if (!answer && answer.error().fault == PaymentFault::kTooFast) {
    // Its owner was quicker than the wallet wants to be asked.
    std::this_thread::sleep_for(kLongestWait);
    answer = desk.client.continue_grant(continuation, interact_ref);
  }
  if (!answer) {
    return answer.error();
  }
  if (answer->next) {
    secrets.continue_token = answer->next->token;
    secrets.continue_uri = answer->next->uri;
  }
  if (answer->token) {
    secrets.token = answer->token->value;
    secrets.manage = answer->token->manage;
    until = until_ms(desk, *answer->token);
    return GrantState::kGiven;
  }
  return answer->subject == row.wallet ? GrantState::kGiven : GrantState::kRefused;
}

}  // namespace

std::string_view grant_state_name(GrantState state) {
  return kStates.at(static_cast<std::size_t>(state));
}

std::string grant_return_path(const Uuid& grant) { return "/wallet/return/" + grant.text(); }

Result<GrantAsked> ask_for_grant(WalletDesk& desk, const GrantWanted& wanted) {
  const Uuid id = Uuid::make();
  Secrets secrets;
  secrets.client_nonce = new_secret();
  const InteractionFinish finish{desk.public_url + grant_return_path(id), secrets.client_nonce};
  const auto grant =
      wanted.access.empty()
          ? desk.client.request_subject(wanted.wallet.auth_server, wanted.wallet.id, finish)
          : desk.client.request_grant(wanted.wallet.auth_server, wanted.access, finish);
  if (!grant) {
    return grant.error();
  }
  if (!grant->interaction || !grant->next) {
    return Error{"the wallet does not ask its owner", "wallet_malformed_answer"};
  }
  secrets.server_nonce = grant->interaction->finish;
  secrets.continue_token = grant->next->token;
  secrets.continue_uri = grant->next->uri;
  const auto kept = desk.database.transact([&](Transaction& tx) {
    return done(tx.execute(
        sql("INSERT INTO wallet_grants (id, purpose, subject_id, wallet, auth_server, state, "
            "secrets, token_until_ms, busy_until_ms, asked_ms) VALUES (:id, :purpose, :subject, "
            ":wallet, :auth_server, 'asked', :secrets, NULL, 0, :now)"),
        id, wanted.purpose, wanted.subject, wanted.wallet.id, wanted.wallet.auth_server,
        sealed(desk, secrets, id), desk.clock()));
  });
  if (!kept) {
    return kept.error();
  }
  return GrantAsked{id, grant->interaction->redirect};
}

Result<WalletGrant> find_grant(Transaction& tx, const Uuid& grant) {
  const auto row = read_grant(tx, grant);
  return row ? Result<WalletGrant>(grant_of(*row)) : row.error();
}

Result<std::optional<WalletGrant>> given_grant(Transaction& tx, std::string_view purpose,
                                               const Uuid& subject) {
  auto rows = tx.query<GrantRow>(
      sql("SELECT id, purpose, subject_id, wallet, auth_server, state, secrets, token_until_ms "
          "FROM wallet_grants WHERE purpose = :purpose AND subject_id = :subject AND state = "
          "'given' ORDER BY asked_ms DESC, id DESC LIMIT 1"),
      purpose, subject);
  if (!rows) {
    return rows.error();
  }
  return rows->empty() ? std::optional<WalletGrant>() : std::optional(grant_of(rows->front()));
}

Result<std::vector<Uuid>> given_grants(Transaction& tx, std::string_view purpose,
                                       const Uuid& subject) {
  auto ids = tx.query<Uuid>(sql("SELECT id FROM wallet_grants WHERE purpose = :purpose AND "
                                "subject_id = :subject AND state = 'given' ORDER BY asked_ms, id"),
                            purpose, subject);
  return ids ? Result<std::vector<Uuid>>(std::move(*ids)) : ids.error();
}

Result<WalletGrant> finish_grant(WalletDesk& desk, const Uuid& grant,
                                 const std::string& interact_ref, std::string_view hash) {
  const auto row = claim(desk, grant);
  if (!row) {
    return row.error();
  }
  auto secrets = unsealed(desk, *row);
  if (!secrets) {
    return secrets.error();
  }
  const bool asked = row->state == "asked";
  const bool genuine = is_finish_hash(hash, secrets->client_nonce, secrets->server_nonce,
                                      interact_ref, row->auth_server);
  std::optional<std::int64_t> until;
  auto state = !asked    ? Result<GrantState>(answered_already())
               : genuine ? hear(desk, *row, *secrets, interact_ref, until)
                         : Result<GrantState>(Error{"this does not come from the wallet that was "
                                                    "asked",
                                                    "grant_forged"});
  if (!state) {
    if (const auto freed = let_go(desk, grant); !freed) {
      return freed.error();
    }
    return state.error();
  }
  if (const auto kept = keep(desk, grant, *state, *secrets, until); !kept) {
    return kept.error();
  }
  if (*state == GrantState::kRefused) {
    return Error{"its owner did not say that this wallet is theirs", "wallet_not_theirs"};
  }
  WalletGrant given = grant_of(*row);
  given.state = *state;
  return given;
}

Result<WalletGrant> refuse_grant(WalletDesk& desk, const Uuid& grant) {
  return desk.database.transact([&](Transaction& tx) -> Result<WalletGrant> {
    const auto changed = tx.execute(
        sql("UPDATE wallet_grants SET state = 'refused' WHERE id = :grant_id AND state = 'asked'"),
        grant);
    return changed ? find_grant(tx, grant) : changed.error();
  });
}

Result<std::string> grant_token(WalletDesk& desk, const Uuid& grant) {
  const auto row = desk.database.read([&](Transaction& tx) { return read_grant(tx, grant); });
  if (!row) {
    return row.error();
  }
  if (row->state != "given") {
    return Error{"the wallet's owner has to agree again", "grant_lost"};
  }
  const auto secrets = unsealed(desk, *row);
  if (!secrets) {
    return secrets.error();
  }
  const bool over = row->token_until_ms && *row->token_until_ms - kTokenMarginMs < desk.clock();
  return over ? exchange_token(desk, grant, secrets->token) : secrets->token;
}

Result<std::string> exchange_token(WalletDesk& desk, const Uuid& grant,
                                   const std::string& refused) {
  const auto row = claim(desk, grant);
  if (!row) {
    return row.error();
  }
  auto secrets = unsealed(desk, *row);
  if (!secrets) {
    return secrets.error();
  }
  if (row->state != "given" || secrets->token != refused) {
    if (const auto freed = let_go(desk, grant); !freed) {
      return freed.error();
    }
    return row->state == "given" ? Result<std::string>(secrets->token)
                                 : Error{"the wallet's owner has to agree again", "grant_lost"};
  }
  const auto token = desk.client.rotate_token({secrets->token, secrets->manage, std::nullopt});
  if (token) {
    secrets->token = token->value;
    secrets->manage = token->manage;
    const auto kept = keep(desk, grant, GrantState::kGiven, *secrets, until_ms(desk, *token));
    return kept ? Result<std::string>(token->value) : kept.error();
  }
  const PaymentFault fault = token.error().fault;
  const bool lost = fault == PaymentFault::kNotFound || fault == PaymentFault::kUnauthorized ||
                    fault == PaymentFault::kForbidden || fault == PaymentFault::kInvalidRotation ||
                    fault == PaymentFault::kInvalidClient;
  const auto kept =
      lost ? keep(desk, grant, GrantState::kLost, *secrets, std::nullopt) : let_go(desk, grant);
  if (!kept) {
    return kept.error();
  }
  return lost ? Error{"the wallet no longer takes the site's token: " + token.error().message,
                      "grant_lost"}
              : Error(token.error());
}

Result<void> end_grant(WalletDesk& desk, const Uuid& grant) {
  const auto row = claim(desk, grant);
  if (!row) {
    return row.error();
  }
  const auto secrets = unsealed(desk, *row);
  if (!secrets) {
    return secrets.error();
  }
  // Best effort: a wallet that does not answer will see the token run out.
  if (!secrets->token.empty()) {
    static_cast<void>(desk.client.revoke_token({secrets->token, secrets->manage, std::nullopt}));
  }
  static_cast<void>(desk.client.cancel_grant({secrets->continue_token, secrets->continue_uri, 0}));
  return keep(desk, grant, GrantState::kEnded, {}, std::nullopt);
}

Result<void> end_grants(WalletDesk& desk, const std::vector<Uuid>& grants) {
  std::optional<Error> problem;
  for (const Uuid& grant : grants) {
    if (const auto ended = end_grant(desk, grant); !ended) {
      problem = problem.value_or(ended.error());
    }
  }
  return problem ? Result<void>(*problem) : Result<void>();
}

Result<void> end_unneeded_grants(WalletDesk& desk, const DbResult<std::vector<Uuid>>& unneeded) {
  if (!unneeded) {
    return unneeded.error();
  }
  auto ended = end_grants(desk, *unneeded);
  return !ended && ended.error().code == "grant_busy" ? Result<void>() : ended;
}

Result<void> end_older_grants(WalletDesk& desk, std::string_view purpose) {
  return end_unneeded_grants(desk, desk.database.read([&](Transaction& tx) {
    return tx.query<Uuid>(
        sql("SELECT older.id FROM wallet_grants older WHERE older.purpose = :purpose AND "
            "older.state = 'given' AND EXISTS (SELECT 1 FROM wallet_grants newer WHERE "
            "newer.purpose = older.purpose AND newer.subject_id = older.subject_id AND newer.state "
            "= 'given' AND (newer.asked_ms > older.asked_ms OR (newer.asked_ms = older.asked_ms "
            "AND newer.id > older.id))) ORDER BY older.id LIMIT :most"),
        purpose, kAtOnce);
  }));
}

}  // namespace everyface
