// Who a request comes from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace everyface::web {

/// Each role may do what the ones before it may.
enum class Role : std::uint8_t { kAnonymous, kContributor, kModerator, kAdministrator };

/// "anonymous", "contributor", "moderator", "administrator".
std::string_view role_name(Role role);

/// How the visitor proved who they are.
enum class Proof : std::uint8_t {
  kNone,
  kSession,  ///< a cookie, which browsers send by themselves: unsafe methods need the CSRF token
  kToken,    ///< an API token in the Authorization header, which they do not
};

struct Visitor {
  Role role = Role::kAnonymous;
  Proof proof = Proof::kNone;
  std::string account;  ///< its key in the database; empty where anonymous
  /// What CSRF tokens are bound to; never shown, never logged. The session's secret or, where there
  /// is no session, the random value of the cookie that App sets with a form.
  std::string secret;
  /// Scopes of an API token; a session has all.
  std::string scopes;
};

}  // namespace everyface::web
