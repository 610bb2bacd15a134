#include <nlohmann/json.hpp>

#include "everyface/web/services.h"

namespace everyface::web {

void add_pages(Router& router, Services& services) {
  router.get("/", Role::kAnonymous, [&app = services.app](Request& request) {
    return app.page(request, "home", View::object());
  });
}

}  // namespace everyface::web
