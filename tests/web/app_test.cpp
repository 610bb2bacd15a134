// A request's way through App, without sockets.
#include "everyface/web/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kSite = "https://faces.example";

AppOptions options() {
  AppOptions options;
  options.public_url = kSite;
  options.site_key = std::string(32, 'k');
  options.metrics_networks = {*Network::parse("127.0.0.0/8")};
  return options;
}

class AppTest : public ::testing::Test {
 protected:
  AppTest() : app_(options()) {
    app_.set_identify([](const Request& request) {
      Visitor visitor;
      const std::string_view session = request.cookie("session");
      for (const Role role : {Role::kContributor, Role::kModerator, Role::kAdministrator}) {
        if (session == role_name(role)) {
          visitor.role = role;
          visitor.proof = Proof::kSession;
          visitor.account = session;
          visitor.secret = "secret of " + std::string(session);
        }
      }
      if (request.headers.get("Authorization") == "Bearer good") {
        visitor.role = Role::kContributor;
        visitor.proof = Proof::kToken;
        visitor.account = "token";
        visitor.secret = "good";
      }
      return visitor;
    });
    const auto ok = [](Request&) { return Response::text("ok"); };
    app_.router().get("/open", Role::kAnonymous, ok);
    app_.router().get("/mine", Role::kContributor, ok);
    app_.router().get("/queue", Role::kModerator, ok);
    app_.router().get("/admin", Role::kAdministrator, ok);
    app_.router().post("/open", Role::kAnonymous, ok);
    app_.router().post("/mine", Role::kContributor, ok);
    app_.router().post("/hook", Role::kAnonymous, ok, {.csrf = false});
    app_.router().get("/throws", Role::kAnonymous,
                      [](Request&) -> Response { throw std::runtime_error("broken"); });
    app_.router().get("/form", Role::kAnonymous, [this](Request& request) {
      return Response::html("<input value=\"" + request.csrf_token + "\">");
    });
    app_.router().get("/limited", Role::kAnonymous, ok, {.rate_limit = "few"});
  }

  static Request request(Method method, std::string path, Role role = Role::kAnonymous) {
    Request made;
    made.method = method;
    made.path = std::move(path);
    made.id = "0123456789abcdef";
    made.headers.set("Host", "faces.example");
    made.headers.set("Accept", "text/html");
    made.client = *Address::parse("192.0.2.1");
    if (role != Role::kAnonymous) {
      made.cookies.add("__Host-session", std::string(role_name(role)));
    }
    return made;
  }

  int status(Request asked) { return app_.handle(asked).status(); }

  App app_;
};

TEST_F(AppTest, EveryRouteAnswersEveryRoleAsDeclared) {
  constexpr Role kRoles[] = {Role::kAnonymous, Role::kContributor, Role::kModerator,
                             Role::kAdministrator};
  for (const auto& route : app_.router().routes()) {
    for (const Role role : kRoles) {
      Request asked = request(route->method, route->pattern, role);
      asked.headers.set("Accept", "application/json");
      const int got = status(std::move(asked));
      if (role >= route->role) {
        EXPECT_NE(got, 401) << route->pattern;
      } else {
        EXPECT_EQ(got, role == Role::kAnonymous ? 401 : 403)
            << route->pattern << " for " << role_name(role);
      }
    }
  }
}

TEST_F(AppTest, APageThatAllStrangersSeeAlikeIsRenderedOnce) {
  int rendered = 0;
  std::int64_t version = 1;
  app_.router().get(
      "/kept", Role::kAnonymous,
      [&](Request& asked) {
        return app_.kept_page(asked, "error", version, [&] {
          ++rendered;
          return View({{"status", rendered}, {"title", "once"}, {"detail", ""}});
        });
      },
      {.quick_when = [](const Request& asked) { return asked.cookie("session").empty(); }});
  const auto body = [&](Role role, const std::string& language = "en") {
    Request asked = request(Method::kGet, "/kept", role);
    asked.id = "fedcba9876543210";
    asked.cookies.add("__Host-language", language);
    return app_.handle(asked).body();
  };
  // "error" names the request, so that it is nobody else's.
  body(Role::kAnonymous);
  body(Role::kAnonymous);
  EXPECT_EQ(rendered, 2);
  app_.router().get("/kept-go", Role::kAnonymous, [&](Request& asked) {
    return app_.kept_page(asked, "go", version, [&] {
      ++rendered;
      return View({{"url", "https://a.example/"}, {"origin", "https://a.example"}});
    });
  });
  rendered = 0;
  const auto go = [&](Role role, const std::string& language = "en") {
    Request asked = request(Method::kGet, "/kept-go", role);
    asked.cookies.add("__Host-language", language);
    return app_.handle(asked).body();
  };
  const std::string first = go(Role::kAnonymous);
  EXPECT_EQ(go(Role::kAnonymous), first);
  EXPECT_EQ(rendered, 1);
  EXPECT_NE(go(Role::kAnonymous, "de"), first);
  EXPECT_EQ(rendered, 2);
  EXPECT_NE(go(Role::kContributor), first);  // who is signed in may sign out
  EXPECT_NE(go(Role::kContributor), go(Role::kContributor));
  ++version;
  EXPECT_EQ(go(Role::kAnonymous), first);
  EXPECT_EQ(rendered, 6);
}

TEST_F(AppTest, StrangersAreSentToSignInAndBack) {
  Request asked = request(Method::kGet, "/mine");
  const Response response = app_.handle(asked);
  EXPECT_EQ(response.status(), 303);
  EXPECT_EQ(response.headers().get("Location"), "/sign-in?next=%2Fmine");
  asked = request(Method::kGet, "/mine");
  asked.headers.set("Accept", "application/json");
  EXPECT_EQ(app_.handle(asked).headers().get("WWW-Authenticate"), "Bearer");
}

TEST_F(AppTest, UnknownPathsAndMethods) {
  EXPECT_EQ(status(request(Method::kGet, "/nothing")), 404);
  Request asked = request(Method::kDelete, "/open");
  const Response response = app_.handle(asked);
  EXPECT_EQ(response.status(), 405);
  EXPECT_EQ(response.headers().get("Allow"), "GET, HEAD, POST");
}

TEST_F(AppTest, ErrorsArePagesForPeopleAndProblemDetailsForPrograms) {
  Request asked = request(Method::kGet, "/nothing");
  const Response page = app_.handle(asked);
  EXPECT_THAT(std::string(page.headers().get("Content-Type")), StartsWith("text/html"));
  EXPECT_THAT(page.body(), HasSubstr("There is nothing here"));
  EXPECT_THAT(page.body(), HasSubstr("0123456789abcdef"));
  asked = request(Method::kGet, "/api/nothing");
  const Response details = app_.handle(asked);
  EXPECT_EQ(details.headers().get("Content-Type"), "application/problem+json");
  EXPECT_EQ(nlohmann::json::parse(details.body())["status"], 404);
}

TEST_F(AppTest, WhatAHandlerThrowsIsAnsweredWithoutItsWords) {
  Request asked = request(Method::kGet, "/throws");
  const Response response = app_.handle(asked);
  EXPECT_EQ(response.status(), 500);
  EXPECT_THAT(response.body(), Not(HasSubstr("broken")));
}

TEST_F(AppTest, OtherNamesOfTheHostAreRefused) {
  for (const char* host :
       {"evil.example", "", "faces.example:8443", "faces.example.evil.example"}) {
    Request asked = request(Method::kGet, "/open");
    asked.headers.set("Host", host);
    EXPECT_EQ(status(std::move(asked)), 421) << host;
  }
  Request asked = request(Method::kGet, "/open");
  asked.headers.set("Host", "FACES.example");
  EXPECT_EQ(status(std::move(asked)), 200);
  asked = request(Method::kGet, "/healthz");
  asked.headers.set("Host", "10.0.0.7:8080");
  EXPECT_EQ(status(std::move(asked)), 200) << "load balancers know no name";
}

TEST_F(AppTest, FormsNeedTheTokenOfTheirSession) {
  Request asked = request(Method::kGet, "/form", Role::kContributor);
  EXPECT_EQ(app_.handle(asked).status(), 200);
  const std::string token = asked.csrf_token;
  const auto post = [&](Role role, const std::string& with, const char* site = "same-origin") {
    Request posted = request(Method::kPost, "/mine", role);
    posted.form.add("csrf", with);
    posted.headers.set("Sec-Fetch-Site", site);
    return status(std::move(posted));
  };
  EXPECT_EQ(post(Role::kContributor, token), 200);
  EXPECT_EQ(post(Role::kContributor, ""), 403);
  EXPECT_EQ(post(Role::kContributor, token + "0"), 403);
  EXPECT_EQ(post(Role::kModerator, token), 403) << "another session's token";
  EXPECT_EQ(post(Role::kContributor, token, "cross-site"), 403);
  EXPECT_EQ(post(Role::kContributor, token, "same-site"), 403);
  Request posted = request(Method::kPost, "/mine", Role::kContributor);
  posted.headers.set("X-CSRF-Token", token);
  EXPECT_EQ(status(std::move(posted)), 200) << "in a header, for scripts of ours";
}

TEST_F(AppTest, FormsOfStrangersAreBoundToACookie) {
  app_.router().get("/page", Role::kAnonymous, [this](Request& asked) {
    return app_.page(asked, "error",
                     {{"title", asked.csrf_token}, {"detail", ""}, {"status", 200}});
  });
  Request asked = request(Method::kGet, "/page");
  const Response page = app_.handle(asked);
  const std::string cookie(page.headers().get("Set-Cookie"));
  EXPECT_THAT(cookie, StartsWith("__Host-visit="));
  EXPECT_THAT(cookie, HasSubstr("; Path=/; Secure; HttpOnly; SameSite=Lax"));
  Request posted = request(Method::kPost, "/open");
  posted.form.add("csrf", asked.csrf_token);
  EXPECT_EQ(status(std::move(posted)), 403) << "without the cookie";
  posted = request(Method::kPost, "/open");
  posted.form.add("csrf", asked.csrf_token);
  const std::size_t begin = cookie.find('=') + 1;
  posted.cookies.add("__Host-visit", cookie.substr(begin, cookie.find(';') - begin));
  EXPECT_EQ(status(std::move(posted)), 200);
  asked = request(Method::kGet, "/open");
  EXPECT_FALSE(app_.handle(asked).headers().has("Set-Cookie")) << "no form, no cookie";
}

TEST_F(AppTest, TokensOfProgramsNeedNoFormToken) {
  Request posted = request(Method::kPost, "/mine");
  posted.headers.set("Authorization", "Bearer good");
  EXPECT_EQ(status(std::move(posted)), 200);
  posted = request(Method::kPost, "/mine", Role::kContributor);
  posted.headers.set("Authorization", "Bearer bad");
  EXPECT_EQ(status(std::move(posted)), 403) << "the session cookie came along";
  EXPECT_EQ(status(request(Method::kPost, "/hook")), 200);
}

TEST_F(AppTest, RateLimitsCountNetworksAndAccounts) {
  AppOptions limited = options();
  limited.rate_limits["few"] = {2, std::chrono::seconds(3600)};
  App app(limited);
  app.set_identify([](const Request& asked) {
    Visitor visitor;
    visitor.account = asked.cookie("account");
    return visitor;
  });
  app.router().get("/limited", Role::kAnonymous, [](Request&) { return Response::text("ok"); },
                   {.rate_limit = "few"});
  const auto ask = [&](const char* address, const char* account) {
    Request asked = request(Method::kGet, "/limited");
    asked.client = *Address::parse(address);
    asked.cookies.add("__Host-account", account);
    return app.handle(asked);
  };
  EXPECT_EQ(ask("192.0.2.1", "").status(), 200);
  EXPECT_EQ(ask("192.0.2.2", "").status(), 200);
  const Response refused = ask("192.0.2.3", "");
  EXPECT_EQ(refused.status(), 429) << "the same network";
  EXPECT_EQ(refused.headers().get("Retry-After"), "1800");
  EXPECT_EQ(ask("198.51.100.1", "a").status(), 200);
  EXPECT_EQ(ask("198.51.101.1", "a").status(), 200);
  EXPECT_EQ(ask("198.51.102.1", "a").status(), 429) << "the same account from elsewhere";
  EXPECT_THAT(app.metrics().text(), HasSubstr("everyface_rate_limited_total{limit=\"few\"} 2"));
}

TEST_F(AppTest, EveryAnswerCarriesTheSecurityHeaders) {
  for (const char* path : {"/open", "/form", "/nothing", "/api/nothing", "/healthz", "/throws"}) {
    Request asked = request(Method::kGet, path);
    const Response response = app_.handle(asked);
    const Headers& headers = response.headers();
    const std::string policy(headers.get("Content-Security-Policy"));
    EXPECT_THAT(policy, HasSubstr("default-src 'none'")) << path;
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'")) << path;
    EXPECT_THAT(policy, Not(HasSubstr("unsafe"))) << path;
    EXPECT_EQ(headers.get("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(headers.get("Referrer-Policy"), "same-origin") << path;
    EXPECT_EQ(headers.get("Cross-Origin-Resource-Policy"), "same-origin") << path;
    EXPECT_EQ(headers.get("Cache-Control"), "no-store") << path;
    EXPECT_EQ(headers.get("Strict-Transport-Security"), "max-age=63072000; includeSubDomains");
  }
  Request asked = request(Method::kGet, "/form");
  const Response page = app_.handle(asked);
  EXPECT_THAT(std::string(page.headers().get("Permissions-Policy")), HasSubstr("camera=(self)"));
  EXPECT_EQ(page.headers().get("Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_THAT(std::string(page.headers().get("Content-Security-Policy")),
              HasSubstr("script-src 'self'"));
}

TEST_F(AppTest, PlainHttpOnLoopbackPromisesNoTls) {
  AppOptions local = options();
  local.public_url = "http://127.0.0.1:8080";
  App app(local);
  Request asked = request(Method::kGet, "/healthz");
  EXPECT_FALSE(app.handle(asked).headers().has("Strict-Transport-Security"));
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}) {
    asked = request(Method::kGet, "/nothing");
    asked.headers.set("Host", host);
    EXPECT_EQ(app.handle(asked).status(), 404) << host;
  }
  asked = request(Method::kGet, "/nothing");
  asked.headers.set("Host", "rebound.example:8080");
  EXPECT_EQ(app.handle(asked).status(), 421) << "a stranger's name that leads to this machine";
}

TEST_F(AppTest, MetricsAreForTheNetworksThatMay) {
  Request asked = request(Method::kGet, "/metrics");
  EXPECT_EQ(app_.handle(asked).status(), 404);
  asked = request(Method::kGet, "/metrics");
  asked.client = *Address::parse("127.0.0.1");
  const Response response = app_.handle(asked);
  EXPECT_EQ(response.status(), 200);
  EXPECT_THAT(std::string(response.headers().get("Content-Type")), HasSubstr("version=0.0.4"));
}

TEST_F(AppTest, ReadinessFollowsWhatIsBehind) {
  EXPECT_EQ(status(request(Method::kGet, "/readyz")), 200);
  app_.set_ready([] { return Result<void>(Error{"the database does not answer"}); });
  Request asked = request(Method::kGet, "/readyz");
  const Response response = app_.handle(asked);
  EXPECT_EQ(response.status(), 503);
  EXPECT_THAT(response.body(), Not(HasSubstr("database")));
}

TEST_F(AppTest, LanguageByCookieElseByBrowser) {
  Request asked = request(Method::kGet, "/language/en");
  asked.query.add("next", "/open?a=1");
  Response response = app_.handle(asked);
  EXPECT_EQ(response.headers().get("Location"), "/open?a=1");
  EXPECT_THAT(std::string(response.headers().get("Set-Cookie")), StartsWith("__Host-language=en;"));
  asked = request(Method::kGet, "/language/en");
  asked.query.add("next", "//evil.example");
  EXPECT_EQ(app_.handle(asked).headers().get("Location"), "/") << "not to other sites";
  EXPECT_EQ(status(request(Method::kGet, "/language/xx")), 404);
}

TEST_F(AppTest, AssetsAreKeptForAYearUnderTheirHash) {
  const Asset& robots = *Assets::embedded().find("robots.txt");
  Request asked = request(Method::kGet, robots.url);
  Response response = app_.handle(asked);
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.static_body(), robots.content);
  EXPECT_EQ(response.headers().get("Cache-Control"), "public, max-age=31536000, immutable");
  asked = request(Method::kGet, robots.url);
  asked.headers.set("If-None-Match", std::string(response.headers().get("ETag")));
  EXPECT_EQ(app_.handle(asked).status(), 304);
  EXPECT_EQ(status(request(Method::kGet, "/static/0000000000000000/robots.txt")), 404);
  EXPECT_EQ(status(request(Method::kGet, "/static/" + robots.etag + "/../robots.txt")), 404);
  EXPECT_EQ(status(request(Method::kGet, "/robots.txt")), 200);
}

TEST(AssetsTest, AreServedCompressedToThoseWhoTakeIt) {
  const std::string css(2000, 'a');
  const std::vector<EmbeddedFile> files = {{"assets/a.css", css}, {"assets/b.txt", "b"}};
  const Assets assets(files);
  Router router;
  assets.add_to(router);
  const auto get = [&router](const Asset& asset, const char* accepts) {
    auto match = router.match(Method::kGet, asset.url);
    Request asked;
    asked.path = asset.url;
    asked.parameters = match.parameters;
    asked.headers.set("Accept-Encoding", accepts);
    return match.route->handler(asked);
  };
  const Response packed = get(*assets.find("a.css"), "br, gzip");
  EXPECT_EQ(packed.headers().get("Content-Encoding"), "gzip");
  EXPECT_LT(packed.static_body().size(), 100U);
  const Response plain = get(*assets.find("a.css"), "gzip;q=0");
  EXPECT_FALSE(plain.headers().has("Content-Encoding"));
  EXPECT_EQ(plain.static_body(), css);
  EXPECT_NE(plain.headers().get("ETag"), packed.headers().get("ETag"));
  EXPECT_FALSE(get(*assets.find("b.txt"), "gzip").headers().has("Content-Encoding"))
      << "where it would grow";
}

TEST(ResponseTest, NoValueCanStartAnotherHeader) {
  Response response;
  response.set_header("X-A\r\nX-B: 1", std::string_view("a\r\nSet-Cookie: x=1\n\0b", 21));
  for (const auto& [name, value] : response.headers()) {
    EXPECT_EQ(name, "X-AX-B: 1");
    EXPECT_EQ(value, "aSet-Cookie: x=1b");
  }
  EXPECT_EQ(Response::redirect("/a\r\nX: 1").headers().get("Location"), "/aX: 1");
}

TEST(ResponseTest, CookiesAreBoundToTheHost) {
  Response response;
  response.set_cookie(
      {.name = "session", .value = "v", .max_age = std::chrono::hours(1), .strict = true});
  EXPECT_EQ(response.headers().get("Set-Cookie"),
            "__Host-session=v; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=3600");
}

TEST(ResponseTest, RedirectsStayOnTheSite) {
  EXPECT_EQ(local_path("/photos?a=1#x", "/"), "/photos?a=1#x");
  for (const char* wrong : {"", "photos", "//evil.example", "https://evil.example",
                            "/\\evil.example", "/a\\b", "/a b", "/a\nb", "\t/a"}) {
    EXPECT_EQ(local_path(wrong, "/fallback"), "/fallback") << wrong;
  }
}

class TextSource : public BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::uint64_t size() const override { return text_.size(); }
  Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
    return text_.copy(out.data(), out.size(), offset);
  }

 private:
  std::string text_;
};

Response conditions(std::initializer_list<std::pair<const char*, const char*>> headers,
                    bool safe = true) {
  Response response = Response::download(std::make_shared<TextSource>("0123456789"),
                                         "application/zip", "v1", "a b.zip");
  Headers asked;
  for (const auto& [name, value] : headers) {
    asked.add(name, value);
  }
  apply_conditions(asked, safe, response);
  return response;
}

TEST(Conditions, RangesAndWhatMakesThemVoid) {
  const Response whole = conditions({});
  EXPECT_EQ(whole.status(), 200);
  EXPECT_EQ(whole.content_length(), 10U);
  EXPECT_EQ(whole.headers().get("Accept-Ranges"), "bytes");
  EXPECT_EQ(whole.headers().get("Content-Disposition"), "attachment; filename*=UTF-8''a%20b.zip");
  const Response part = conditions({{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status(), 206);
  EXPECT_EQ(part.headers().get("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(part.content_length(), 3U);
  EXPECT_EQ(conditions({{"Range", "bytes=2-4"}, {"If-Range", "\"v1\""}}).status(), 206);
  EXPECT_EQ(conditions({{"Range", "bytes=2-4"}, {"If-Range", "\"v0\""}}).status(), 200);
  EXPECT_EQ(
      conditions({{"Range", "bytes=2-4"}, {"If-Range", "Wed, 21 Oct 2015 07:28:00 GMT"}}).status(),
      200);
  const Response beyond = conditions({{"Range", "bytes=10-"}});
  EXPECT_EQ(beyond.status(), 416);
  EXPECT_EQ(beyond.headers().get("Content-Range"), "bytes */10");
  EXPECT_EQ(beyond.content_length(), 0U);
  EXPECT_EQ(conditions({{"Range", "bytes=0-1,3-4"}}).status(), 200);
  EXPECT_EQ(conditions({{"Range", "bytes=2-4"}}, false).status(), 200) << "GET and HEAD alone";
}

TEST(Conditions, WhatTheClientHasIsNotSentAgain) {
  EXPECT_EQ(conditions({{"If-None-Match", "\"v1\""}}).status(), 304);
  EXPECT_EQ(conditions({{"If-None-Match", "\"v0\", W/\"v1\""}}).status(), 304);
  EXPECT_EQ(conditions({{"If-None-Match", "*"}}).status(), 304);
  EXPECT_EQ(conditions({{"If-None-Match", "\"v0\""}}).status(), 200);
  EXPECT_EQ(conditions({{"If-None-Match", "\"v1\""}, {"Range", "bytes=0-1"}}).status(), 304);
  EXPECT_EQ(conditions({{"If-None-Match", "\"v1\""}}).content_length(), 0U);
}

TEST(RequestTest, JsonForThoseWhoPreferIt) {
  const auto wants = [](const char* accept, const char* path = "/") {
    Request asked;
    asked.path = path;
    asked.headers.set("Accept", accept);
    return asked.wants_json();
  };
  EXPECT_TRUE(wants("application/json"));
  EXPECT_TRUE(wants("text/html;q=0.5, application/json"));
  EXPECT_TRUE(wants("text/html", "/api/v1/releases"));
  EXPECT_FALSE(wants("text/html,application/json;q=0.9,*/*;q=0.8"));
  EXPECT_FALSE(wants("*/*"));
  EXPECT_FALSE(wants(""));
}

}  // namespace
}  // namespace everyface::web
