// The whole site, as `everyface serve` runs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "everyface/base/result.h"
#include "everyface/web/config.h"

namespace everyface::web {

/// Somebody of a demonstration who can sign in.
struct DemoAccount {
  std::string email;
  std::string password;
  std::string role;                         ///< "contributor", "moderator", "administrator"
  std::vector<std::string> one_time_codes;  ///< for the second factor, each once; empty: not needed
};

struct StartedSite {
  std::string url;
  std::vector<DemoAccount> accounts;  ///< of a demonstration
};

/// Serves until SIGTERM or SIGINT. `demo`: fills the site, which must be empty, with made-up people
/// and drawn photos first. Calls started() once it answers. Error: says what could not be opened,
/// and why.
Result<void> run_site(Config config, bool demo,
                      const std::function<void(const StartedSite& site)>& started);

}  // namespace everyface::web
