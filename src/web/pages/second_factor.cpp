// Setting up the second factor.
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/password.h"
#include "web/commons.h"
#include "web/pages/qr.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

class SecondFactorPages {
 public:
  explicit SecondFactorPages(Services& services) : app_(services.app), commons_(services.commons) {}

  Response start(const Request& request, View problem = nullptr, int status = 200) const {
    const auto account = commons_.database.read(
        [&](Transaction& tx) { return find_account(tx, account_of(request)); });
    if (!account) {
      return problem_page(request, account.error());
    }
    return app_.page(request, "second_factor",
                     {{"problem", std::move(problem)},
                      {"start", {{"active", *account && (*account)->second_factor}}},
                      {"longest", kMaxPasswordBytes}},
                     status);
  }

  Response begin(const Request& request) const {
    const auto setup =
        commons_.second_factor.begin(account_of(request), request.form.get("password"));
    return setup ? setup_page(request, *setup)
                 : start(request, explain(request, setup.error()), status_of(setup.error()));
  }

  Response confirm(const Request& request) const {
    const auto confirmed =
        commons_.second_factor.confirm(request.cookie("session"), request.form.get("code"));
    if (!confirmed && confirmed.error().code == "second_factor_wrong") {
      return app_.page(
          request, "second_factor",
          {{"problem", explain(request, confirmed.error())}, {"setup", {{"qr", nullptr}}}},
          status_of(confirmed.error()));
    }
    if (!confirmed) {
      return start(request, explain(request, confirmed.error()), status_of(confirmed.error()));
    }
    Response response = codes_page(request, confirmed->recovery_codes);
    set_session_cookie(response, confirmed->session.token);
    return response;
  }

  Response new_codes(const Request& request) const {
    const auto codes = commons_.second_factor.new_recovery_codes(account_of(request),
                                                                 request.form.get("password"));
    return codes ? codes_page(request, *codes)
                 : start(request, explain(request, codes.error()), status_of(codes.error()));
  }

  Response turn_off(const Request& request) const {
    const auto session = commons_.second_factor.disable(
        request.cookie("session"), request.form.get("password"), request.form.get("code"));
    if (!session) {
      return start(request, explain(request, session.error()), status_of(session.error()));
    }
    Response response = redirect_done("/my/data", "second_factor_off");
    set_session_cookie(response, session->token);
    return response;
  }

 private:
  [[nodiscard]] Response setup_page(const Request& request, const TotpSetup& setup) const {
    return app_.page(
        request, "second_factor",
        {{"problem", nullptr},
         {"setup",
          {{"qr", qr_svg(setup.uri, words(request, "factor.qr"))}, {"seed", setup.seed_text}}}});
  }

  [[nodiscard]] Response codes_page(const Request& request, const RecoveryCodes& codes) const {
    return app_.page(request, "second_factor",
                     {{"problem", nullptr}, {"recovery_codes", {{"codes", codes}}}});
  }

  App& app_;
  Commons& commons_;
};

}  // namespace

void add_second_factor_pages(Router& router, Services& services) {
  const SecondFactorPages pages(services);
  const auto member = Role::kContributor;
  const RouteOptions secret{.body = BodyKind::kForm, .rate_limit = "sign_in"};
  router.get("/my/second-factor", member,
             [pages](Request& request) { return pages.start(request); });
  router.post(
      "/my/second-factor", member, [pages](Request& request) { return pages.begin(request); },
      secret);
  router.post(
      "/my/second-factor/confirm", member,
      [pages](Request& request) { return pages.confirm(request); }, secret);
  router.post(
      "/my/second-factor/codes", member,
      [pages](Request& request) { return pages.new_codes(request); }, secret);
  router.post(
      "/my/second-factor/off", member,
      [pages](Request& request) { return pages.turn_off(request); }, secret);
}

}  // namespace everyface::web
