// Joining, signing in, links out of mails.
#include <nlohmann/json.hpp>

#include "everyface/commons/password.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

const RouteOptions kSignInRoute{.body = BodyKind::kForm, .rate_limit = "sign_in"};
const RouteOptions kMailRoute{.body = BodyKind::kForm, .rate_limit = "mail"};

/// Where to go after signing in: only a path of this site.
std::string next_path(std::string_view next) { return local_path(next, "/my/photos"); }

/// "Firefox on Linux": enough for people to know their sessions apart.
std::string device_name(std::string_view agent) {
  constexpr std::pair<std::string_view, std::string_view> kBrowsers[] = {{"Firefox/", "Firefox"},
                                                                         {"Edg/", "Edge"},
                                                                         {"OPR/", "Opera"},
                                                                         {"Chrome/", "Chrome"},
                                                                         {"Safari/", "Safari"}};
  constexpr std::pair<std::string_view, std::string_view> kSystems[] = {
      {"Android", "Android"}, {"iPhone", "iPhone"},   {"iPad", "iPad"},
      {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Linux", "Linux"}};
  std::string name = "?";
  for (const auto& [mark, browser] : kBrowsers) {
    if (agent.find(mark) != std::string_view::npos) {
      name = browser;
      break;
    }
  }
  for (const auto& [mark, system] : kSystems) {
    if (agent.find(mark) != std::string_view::npos) {
      return name + ", " + std::string(system);
    }
  }
  return name;
}

class AccountPages {
 public:
  explicit AccountPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response join_form(const Request& request, View problem = nullptr, int status = 200) const {
    return app_.page(
        request, "join",
        {{"email", std::string(request.form.get("email"))}, {"problem", std::move(problem)}},
        status);
  }

  Response join(const Request& request) const {
    const std::string email(request.form.get("email"));
    const auto asked = commons_.accounts.request_join(
        {email, request.language, network_of(request)}, request.form.get("adult") == "yes");
    return asked ? mail_sent(request, email)
                 : join_form(request, explain(request, asked.error()), status_of(asked.error()));
  }

  Response forgot_form(const Request& request, View problem = nullptr, int status = 200) const {
    return app_.page(
        request, "forgot",
        {{"email", std::string(request.form.get("email"))}, {"problem", std::move(problem)}},
        status);
  }

  Response forgot(const Request& request) const {
    const std::string email(request.form.get("email"));
    const auto asked =
        commons_.accounts.request_reset({email, request.language, network_of(request)});
    return asked ? mail_sent(request, email)
                 : forgot_form(request, explain(request, asked.error()), status_of(asked.error()));
  }

  Response choose_form(const Request& request, std::string_view token, View problem = nullptr,
                       int status = 200) const {
    View view = {{"problem", std::move(problem)},
                 {"shortest", kMinPasswordCharacters},
                 {"longest", kMaxPasswordBytes}};
    const auto link = commons_.accounts.look_at_link(token);
    if (link && link->purpose != MailPurpose::change_email) {
      view["link"] = {{"token", std::string(token)}, {"email", link->email}};
    } else {
      view["problem"] =
          link ? words(request, "problem.link_invalid") : explain(request, link.error());
      status = link ? 422 : status_of(link.error());
    }
    return app_.page(request, "choose_password", view, status);
  }

  Response choose(const Request& request) const {
    const std::string_view token = request.form.get("token");
    const auto chosen = commons_.accounts.choose_password(token, request.form.get("password"));
    return chosen ? redirect_done("/sign-in", "password_chosen")
                  : choose_form(request, token, explain(request, chosen.error()),
                                status_of(chosen.error()));
  }

  Response confirm_email_form(const Request& request) const {
    const std::string_view token = request.query.get("token");
    View view = {{"problem", nullptr}};
    const auto link = commons_.accounts.look_at_link(token);
    if (link && link->purpose == MailPurpose::change_email) {
      view["link"] = {{"token", std::string(token)}, {"email", link->email}};
      return app_.page(request, "confirm_email", view);
    }
    view["problem"] = words(request, "problem.link_invalid");
    return app_.page(request, "confirm_email", view, 422);
  }

  Response confirm_email(const Request& request) const {
    const auto confirmed = commons_.accounts.confirm_email_change(request.form.get("token"));
    if (!confirmed) {
      return app_.page(request, "confirm_email", {{"problem", explain(request, confirmed.error())}},
                       status_of(confirmed.error()));
    }
    return redirect_done("/my/data", "email_changed");
  }

  Response sign_in_form(const Request& request, std::string next, View problem = nullptr,
                        int status = 200, bool ask_code = false) const {
    return app_.page(request, "sign_in",
                     {{"email", std::string(request.form.get("email"))},
                      {"next", std::move(next)},
                      {"longest", kMaxPasswordBytes},
                      {"ask_code", ask_code},
                      {"problem", std::move(problem)},
                      {"done", done_text(request)}},
                     status);
  }

  Response sign_in(const Request& request) const {
    const std::string next = next_path(request.form.get("next"));
    const auto signed_in =
        commons_.sessions.sign_in({.email = std::string(request.form.get("email")),
                                   .password = std::string(request.form.get("password")),
                                   .code = std::string(request.form.get("code")),
                                   .device = device_name(request.headers.get("User-Agent")),
                                   .network = network_of(request),
                                   .previous_token = std::string(request.cookie("session"))});
    if (!signed_in) {
      const std::string& code = signed_in.error().code;
      const bool ask_code = code == "second_factor_needed" || code == "second_factor_wrong";
      return sign_in_form(request, next, explain(request, signed_in.error()),
                          status_of(signed_in.error()), ask_code);
    }
    Response response = Response::redirect(next);
    set_session_cookie(response, signed_in->token);
    return response;
  }

  Response sign_out(const Request& request) const {
    if (auto out = commons_.sessions.sign_out(request.cookie("session")); !out) {
      return problem_page(request, out.error());
    }
    Response response = Response::redirect("/");
    drop_session_cookie(response);
    return response;
  }

 private:
  [[nodiscard]] Response mail_sent(const Request& request, const std::string& email) const {
    return app_.page(request, "mail_sent",
                     {{"email", email}, {"mail_folder", commons_.config.mail.host.empty()}});
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_account_pages(Router& router, Services& services) {
  const AccountPages pages(services);
  const auto anyone = Role::kAnonymous;
  router.get("/join", anyone, [pages](Request& request) { return pages.join_form(request); });
  router.post("/join", anyone, [pages](Request& request) { return pages.join(request); },
              {.body = BodyKind::kForm, .rate_limit = "join"});
  router.get("/forgot", anyone, [pages](Request& request) { return pages.forgot_form(request); });
  router.post(
      "/forgot", anyone, [pages](Request& request) { return pages.forgot(request); }, kMailRoute);
  router.get("/choose-password", anyone, [pages](Request& request) {
    return pages.choose_form(request, request.query.get("token"));
  });
  router.post(
      "/choose-password", anyone, [pages](Request& request) { return pages.choose(request); },
      kSignInRoute);
  router.get("/confirm-email", anyone,
             [pages](Request& request) { return pages.confirm_email_form(request); });
  router.post(
      "/confirm-email", anyone, [pages](Request& request) { return pages.confirm_email(request); },
      kSignInRoute);
  router.get("/sign-in", anyone, [pages](Request& request) {
    return pages.sign_in_form(request, next_path(request.query.get("next")));
  });
  router.post(
      "/sign-in", anyone, [pages](Request& request) { return pages.sign_in(request); },
      kSignInRoute);
  router.post("/sign-out", Role::kContributor,
              [pages](Request& request) { return pages.sign_out(request); });
}

}  // namespace everyface::web
