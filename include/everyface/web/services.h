// What pages work with.
#pragma once

#include "everyface/web/app.h"
#include "everyface/web/config.h"

namespace everyface::web {

class Commons;

/// Everything behind the pages; each outlives the server.
struct Services {
  const Config& config;
  App& app;
  Commons& commons;
};

/// Adds every page of the site and its JSON API.
void add_pages(Router& router, Services& services);

}  // namespace everyface::web
