// A server with a few routes on a free port of loopback.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "everyface/web/server.h"
#include "tests/testing.h"
#include "tests/web/client.h"

namespace everyface::web::testing {

inline constexpr const char* kHost = "Host: faces.example\r\n";
inline constexpr const char* kForm = "application/x-www-form-urlencoded";

inline std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\n" + kHost + more + "\r\n";
}

/// The head of a POST, without the empty line at its end.
inline std::string post_head(const std::string& path, const std::string& type, std::size_t length) {
  return "POST " + path + " HTTP/1.1\r\n" + kHost + "Content-Type: " + type +
         "\r\nContent-Length: " + std::to_string(length) + "\r\n";
}

inline std::string post(const std::string& path, const std::string& body,
                        const std::string& type = kForm) {
  return post_head(path, type, body.size()) + "\r\n" + body;
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : app_(app_options()) {
    app_.router().get("/hello", Role::kAnonymous, [](Request& request) {
      return Response::text("hello " + std::string(request.query.get("name")));
    });
    add_post("/form", {.body = BodyKind::kForm},
             [](Request& request) { return Response::text(std::string(request.form.get("a"))); });
    add_post("/json", {.body = BodyKind::kJson, .max_body_bytes = 1000},
             [](Request& request) { return Response::text(request.body); });
    options_.forms.spool_folder = folder_.path().string();
    options_.forms.memory_bytes = 100'000;
    options_.workers = 2;
    options_.limits.connections_per_address = 10'000;
  }

  static AppOptions app_options() {
    AppOptions options;
    options.public_url = "https://faces.example";
    options.site_key = std::string(32, 'k');
    options.metrics_networks = {*Network::parse("127.0.0.0/8")};
    return options;
  }

  /// A route that needs no token, so that tests can speak of the body alone.
  void add_post(const std::string& pattern, RouteOptions options, Handler handler) {
    options.csrf = false;
    app_.router().add(Method::kPost, pattern, Role::kAnonymous, std::move(handler), options);
  }

  void start() {
    auto listener = Listener::open("127.0.0.1", 0);
    ASSERT_TRUE(listener.ok()) << listener.error().message;
    port_ = listener->port();
    server_ = std::make_unique<Server>(std::move(*listener), options_, app_);
  }

  [[nodiscard]] Client connect() const { return Client(port_); }

  everyface::testing::TemporaryFolder folder_;
  App app_;
  ServerOptions options_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Server> server_;
};

}  // namespace everyface::web::testing
