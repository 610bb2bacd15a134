// A request's way to its handler and back, without sockets: tests of pages call it directly.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "everyface/web/config.h"
#include "everyface/web/csrf.h"
#include "everyface/web/html.h"
#include "everyface/web/metrics.h"
#include "everyface/web/rate_limit.h"
#include "everyface/web/router.h"

namespace everyface::web {

class KeptPages;

struct AppOptions {
  std::string site_name = "Everyface";
  std::string public_url = "http://127.0.0.1:8080";  ///< without a slash at the end
  std::string site_key;                              ///< at least 32 bytes; see CsrfTokens
  std::string language = "en";                       ///< where the visitor prefers none of ours
  RateLimits rate_limits;
  /// Who may read /metrics.
  std::vector<Network> metrics_networks;
  /// Directives of the content security policy besides ours, such as {"monetization-src",
  /// "https:"}.
  std::vector<std::pair<std::string, std::string>> more_policy;
};

/// The order in which a request is judged: path and method (404, 405), host (421), the rate limit
/// of its network (429), who it is, the role (where anonymous a redirect to /sign-in?next=… or 401;
/// 403 where signed in), the route's own rate limit (429), and, for unsafe methods, where it came
/// from and the CSRF token (403). Then the handler; then error pages, conditions and the security
/// headers.
class App {
 public:
  /// Says who sends a request, from its cookies and headers; kAnonymous without an account.
  using Identify = std::function<Visitor(const Request&)>;
  /// True where the parts behind the site answer; else says what is wrong, for the log.
  using Ready = std::function<Result<void>()>;

  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App();
  explicit App(AppOptions options, const Templates& templates = Templates::embedded(),
               const Messages& messages = Messages::embedded(),
               const Assets& assets = Assets::embedded());

  [[nodiscard]] Router& router() { return router_; }
  [[nodiscard]] const Router& router() const { return router_; }
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] const Messages& messages() const { return messages_; }
  [[nodiscard]] const AppOptions& options() const { return options_; }
  void set_identify(Identify identify) { identify_ = std::move(identify); }
  void set_ready(Ready ready) { ready_ = std::move(ready); }
  /// Says, for each page anew, whom visitors' agents are asked to pay: "href", "site" (whether it
  /// is the site's own wallet), "pointer" (for the old tag; may be null). Null: nobody.
  void set_monetization(std::function<View()> monetization) {
    monetization_ = std::move(monetization);
  }

  /// Renders a page for this visitor: the template sees `view` and, under "page", what every page
  /// needs: site_name, language, languages (each tag, name, current, url), path, csrf_token,
  /// signed_in, moderator, administrator, monetization, thanks (the visitor has paid), request_id.
  /// A template that cannot be rendered is answered with 500 and logged.
  [[nodiscard]] Response page(const Request& request, std::string_view template_name,
                              const View& view, int status = 200) const;
  /// The same for a page that all strangers who read a language see alike: rendered once for each
  /// `version` of what it shows; without one, not kept. `view` is asked where it has to be
  /// rendered.
  [[nodiscard]] Response kept_page(Request& request, std::string_view template_name,
                                   std::optional<std::int64_t> version,
                                   const std::function<View()>& view) const;
  /// A text of the visitor's language; the key itself, logged, where there is none.
  [[nodiscard]] std::string text(const Request& request, std::string_view key) const;

  /// The first half, from the request's head alone: none where its body may be read. Sets route,
  /// parameters, visitor, language, csrf_token.
  [[nodiscard]] std::optional<Response> admit(Request& request);
  /// The second half: CSRF, the handler, error pages, conditions, headers.
  [[nodiscard]] Response answer(Request& request);
  /// Both halves.
  [[nodiscard]] Response handle(Request& request);
  /// Makes an answer of admit(), or of the server itself, complete: error pages, conditions, the
  /// headers that every answer carries.
  void finish(const Request& request, Response& response) const;

 private:
  void add_own_routes(const Assets& assets);
  Response change_language(const Request& request) const;
  [[nodiscard]] bool host_allowed(const Request& request) const;
  [[nodiscard]] std::optional<Response> over_limit(const Request& request, std::string_view name);
  [[nodiscard]] std::optional<Response> refuse_role(const Request& request, Role least) const;
  /// Fills in the visitor's secret and the token of their forms.
  void make_token(Request& request) const;
  [[nodiscard]] bool forged(const Request& request, const RouteOptions& options) const;
  /// What every page sees beside its own view: "page".
  [[nodiscard]] View page_view(const Request& request, View monetization) const;
  [[nodiscard]] Response render(const Request& request, std::string_view template_name,
                                const View& view, View monetization, int status) const;
  [[nodiscard]] Response render_problem(const Request& request, const Response& problem) const;

  AppOptions options_;
  const Templates& templates_;
  const Messages& messages_;
  Router router_;
  Metrics metrics_;
  RateLimiter limiter_;
  CsrfTokens csrf_;
  std::unique_ptr<KeptPages> kept_pages_;
  Identify identify_;
  Ready ready_;
  std::function<View()> monetization_;
  std::string policy_;
  bool secure_ = false;
  std::vector<std::string> hosts_;  ///< that the Host header may name
};

}  // namespace everyface::web
