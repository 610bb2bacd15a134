// One's own account: consents, declaration, a copy, password, address, sessions, tokens, leaving.
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/api_tokens.h"
#include "everyface/commons/export.h"
#include "everyface/commons/password.h"
#include "web/commons.h"
#include "web/pages/contributor.h"
#include "web/pages/declaration_view.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

View fact_views(const std::vector<std::pair<std::string, std::string>>& facts) {
  View views = View::array();
  for (const auto& [name, value] : facts) {
    views.push_back({{"name", name}, {"value", value}});
  }
  return views;
}

class MyDataPages {
 public:
  explicit MyDataPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response show(const Request& request, View problem = nullptr, int status = 200,
                View new_token = nullptr) const {
    View view = {{"problem", std::move(problem)},
                 {"done", done_text(request)},
                 {"new_token", std::move(new_token)},
                 {"shortest", kMinPasswordCharacters},
                 {"longest", kMaxPasswordBytes}};
    for (const auto part :
         {&MyDataPages::add_account, &MyDataPages::add_consents, &MyDataPages::add_declaration,
          &MyDataPages::add_sessions, &MyDataPages::add_tokens}) {
      if (auto added = (this->*part)(request, view); !added) {
        return problem_page(request, added.error());
      }
    }
    return app_.page(request, "my_data", view, status);
  }

  Response withdraw_consent(const Request& request) const {
    const auto kind = consent_kind(request.parameter("kind"));
    if (!kind) {
      return Response::problem(404);
    }
    if (request.form.get("sure") != "yes") {
      return not_sure(request);
    }
    const auto done =
        everyface::withdraw_consent(commons_.database, commons_.clock, account_of(request), *kind,
                                    commons_.people.on_withdrawal);
    return finish(request, done, "consent_withdrawn");
  }

  Response change_password(const Request& request) const {
    const auto changed = commons_.accounts.change_password(
        request.cookie("session"), request.form.get("old"), request.form.get("new"));
    if (!changed) {
      return show(request, explain(request, changed.error()), status_of(changed.error()));
    }
    Response response = redirect_done("/my/data", "password_changed");
    set_session_cookie(response, changed->token);
    return response;
  }

  Response change_email(const Request& request) const {
    const auto asked = commons_.accounts.request_email_change(
        account_of(request), request.form.get("password"),
        {std::string(request.form.get("email")), request.language, network_of(request)});
    return finish(request, asked, "email_asked");
  }

  Response end_session(const Request& request) const {
    const auto session = uuid_parameter(request, "session");
    return session ? finish(request, commons_.sessions.end(account_of(request), *session),
                            "session_ended")
                   : Response::problem(404);
  }

  Response end_all_sessions(const Request& request) const {
    if (auto ended = commons_.sessions.sign_out_everywhere(account_of(request)); !ended) {
      return problem_page(request, ended.error());
    }
    Response response = redirect_done("/sign-in", "signed_out_everywhere");
    drop_session_cookie(response);
    return response;
  }

  Response make_token(const Request& request) const {
    std::vector<std::string> scopes;
    for (const std::string_view scope : request.form.all("scopes")) {
      scopes.emplace_back(scope);
    }
    const auto made = create_api_token(commons_.database, commons_.clock, account_of(request),
                                       trim(request.form.get("name")), scopes);
    // Shown in this answer and never again, so it is no redirect.
    return made ? show(request, nullptr, 200, made->token)
                : show(request, explain(request, made.error()), status_of(made.error()));
  }

  Response revoke_token(const Request& request) const {
    const auto token = uuid_parameter(request, "token");
    return token ? finish(request,
                          revoke_api_token(commons_.database, commons_.clock, account_of(request),
                                           *token),
                          "token_revoked")
                 : Response::problem(404);
  }

  Response withdraw_all(const Request& request) const {
    if (request.form.get("sure") != "yes") {
      return not_sure(request);
    }
    const auto count = commons_.photos.withdraw_all(account_of(request));
    return count ? redirect_done("/my/photos", "withdrawn_all")
                 : problem_page(request, count.error());
  }

  Response close(const Request& request) const {
    if (request.form.get("sure") != "yes") {
      return not_sure(request);
    }
    const Uuid account = account_of(request);
    auto closed = commons_.accounts.check_password(account, request.form.get("password"));
    if (closed) {
      closed = commons_.accounts.close(account);
    }
    if (!closed) {
      return show(request, explain(request, closed.error()), status_of(closed.error()));
    }
    Response response = redirect_done("/", "account_closed");
    drop_session_cookie(response);
    return response;
  }

  Response export_data(const Request& request) const {
    auto archive = commons_.export_of(account_of(request));
    return archive ? Response::download(*archive, "application/zip", "", "everyface-my-data.zip")
                   : problem_page(request, archive.error());
  }

 private:
  Response finish(const Request& request, const Result<void>& outcome,
                  std::string_view done) const {
    return outcome ? redirect_done("/my/data", done)
                   : show(request, explain(request, outcome.error()), status_of(outcome.error()));
  }

  Response not_sure(const Request& request) const {
    return show(request, words(request, "problem.not_sure"), 422);
  }

  Result<void> add_account(const Request& request, View& view) const {
    const auto account = commons_.database.read(
        [&](Transaction& tx) { return find_account(tx, account_of(request)); });
    if (!account) {
      return account.error();
    }
    if (!*account) {
      return Error{"the account is gone", "session_ended"};
    }
    const auto codes = commons_.second_factor.recovery_codes_left(account_of(request));
    if (!codes) {
      return codes.error();
    }
    const Account& who = **account;
    view["email"] = who.email;
    view["role"] = words(request, "role." + std::string(role_name(who.role)));
    view["since"] = date_text(request, who.created_ms);
    view["second_factor"] = who.second_factor;
    view["must_set_up"] = who.role != AccountRole::contributor && !who.second_factor;
    view["codes_left"] = *codes;
    return {};
  }

  Result<void> add_consents(const Request& request, View& view) const {
    const auto all = consents_of(commons_.database, account_of(request));
    if (!all) {
      return all.error();
    }
    View views = View::array();
    for (const ConsentKind kind : kConsentKinds) {
      const std::string name(consent_name(kind));
      View one = {{"kind", name},
                  {"title", std::string(current_consent_text(kind, request.language).title)},
                  {"consequence", words(request, "consent.consequence." + name)},
                  {"given", false}};
      for (const Consent& consent : *all) {
        if (consent.kind == kind && !consent.withdrawn_ms) {
          one["given"] = true;
          one["date"] = date_text(request, consent.given_ms);
        }
      }
      views.push_back(std::move(one));
    }
    view["consents"] = std::move(views);
    return {};
  }

  Result<void> add_declaration(const Request& request, View& view) const {
    const auto all = declarations_of(commons_.database, account_of(request));
    if (!all) {
      return all.error();
    }
    view["declaration"] = nullptr;
    view["proposed"] = nullptr;
    for (const StoredDeclaration& one : *all) {
      if (one.state == DeclarationState::active) {
        view["declaration"] = {
            {"facts", fact_views(declaration_facts(request, commons_.choices, one.declaration))}};
      } else if (one.state == DeclarationState::proposed) {
        view["proposed"] = {{"date", date_text(request, one.submitted_ms)}};
      }
    }
    return {};
  }

  Result<void> add_sessions(const Request& request, View& view) const {
    const auto sessions = commons_.sessions.list(account_of(request));
    if (!sessions) {
      return sessions.error();
    }
    const auto current = commons_.sessions.authenticate(request.cookie("session"));
    if (!current) {
      return current.error();
    }
    View views = View::array();
    for (const SessionInfo& session : *sessions) {
      views.push_back({{"id", session.id.text()},
                       {"device", session.device},
                       {"seen", date_text(request, session.seen_ms, true)},
                       {"current", *current && (*current)->session == session.id}});
    }
    view["sessions"] = std::move(views);
    return {};
  }

  Result<void> add_tokens(const Request& request, View& view) const {
    const auto tokens = api_tokens_of(commons_.database, account_of(request));
    if (!tokens) {
      return tokens.error();
    }
    View views = View::array();
    for (const ApiToken& token : *tokens) {
      if (!token.revoked_ms) {
        views.push_back(
            {{"id", token.id.text()},
             {"name", token.name},
             {"scopes", join(token.scopes, ", ")},
             {"made", date_text(request, token.created_ms)},
             {"used", token.used_ms ? View(date_text(request, *token.used_ms)) : View()}});
      }
    }
    View scopes = View::array();
    for (const std::string_view scope : kTokenScopes) {
      std::string key(scope);
      key.replace(key.find(':'), 1, "_");
      scopes.push_back(
          {{"scope", std::string(scope)}, {"meaning", words(request, "scope." + key)}});
    }
    view["tokens"] = std::move(views);
    view["scopes"] = std::move(scopes);
    return {};
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_my_data_pages(Router& router, Services& services) {
  const MyDataPages pages(services);
  const auto member = Role::kContributor;
  const RouteOptions secret{.body = BodyKind::kForm, .rate_limit = "sign_in"};
  router.get("/my/data", member, [pages](Request& request) { return pages.show(request); });
  router.post("/my/consents/{kind}/withdraw", member,
              [pages](Request& request) { return pages.withdraw_consent(request); });
  router.post(
      "/my/password", member, [pages](Request& request) { return pages.change_password(request); },
      secret);
  router.post(
      "/my/email", member, [pages](Request& request) { return pages.change_email(request); },
      secret);
  router.post("/my/sessions/end-all", member,
              [pages](Request& request) { return pages.end_all_sessions(request); });
  router.post("/my/sessions/{session}/end", member,
              [pages](Request& request) { return pages.end_session(request); });
  router.post("/my/tokens", member,
              [pages](Request& request) { return pages.make_token(request); });
  router.post("/my/tokens/{token}/revoke", member,
              [pages](Request& request) { return pages.revoke_token(request); });
  router.post("/my/withdraw-all", member,
              [pages](Request& request) { return pages.withdraw_all(request); });
  router.post(
      "/my/close", member, [pages](Request& request) { return pages.close(request); }, secret);
  router.post("/my/export", member,
              [pages](Request& request) { return pages.export_data(request); },
              {.body = BodyKind::kForm, .rate_limit = "export"});
}

}  // namespace everyface::web
