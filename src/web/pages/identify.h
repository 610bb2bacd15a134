// Who sends a request, by session cookie or API token.
#pragma once

#include "everyface/web/request.h"
#include "everyface/web/visitor.h"

namespace everyface::web {

class Commons;

/// A session's role, or a contributor with the scopes of a token; anonymous where neither is valid.
Visitor identify(Commons& commons, const Request& request);

/// Whether identify() needs no database to find that it is nobody.
bool is_stranger(const Request& request);

}  // namespace everyface::web
