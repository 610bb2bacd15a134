// Lines of JSON on standard error, one an event.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "everyface/web/request.h"
#include "everyface/web/response.h"

namespace everyface::web {

/// {"time": …, "level": "error", "message": …, and the fields}. No field may hold a mail address, a
/// token, or a value that a visitor typed.
void log_event(std::string_view level, std::string_view message,
               const std::vector<std::pair<std::string_view, std::string_view>>& fields = {});

/// A request answered: method, route pattern (never the path, which may hold a token), status,
/// bytes, milliseconds, the client's network (never the address), role.
void log_access(const Request& request, int status, std::uint64_t bytes, double seconds);

}  // namespace everyface::web
