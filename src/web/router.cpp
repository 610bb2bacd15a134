#include "everyface/web/router.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "everyface/base/text.h"
#include "everyface/web/forms.h"

namespace everyface::web {
namespace {

constexpr std::size_t kMethods = 6;

std::size_t index_of(Method method) { return static_cast<std::size_t>(method); }

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

[[noreturn]] void refuse(const std::string& pattern, const char* why) {
  throw std::invalid_argument("route " + pattern + ": " + why);
}

/// A segment of a path, decoded. None where it could stand for another path than it seems to.
std::optional<std::string> decode_segment(std::string_view segment) {
  auto decoded = percent_decode(segment, false);
  if (!decoded || *decoded == "." || *decoded == ".." || decoded->find('/') != std::string::npos) {
    return std::nullopt;
  }
  return decoded;
}

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
  std::unique_ptr<Node> any;
  bool takes_rest = false;  ///< of the node reached by {name...}
  std::array<const Route*, kMethods> routes{};
  std::array<std::vector<std::string>, kMethods> names;  ///< of the parameters, by method

  [[nodiscard]] bool answers() const {
    return std::any_of(routes.begin(), routes.end(), [](const Route* r) { return r != nullptr; });
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&& other) noexcept = default;
Router& Router::operator=(Router&& other) noexcept = default;
Router::~Router() = default;

void Router::add(Method method, std::string pattern, Role role, Handler handler,
                 RouteOptions options) {
  if (!pattern.starts_with('/') || method == Method::kHead) {
    refuse(pattern, "begins with / and is not for HEAD, which GET answers");
  }
  Node* node = root_.get();
  std::vector<std::string> names;
  for (const std::string_view segment : split(std::string_view(pattern).substr(1), '/')) {
    if (node->takes_rest) {
      refuse(pattern, "nothing can follow {name...}");
    }
    if (!segment.starts_with('{')) {
      auto& next = node->literal[std::string(segment)];
      if (!next) {
        next = std::make_unique<Node>();
      }
      node = next.get();
      continue;
    }
    const bool rest = segment.ends_with("...}");
    const std::size_t marks = rest ? 5 : 2;
    if (!segment.ends_with('}') || segment.size() <= marks ||
        !is_name(segment.substr(1, segment.size() - marks))) {
      refuse(pattern, "a name is written {small_letters}");
    }
    names.emplace_back(segment.substr(1, segment.size() - marks));
    if (!node->any) {
      node->any = std::make_unique<Node>();
      node->any->takes_rest = rest;
    }
    node = node->any.get();
    if (node->takes_rest != rest) {
      refuse(pattern, "another route has a name of the other kind in this place");
    }
  }
  if (node->routes.at(index_of(method)) != nullptr) {
    refuse(pattern, "is there already");
  }
  routes_.push_back(std::make_unique<Route>(
      Route{method, std::move(pattern), role, std::move(handler), std::move(options)}));
  node->routes.at(index_of(method)) = routes_.back().get();
  node->names.at(index_of(method)) = std::move(names);
}

const std::vector<std::unique_ptr<Route>>& Router::routes() const { return routes_; }

Router::Match Router::match(Method method, std::string_view path) const {
  if (!path.starts_with('/')) {
    return {};
  }
  // No back-tracking: a literal segment that is there is taken, whatever follows it.
  const Node* node = root_.get();
  std::vector<std::string> values;
  for (const std::string_view segment : split(path.substr(1), '/')) {
    auto decoded = decode_segment(segment);
    if (!decoded) {
      return {};
    }
    if (node->takes_rest) {
      values.back() += "/" + *decoded;
      continue;
    }
    if (const auto found = node->literal.find(*decoded); found != node->literal.end()) {
      node = found->second.get();
    } else if (node->any && !decoded->empty()) {
      node = node->any.get();
      values.push_back(std::move(*decoded));
    } else {
      return {};
    }
  }
  if (!node->answers()) {
    return {};
  }
  Match match;
  const std::size_t index = index_of(method == Method::kHead ? Method::kGet : method);
  match.route = node->routes.at(index);
  if (match.route != nullptr) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      match.parameters.add(node->names.at(index).at(i), std::move(values[i]));
    }
    return match;
  }
  for (std::size_t i = 0; i < kMethods; ++i) {
    if (node->routes.at(i) != nullptr) {
      match.allow += match.allow.empty() ? "" : ", ";
      match.allow += method_name(static_cast<Method>(i));
      match.allow += static_cast<Method>(i) == Method::kGet ? ", HEAD" : "";
    }
  }
  return match;
}

}  // namespace everyface::web
