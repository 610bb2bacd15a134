// What every answer tells browsers about how to treat it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "everyface/web/response.h"

namespace everyface::web {

/// The content security policy of pages: scripts, styles and everything else from our own files
/// alone, nothing inline, in nobody's frame; and the directives given.
std::string page_policy(const std::vector<std::pair<std::string, std::string>>& more);

/// Adds to a response what it does not say already. `secure`: the site is reached by TLS.
void add_security_headers(Response& response, const std::string& policy, bool secure);

}  // namespace everyface::web
