#include "web/security_headers.h"

namespace everyface::web {
namespace {

constexpr std::string_view kOwnPolicy =
    "default-src 'none'; object-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
    "blob: data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// For what is no page: whatever it is, it runs nothing.
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
constexpr std::string_view kPermissions =
    "camera=(self), monetization=(self), accelerometer=(), autoplay=(), bluetooth=(), "
    "display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), serial=(), usb=()";

void set_unless_there(Response& response, std::string_view name, std::string_view value) {
  if (!response.headers().has(name)) {
    response.set_header(name, value);
  }
}

}  // namespace

std::string page_policy(const std::vector<std::pair<std::string, std::string>>& more) {
  std::string policy(kOwnPolicy);
  for (const auto& [directive, sources] : more) {
    policy.append("; ").append(directive).append(" ").append(sources);
  }
  return policy;
}

void add_security_headers(Response& response, const std::string& policy, bool secure) {
  const bool is_page = response.headers().get("Content-Type").starts_with("text/html");
  set_unless_there(response, "Content-Security-Policy",
                   is_page ? std::string_view(policy) : kDataPolicy);
  set_unless_there(response, "Cache-Control", "no-store");
  set_unless_there(response, "Referrer-Policy", "same-origin");
  set_unless_there(response, "Cross-Origin-Resource-Policy", "same-origin");
  response.set_header("X-Content-Type-Options", "nosniff");
  if (is_page) {
    set_unless_there(response, "Permissions-Policy", kPermissions);
    set_unless_there(response, "Cross-Origin-Opener-Policy", "same-origin");
  }
  if (secure) {
    response.set_header("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  }
}

}  // namespace everyface::web
