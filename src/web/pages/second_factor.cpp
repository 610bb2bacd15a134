// Setting up the second factor.
#include <fmt/format.h>
#include <qrencode.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "everyface/base/text.h"
#include "everyface/commons/password.h"
#include "web/commons.h"
#include "web/pages/support.h"

namespace everyface::web {
namespace {

/// A QR code (ISO/IEC 18004, by libqrencode) as an SVG picture with the quiet zone of four modules
/// that readers need. Empty where the text does not fit in one.
std::string qr_svg(const std::string& text, const std::string& label) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), &QRcode_free);
  if (code == nullptr) {
    return {};
  }
  constexpr int kQuiet = 4;
  std::string path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      if ((code->data[y * code->width + x] & 1U) != 0) {
        path += fmt::format("M{} {}h1v1h-1z", x + kQuiet, y + kQuiet);
      }
    }
  }
  const int side = code->width + 2 * kQuiet;
  return fmt::format(
      R"(<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">)"
      R"(<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>)",
      side, escape_html(label), path);
}

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
