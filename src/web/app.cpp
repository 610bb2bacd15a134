#include "everyface/web/app.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "everyface/base/text.h"
#include "everyface/web/forms.h"
#include "everyface/web/listen_address.h"
#include "web/kept_pages.h"
#include "web/log.h"
#include "web/security_headers.h"

namespace everyface::web {
namespace {

constexpr std::size_t kSecretBytes = 16;
constexpr std::chrono::hours kLanguageKept{24 * 365};

bool is_unsafe(Method method) { return method != Method::kGet && method != Method::kHead; }

bool is_visit_cookie(std::string_view text) {
  return text.size() == 2 * kSecretBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// What the Host header may say: the site's own name and, on loopback, its other names.
std::vector<std::string> allowed_hosts(const SiteUrl& url) {
  std::vector<std::string> hosts = {url.authority};
  const auto address = Address::parse(url.host);
  if (url.host == "localhost" || (address && address->is_loopback())) {
    const std::string port =
        url.authority.substr(std::min(url.authority.rfind(':'), url.authority.size()));
    for (const char* name : {"localhost", "127.0.0.1", "[::1]"}) {
      hosts.push_back(name + port);
    }
  }
  return hosts;
}

SiteUrl site_url(const std::string& text) {
  auto url = parse_site_url(text);
  if (!url) {
    throw std::invalid_argument(text + " is not the address of a site");
  }
  return *url;
}

bool is_for_machines(std::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

}  // namespace

App::App(AppOptions options, const Templates& templates, const Messages& messages,
         const Assets& assets)
    : options_(std::move(options)),
      templates_(templates),
      messages_(messages),
      csrf_(options_.site_key),
      kept_pages_(std::make_unique<KeptPages>()),
      identify_([](const Request&) { return Visitor{}; }),
      ready_([] { return Result<void>{}; }),
      policy_(page_policy(options_.more_policy)) {
  const SiteUrl url = site_url(options_.public_url);
  secure_ = url.secure;
  hosts_ = allowed_hosts(url);
  add_own_routes(assets);
}

void App::add_own_routes(const Assets& assets) {
  assets.add_to(router_);
  const RouteOptions quick{.quick = true};
  router_.get(
      "/healthz", Role::kAnonymous, [](Request&) { return Response::text("ok\n"); }, quick);
  router_.get("/readyz", Role::kAnonymous, [this](Request&) {
    if (const auto ready = ready_(); !ready) {
      log_event("error", "not ready", {{"reason", ready.error().message}});
      return Response::text("not ready\n", 503);
    }
    return Response::text("ready\n");
  });
  router_.get(
      "/metrics", Role::kAnonymous,
      [this](Request& request) {
        const auto allows = [&request](const Network& n) { return n.contains(request.client); };
        if (std::none_of(options_.metrics_networks.begin(), options_.metrics_networks.end(),
                         allows)) {
          return Response::problem(404);
        }
        Response response = Response::text(metrics_.text());
        response.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        return response;
      },
      quick);
  router_.get("/language/{tag}", Role::kAnonymous,
              [this](Request& request) { return change_language(request); });
}

App::~App() = default;

Response App::change_language(const Request& request) const {
  const std::string_view tag = request.parameter("tag");
  if (!messages_.speaks(tag)) {
    return Response::problem(404);
  }
  Response response = Response::redirect(local_path(request.query.get("next"), "/"));
  response.set_cookie({.name = "language", .value = std::string(tag), .max_age = kLanguageKept});
  return response;
}

bool App::host_allowed(const Request& request) const {
  const std::string host = lower_case(request.headers.get("Host"));
  return is_for_machines(request.path) ||
         std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

std::optional<Response> App::over_limit(const Request& request, std::string_view name) {
  const auto limit = options_.rate_limits.find(name);
  if (limit == options_.rate_limits.end()) {
    return std::nullopt;
  }
  auto wait = limiter_.take(name, request.client.network_text(), limit->second);
  if (name != "network" && !request.visitor.account.empty()) {
    wait = std::max(wait, limiter_.take(name, request.visitor.account, limit->second));
  }
  if (wait.count() == 0) {
    return std::nullopt;
  }
  metrics_.count("everyface_rate_limited_total", "Requests answered with 429.",
                 {{"limit", std::string(name)}});
  Response response = Response::problem(429);
  response.set_header("Retry-After", std::to_string(wait.count()));
  return response;
}

std::optional<Response> App::refuse_role(const Request& request, Role least) const {
  if (request.visitor.role >= least) {
    return std::nullopt;
  }
  if (request.visitor.role != Role::kAnonymous) {
    return Response::problem(403);
  }
  if (request.method == Method::kGet && !request.wants_json()) {
    return Response::redirect("/sign-in?next=" + percent_encode(request.path));
  }
  Response response = Response::problem(401);
  response.set_header("WWW-Authenticate", "Bearer");
  return response;
}

bool App::forged(const Request& request, const RouteOptions& options) const {
  if (!is_unsafe(request.method) || !options.csrf || request.visitor.proof == Proof::kToken) {
    return false;
  }
  std::string_view token = request.headers.get("X-CSRF-Token");
  if (token.empty()) {
    token = request.form.get("csrf");
  }
  return !is_same_origin(request.headers, options_.public_url) ||
         !csrf_.valid(token, request.visitor.secret);
}

void App::make_token(Request& request) const {
  if (request.visitor.secret.empty()) {
    const std::string_view visit = request.cookie("visit");
    request.visitor.secret = is_visit_cookie(visit) ? std::string(visit) : random_hex(kSecretBytes);
  }
  request.csrf_token = csrf_.make(request.visitor.secret);
}

std::optional<Response> App::admit(Request& request) {
  request.language =
      messages_.speaks(request.cookie("language"))
          ? std::string(request.cookie("language"))
          : messages_.negotiate(request.headers.get("Accept-Language"), options_.language);
  Router::Match match = router_.match(request.method, request.path);
  request.route = match.route != nullptr ? match.route->pattern
                  : match.allow.empty()  ? "(none)"
                                         : "(other method)";
  request.parameters = std::move(match.parameters);
  request.matched = match.route;
  if (!host_allowed(request)) {
    return Response::problem(421);
  }
  if (match.route != nullptr && match.route->options.quick) {
    return std::nullopt;
  }
  if (auto refused = over_limit(request, "network")) {
    return refused;
  }
  request.visitor = identify_(request);
  if (match.route == nullptr || !match.route->options.quick_when) {
    make_token(request);  // of those, a page makes one where it needs one
  }
  if (match.route == nullptr) {
    Response response = Response::problem(match.allow.empty() ? 404 : 405);
    if (!match.allow.empty()) {
      response.set_header("Allow", match.allow);
    }
    return response;
  }
  const Route& route = *match.route;
  if (auto refused = refuse_role(request, route.role)) {
    return refused;
  }
  return route.options.rate_limit.empty() ? std::nullopt
                                          : over_limit(request, route.options.rate_limit);
}

Response App::answer(Request& request) {
  Response response(500);
  try {
    response = forged(request, request.matched->options)
                   ? Response::problem(403, text(request, "error.forged"))
                   : request.matched->handler(request);
  } catch (const std::exception& problem) {
    log_event("error", problem.what(), {{"id", request.id}, {"route", request.route}});
    response = Response::problem(500);
  }
  finish(request, response);
  return response;
}

Response App::handle(Request& request) {
  if (auto refused = admit(request)) {
    finish(request, *refused);
    return std::move(*refused);
  }
  return answer(request);
}

std::string App::text(const Request& request, std::string_view key) const {
  const std::string* found = messages_.of(request.language).find(key);
  if (found == nullptr) {
    log_event("error", "no such text", {{"key", key}, {"language", request.language}});
    return std::string(key);
  }
  return *found;
}

View App::page_view(const Request& request, View monetization) const {
  // Assigned one by one: a list in braces copies every value.
  View view;
  View& page = view["page"];
  View& languages = page["languages"] = View::array();
  const std::string here = "?next=" + percent_encode(request.path);
  for (const Catalogue& catalogue : messages_.catalogues()) {
    const std::string& tag = catalogue.language();
    const std::string* name = catalogue.find("language.name");
    View& entry = languages.emplace_back(View::object());
    entry["tag"] = tag;
    entry["name"] = name == nullptr ? tag : *name;
    entry["current"] = tag == request.language;
    std::string url = "/language/";
    entry["url"] = url.append(tag).append(here);
  }
  page["site_name"] = options_.site_name;
  page["language"] = request.language;
  page["path"] = request.path;
  page["csrf_token"] = request.csrf_token;
  page["signed_in"] = request.visitor.role != Role::kAnonymous;
  page["moderator"] = request.visitor.role >= Role::kModerator;
  page["administrator"] = request.visitor.role >= Role::kAdministrator;
  page["monetization"] = std::move(monetization);
  page["thanks"] = !request.cookie("thanks").empty();
  page["request_id"] = request.id;
  return view;
}

Response App::page(const Request& request, std::string_view template_name, const View& view,
                   int status) const {
  return render(request, template_name, view, monetization_ ? monetization_() : View(), status);
}

Response App::kept_page(Request& request, std::string_view template_name,
                        std::optional<std::int64_t> version,
                        const std::function<View()>& view) const {
  View monetization = monetization_ ? monetization_() : View();
  std::string key;
  if (version && request.visitor.role == Role::kAnonymous) {
    key.append(template_name).append(" ").append(request.language).append(" ");
    key.append(request.path).append(request.cookie("thanks").empty() ? " " : " thanks ");
    key.append(monetization.dump());
    if (const auto kept = kept_pages_->find(key, *version)) {
      return Response::html(*kept);
    }
  }
  make_token(request);
  Response response = render(request, template_name, view(), std::move(monetization), 200);
  // What holds something of this visitor's own is for nobody else.
  const std::string& html = response.body();
  if (!key.empty() && !response.is_problem() &&
      html.find(request.csrf_token) == std::string::npos &&
      html.find(request.id) == std::string::npos) {
    kept_pages_->keep(key, *version, html);
  }
  return response;
}

Response App::render(const Request& request, std::string_view template_name, const View& view,
                     View monetization, int status) const {
  const View outer = page_view(request, std::move(monetization));
  auto html = templates_.render(template_name, view, request.language, &outer);
  if (!html) {
    log_event("error", html.error().message, {{"id", request.id}, {"route", request.route}});
    return Response::problem(500);
  }
  Response response = Response::html(std::move(*html), status);
  const bool has_form =
      !request.csrf_token.empty() && response.body().find(request.csrf_token) != std::string::npos;
  if (has_form && request.visitor.proof == Proof::kNone) {
    response.set_cookie({.name = "visit", .value = request.visitor.secret});
  }
  return response;
}

Response App::render_problem(const Request& request, const Response& problem) const {
  const std::string key = "error." + std::to_string(problem.status());
  const Catalogue& words = messages_.of(request.language);
  const std::string* known = words.find(key + ".title");
  const std::string title(known != nullptr ? *known : reason_phrase(problem.status()));
  const std::string* usual = words.find(key + ".detail");
  const std::string detail = !problem.detail().empty() ? problem.detail()
                             : usual != nullptr        ? *usual
                                                       : std::string{};
  Response rendered(problem.status());
  if (request.wants_json()) {
    View body = {{"title", title}, {"status", problem.status()}};
    if (!detail.empty()) {
      body["detail"] = detail;
    }
    body["instance"] = "urn:everyface:request:" + request.id;
    rendered = Response::json(body, problem.status());
    rendered.set_header("Content-Type", "application/problem+json");
  } else {
    rendered =
        page(request, "error", {{"status", problem.status()}, {"title", title}, {"detail", detail}},
             problem.status());
    if (rendered.is_problem()) {  // the page itself cannot be rendered
      rendered = Response::text(title + "\n", problem.status());
    }
  }
  for (const auto& [name, value] : problem.headers()) {
    rendered.add_header(name, value);
  }
  return rendered;
}

void App::finish(const Request& request, Response& response) const {
  if (response.is_problem()) {
    response = render_problem(request, response);
  }
  apply_conditions(request.headers, !is_unsafe(request.method), response);
  add_security_headers(response, policy_, secure_);
  response.set_header("Request-Id", request.id);
}

}  // namespace everyface::web
