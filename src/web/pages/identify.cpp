#include "web/pages/identify.h"

#include "everyface/base/text.h"
#include "everyface/commons/api_tokens.h"
#include "everyface/commons/secret.h"
#include "web/commons.h"
#include "web/log.h"

namespace everyface::web {
namespace {

constexpr std::string_view kBearer = "Bearer ";

Role role_of(AccountRole role) {
  switch (role) {
    case AccountRole::contributor:
      return Role::kContributor;
    case AccountRole::moderator:
      return Role::kModerator;
    case AccountRole::administrator:
      break;
  }
  return Role::kAdministrator;
}

void note(const Request& request, const Error& error) {
  log_event("error", error.message, {{"id", request.id}, {"route", request.route}});
}

Visitor by_token(Commons& commons, const Request& request, std::string_view token) {
  const auto caller = authenticate_api_token(commons.database, commons.clock, token);
  if (!caller) {
    note(request, caller.error());
  }
  if (!caller || !*caller) {
    return {};
  }
  Visitor visitor;
  visitor.role = Role::kContributor;
  visitor.proof = Proof::kToken;
  visitor.account = (*caller)->account.text();
  visitor.scopes = join((*caller)->scopes, " ");
  return visitor;
}

}  // namespace

Visitor identify(Commons& commons, const Request& request) {
  // Tokens are for programs: no page is open to them.
  const bool for_programs =
      request.path.starts_with("/api/") || request.path.starts_with("/releases/");
  if (const std::string_view header = request.headers.get("Authorization");
      for_programs && header.starts_with(kBearer)) {
    return by_token(commons, request, trim(header.substr(kBearer.size())));
  }
  const std::string_view token = request.cookie("session");
  if (token.empty()) {
    return {};
  }
  const auto session = commons.sessions.authenticate(token);
  if (!session) {
    note(request, session.error());
  }
  if (!session || !*session) {
    return {};
  }
  Visitor visitor;
  visitor.role = role_of((*session)->role);
  visitor.proof = Proof::kSession;
  visitor.account = (*session)->account.text();
  visitor.secret = secret_digest(token);
  return visitor;
}

bool is_stranger(const Request& request) {
  return request.cookie("session").empty() && !request.headers.has("Authorization");
}

}  // namespace everyface::web
