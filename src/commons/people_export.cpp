#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "commons/people_parts.h"
#include "everyface/commons/api_tokens.h"
#include "everyface/commons/audit_log.h"
#include "everyface/commons/declaration.h"
#include "everyface/commons/export.h"

namespace everyface {
namespace {

using Json = nlohmann::ordered_json;

/// "2026-11-25T22:49:57Z"
std::string shown_time(std::int64_t ms) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(ms / kSecondMs)));
}

Json shown_time(const std::optional<std::int64_t>& ms) {
  return ms ? Json(shown_time(*ms)) : Json(nullptr);
}

Result<Json> account_json(Database& database, const Uuid& id) {
  auto account = database.read([&](Transaction& tx) { return find_account(tx, id); });
  if (!account) {
    return account.error();
  }
  if (!*account) {
    return Error{"there is no such account", "unknown_account"};
  }
  return Json{{"id", id.text()},
              {"email", (*account)->email},
              {"role", role_name((*account)->role)},
              {"language", (*account)->language},
              {"joined", shown_time((*account)->created_ms)},
              {"second_factor", (*account)->second_factor}};
}

Json consent_json(const Consent& consent) {
  return {{"kind", consent_name(consent.kind)},
          {"version", consent.version},
          {"language", consent.language},
          {"text_sha256", consent.text_sha256},
          {"text", fmt::format("consents/{}.txt", consent.text_sha256)},
          {"given", shown_time(consent.given_ms)},
          {"withdrawn", shown_time(consent.withdrawn_ms)}};
}

Json declaration_json(const StoredDeclaration& stored) {
  const Declaration& said = stored.declaration;
  return {{"id", stored.id.text()},
          {"groups", said.groups},
          {"gender", said.gender},
          {"age_band", said.age_band},
          {"country", said.country},
          {"monk_tone", said.monk_tone ? Json(*said.monk_tone) : Json(nullptr)},
          {"own_words", said.free_text},
          {"state", declaration_state_name(stored.state)},
          {"submitted", shown_time(stored.submitted_ms)},
          {"reviewed", shown_time(stored.reviewed_ms)}};
}

Json token_json(const ApiToken& token) {
  return {{"name", token.name},
          {"scopes", token.scopes},
          {"created", shown_time(token.created_ms)},
          {"used", shown_time(token.used_ms)},
          {"revoked", shown_time(token.revoked_ms)}};
}

Result<Json> sessions_json(Database& database, const Uuid& account) {
  using Row = std::tuple<std::string, std::int64_t, std::int64_t>;
  auto rows = database.read([&](Transaction& tx) {
    return tx.query<Row>(sql("SELECT device, created_ms, seen_ms FROM sessions WHERE account_id = "
                             ":account ORDER BY created_ms"),
                         account);
  });
  if (!rows) {
    return rows.error();
  }
  Json list = Json::array();
  for (const auto& [device, created_ms, seen_ms] : *rows) {
    list.push_back(
        {{"device", device}, {"began", shown_time(created_ms)}, {"seen", shown_time(seen_ms)}});
  }
  return list;
}

Result<Json> log_json(Database& database, const Uuid& account) {
  auto entries = database.read([&](Transaction& tx) {
    return tx.query<audit::Recorded>(
        sql("SELECT position, at_ms, actor_id, action, subject, details, previous_hash, hash FROM "
            "audit_log WHERE actor_id = :account OR subject = :text ORDER BY position"),
        account, account.text());
  });
  if (!entries) {
    return entries.error();
  }
  Json list = Json::array();
  for (const audit::Recorded& entry : *entries) {
    // Who else acted on the account stays out: their identity is theirs.
    list.push_back({{"position", entry.position},
                    {"at", shown_time(entry.at_ms)},
                    {"by_you", entry.actor == account},
                    {"action", entry.action},
                    {"subject", entry.subject}});
  }
  return list;
}

template <typename Items, typename ToJson>
Result<Json> list_json(const Result<Items>& items, ToJson to_json) {
  if (!items) {
    return items.error();
  }
  Json list = Json::array();
  for (const auto& item : *items) {
    list.push_back(to_json(item));
  }
  return list;
}

/// The texts of all consents, each once.
Result<void> add_consent_texts(ZipWriter& zip, Database& database,
                               const std::vector<Consent>& consents) {
  std::set<std::string> added;
  for (const Consent& consent : consents) {
    if (!added.insert(consent.text_sha256).second) {
      continue;
    }
    auto text = recorded_text(database, consent.text_sha256);
    if (!text) {
      return text.error();
    }
    if (*text) {
      auto done = zip.add(fmt::format("consents/{}.txt", consent.text_sha256),
                          (*text)->title + "\n\n" + (*text)->text, consent.given_ms);
      if (!done) {
        return done;
      }
    }
  }
  return {};
}

}  // namespace

ExportPart people_export(Database& database, const Clock& clock) {
  return [&database, clock](ZipWriter& zip, const Uuid& account) -> Result<void> {
    auto consents = consents_of(database, account);
    const std::pair<const char*, Result<Json>> files[] = {
        {"account.json", account_json(database, account)},
        {"consents.json", list_json(consents, consent_json)},
        {"declarations.json", list_json(declarations_of(database, account), declaration_json)},
        {"sessions.json", sessions_json(database, account)},
        {"api-tokens.json", list_json(api_tokens_of(database, account), token_json)},
        {"log.json", log_json(database, account)},
    };
    for (const auto& [name, content] : files) {
      if (!content) {
        return content.error();
      }
      if (auto added = zip.add(name, content->dump(1) + "\n", clock()); !added) {
        return added;
      }
    }
    return add_consent_texts(zip, database, *consents);
  };
}

}  // namespace everyface
