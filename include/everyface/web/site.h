// The whole site, as `everyface serve` runs it.
#pragma once

#include <functional>
#include <string>

#include "everyface/base/result.h"
#include "everyface/web/config.h"

namespace everyface::web {

/// Serves until SIGTERM or SIGINT. Calls started() with the site's address once it answers. Error:
/// says what could not be opened, and why.
Result<void> run_site(Config config, const std::function<void(const std::string& url)>& started);

}  // namespace everyface::web
