// Every route of the site with every role: who may ask what. New routes are walked as they come.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "everyface/base/file.h"
#include "everyface/base/text.h"
#include "everyface/commons/api_tokens.h"
#include "everyface/web/app.h"
#include "everyface/web/forms.h"
#include "everyface/web/services.h"
#include "tests/store/databases.h"
#include "tests/testing.h"
#include "web/commons.h"
#include "web/pages/identify.h"

namespace everyface::web {
namespace {

constexpr Role kRoles[] = {Role::kAnonymous, Role::kContributor, Role::kModerator,
                           Role::kAdministrator};
constexpr const char* kUrl = "http://127.0.0.1:8080";

AppOptions app_options() {
  AppOptions options;
  options.public_url = kUrl;
  options.site_key = std::string(32, 'k');
  options.metrics_networks = {*Network::parse("127.0.0.0/8")};
  return options;
}

class RoutesTest : public testing::OnEveryDatabase {
 protected:
  void SetUp() override {
    OnEveryDatabase::SetUp();
    if (IsSkipped()) {
      return;
    }
    config_.data.folder = folder() / "data";
    config_.database.url = url();
    // A wallet that nobody reaches, so that its routes are walked too. The key is RFC 9421's.
    config_.wallet.address = "https://127.0.0.1:9/site";
    config_.wallet.key_id = "key";
    config_.wallet.key =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n"
        "-----END PRIVATE KEY-----\n";
    config_.wallet.webhook_secret = "a secret";
    config_.wallet.receipt_seed = std::string(32, 's');
    auto opened = Commons::open(config_, kUrl, {PHOTO_WORKER_PROGRAM, "honest"});
    ASSERT_TRUE(opened) << opened.error().message;
    commons_ = std::move(*opened);
    for (const auto& [role, name] :
         {std::pair{AccountRole::contributor, "ada"}, std::pair{AccountRole::moderator, "mo"},
          std::pair{AccountRole::administrator, "ad"}}) {
      const auto account = commons_->accounts.create(std::string(name) + "@example.org",
                                                     "copper lantern over nine rivers", role, "en");
      ASSERT_TRUE(account) << account.error().message;
      accounts_[static_cast<Role>(static_cast<int>(role) + 1)] = account->text();
    }
    app_ = std::make_unique<App>(app_options());
    app_->set_identify([this](const Request&) {
      Visitor visitor;
      visitor.role = role_;
      if (role_ != Role::kAnonymous) {
        visitor.proof = proof_;
        visitor.account = accounts_.at(role_);
        visitor.secret = proof_ == Proof::kSession ? "a secret" : "";
      }
      return visitor;
    });
    services_ = std::make_unique<Services>(Services{config_, *app_, *commons_});
    add_pages(app_->router(), *services_);
  }

  /// A request for the route, every parameter filled with a key that is nobody's.
  static Request request_for(const Route& route) {
    Request request;
    request.method = route.method;
    std::string path;
    for (const std::string_view segment : split(route.pattern, '/')) {
      if (segment.empty()) {
        continue;
      }
      path += "/" + (segment.front() == '{' ? Uuid::make().text() : std::string(segment));
    }
    request.path = path.empty() ? "/" : path;
    request.id = "0123456789abcdef";
    request.headers.set("Host", "127.0.0.1:8080");
    request.headers.set("Accept", "text/html");
    request.client = *Address::parse("127.0.0.1");
    return request;
  }

  Response ask(Request request, Role role, Proof proof = Proof::kSession) {
    role_ = role;
    proof_ = proof;
    return app_->handle(request);
  }

  /// As the visitor's own page would send it.
  Response ask_from_form(Request request, Role role) {
    role_ = role;
    proof_ = Proof::kSession;
    if (auto refused = app_->admit(request)) {
      app_->finish(request, *refused);
      return std::move(*refused);
    }
    request.headers.set("Sec-Fetch-Site", "same-origin");
    request.form.add("csrf", request.csrf_token);
    return app_->answer(request);
  }

  std::unique_ptr<Commons> commons_;
  std::unique_ptr<App> app_;
  std::unique_ptr<Services> services_;
  std::map<Role, std::string> accounts_;

 private:
  Config config_;
  Role role_ = Role::kAnonymous;
  Proof proof_ = Proof::kSession;
};
EVERYFACE_ON_EVERY_DATABASE(RoutesTest);

TEST_P(RoutesTest, NobodyGetsToARouteBelowItsRole) {
  int walked = 0;
  for (const auto& route : app_->router().routes()) {
    for (const Role role : kRoles) {
      if (role >= route->role) {
        continue;
      }
      ++walked;
      const Response response = ask(request_for(*route), role);
      const std::string what = std::string(method_name(route->method)) + " " + route->pattern +
                               " as " + std::string(role_name(role));
      if (role == Role::kAnonymous && route->method == Method::kGet &&
          !route->pattern.starts_with("/api/")) {
        EXPECT_EQ(response.status(), 303) << what;
        EXPECT_TRUE(response.headers().get("Location").starts_with("/sign-in")) << what;
      } else {
        EXPECT_EQ(response.status(), role == Role::kAnonymous ? 401 : 403) << what;
      }
    }
  }
  EXPECT_GT(walked, 60);
}

TEST_P(RoutesTest, EveryRouteAnswersThoseWhoMayAskAndNeverBreaks) {
  for (const auto& route : app_->router().routes()) {
    for (const Role role : kRoles) {
      if (role < route->role) {
        continue;
      }
      const Response response = ask_from_form(request_for(*route), role);
      EXPECT_LT(response.status(), 500)
          << method_name(route->method) << " " << route->pattern << " as " << role_name(role);
    }
  }
}

TEST_P(RoutesTest, NoRouteChangesAnythingWithoutTheTokenOfAForm) {
  int walked = 0;
  for (const auto& route : app_->router().routes()) {
    if (route->method == Method::kGet || !route->options.csrf) {
      continue;
    }
    ++walked;
    EXPECT_EQ(ask(request_for(*route), Role::kAdministrator).status(), 403) << route->pattern;
  }
  EXPECT_GT(walked, 25);
}

TEST_P(RoutesTest, WhatBelongsToOneIsNotThereForOthers) {
  for (const auto& route : app_->router().routes()) {
    const bool names_a_thing = route->pattern.find("{photo}") != std::string::npos ||
                               route->pattern.find("{code}") != std::string::npos ||
                               route->pattern.find("{version}") != std::string::npos;
    if (!names_a_thing) {
      continue;
    }
    for (const Role role : kRoles) {
      if (role >= route->role) {
        EXPECT_GE(ask_from_form(request_for(*route), role).status(), 400)
            << route->pattern << " as " << role_name(role);
      }
    }
  }
}

/// Browsers drop tabs and line ends out of an address, and read "/\t/host" as another site.
TEST_P(RoutesTest, SigningInLeadsToAPathOfThisSite) {
  const auto lands_at = [&](std::string_view next) {
    Request request;
    request.method = Method::kPost;
    request.path = "/sign-in";
    request.id = "0123456789abcdef";
    request.headers.set("Host", "127.0.0.1:8080");
    request.client = *Address::parse("127.0.0.1");
    request.form.add("email", "ada@example.org");
    request.form.add("password", "copper lantern over nine rivers");
    request.form.add("next", std::string(next));
    const Response response = ask_from_form(std::move(request), Role::kAnonymous);
    return std::string(response.headers().get("Location"));
  };
  EXPECT_EQ(lands_at("/my/rewards"), "/my/rewards");
  for (const char* wrong : {"", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example",
                            "//evil.example", "/\\evil.example", "https://evil.example/"}) {
    EXPECT_EQ(lands_at(wrong), "/my/photos") << wrong;
  }
}

TEST_P(RoutesTest, EveryRouteOfTheApiIsInItsDocument) {
  const auto text = read_file(testing::source_folder() / "web" / "api" / "openapi.json");
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto paths = nlohmann::json::parse(*text).at("paths");
  constexpr std::string_view kBase = "/api/v1";
  std::size_t walked = 0;
  for (const auto& route : app_->router().routes()) {
    if (!route->pattern.starts_with(kBase)) {
      continue;
    }
    ++walked;
    const std::string path = route->pattern.substr(kBase.size());
    EXPECT_TRUE(paths.contains(path) &&
                paths.at(path).contains(lower_case(method_name(route->method))))
        << route->pattern;
  }
  EXPECT_GE(walked, 10U);
}

TEST_P(RoutesTest, TokensOpenOnlyTheApiAndOnlyWithinTheirScopes) {
  const auto token = create_api_token(commons_->database, commons_->clock,
                                      Uuid::parse(accounts_.at(Role::kContributor)).value(), "test",
                                      {"releases:read"});
  ASSERT_TRUE(token) << token.error().message;
  app_->set_identify([this](const Request& request) { return identify(*commons_, request); });
  for (const auto& route : app_->router().routes()) {
    if (route->role == Role::kAnonymous) {
      continue;
    }
    Request request = request_for(*route);
    request.headers.set("Authorization", "Bearer " + token->token);
    const int status = app_->handle(request).status();
    if (route->pattern.starts_with("/api/")) {
      EXPECT_EQ(status, 403) << route->pattern;
    } else {
      EXPECT_TRUE(status == 303 || status == 401) << route->pattern << " " << status;
    }
  }
}

}  // namespace
}  // namespace everyface::web
