// Which handler answers what, and who may ask.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "everyface/web/request.h"
#include "everyface/web/response.h"

namespace everyface::web {

/// Answers one request. Runs on a worker thread, several at a time, and may block on the database.
/// What it throws is logged and answered with 500.
using Handler = std::function<Response(Request&)>;

/// What a route takes as a body.
enum class BodyKind : std::uint8_t {
  kNone,       ///< a body is answered with 413
  kForm,       ///< application/x-www-form-urlencoded, or multipart/form-data without files
  kMultipart,  ///< multipart/form-data with files
  kJson,       ///< application/json, in Request::body
  kRaw,        ///< anything, in Request::body
};

struct RouteOptions {
  BodyKind body = BodyKind::kNone;
  std::uint64_t max_body_bytes = 64 * 1024;
  /// The limit of RateLimits that a request takes from, besides the general one of its network.
  std::string rate_limit = {};
  /// Never blocks and takes microseconds: answered on the network thread, past the queue of
  /// workers.
  bool quick = false;
  /// The same for those requests for which it says so; it must not block itself. Unlike with
  /// `quick`, limits are counted and roles are asked for; Request::csrf_token is App::kept_page()'s
  /// business.
  std::function<bool(const Request&)> quick_when = nullptr;
  /// False for the few that other servers call (webhooks), which prove themselves otherwise.
  bool csrf = true;
};

struct Route {
  Method method;
  std::string pattern;
  Role role;  ///< the least that may ask
  Handler handler;
  RouteOptions options;
};

/// The routes of a site. Patterns are paths whose segments are literal or {name}, which takes one
/// segment that is not empty; {name...} as the last takes the rest, slashes included. Literal
/// segments win over names. Every GET answers HEAD as well.
class Router {
 public:
  Router();
  Router(Router&& other) noexcept;
  Router& operator=(Router&& other) noexcept;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  /// Throws std::invalid_argument, naming the pattern, where it is malformed or taken: a mistake of
  /// the program that the first start shows.
  void add(Method method, std::string pattern, Role role, Handler handler,
           RouteOptions options = {});
  void get(std::string pattern, Role role, Handler handler, RouteOptions options = {}) {
    add(Method::kGet, std::move(pattern), role, std::move(handler), std::move(options));
  }
  void post(std::string pattern, Role role, Handler handler, RouteOptions options = {}) {
    if (options.body == BodyKind::kNone) {
      options.body = BodyKind::kForm;
    }
    add(Method::kPost, std::move(pattern), role, std::move(handler), std::move(options));
  }

  /// Every route in the order of add(): tests walk them with every role.
  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const;

  struct Match {
    const Route* route = nullptr;  ///< none: no such path, or not with this method
    Fields parameters;
    std::string allow;  ///< "GET, HEAD, POST" where the path is there but not with this method
  };
  /// Paths with "." or ".." as a segment, an encoded slash or NUL, or a broken escape match
  /// nothing.
  [[nodiscard]] Match match(Method method, std::string_view path) const;

 private:
  struct Node;
  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace everyface::web
