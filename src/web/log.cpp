#include "web/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "everyface/base/text.h"

namespace everyface::web {
namespace {

/// A JSON string.
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : to_valid_utf8(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c >= 0 && c < ' ') {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// The time of now, whose seconds are made anew once a second.
std::string now_text() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  thread_local std::string text;
  thread_local std::chrono::sys_seconds made;
  const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  const auto second = std::chrono::floor<seconds>(now);
  if (text.empty() || second != made) {
    text = fmt::format("{:%FT%T}", second);
    made = second;
  }
  return fmt::format("{}.{:03}Z", text, (now - second).count());
}

/// One write, so that lines of several threads do not mix.
void write_line(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); }

}  // namespace

void log_event(std::string_view level, std::string_view message,
               const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":{})", now_text(), level,
                                 json_text(message));
  for (const auto& [name, value] : fields) {
    line += fmt::format(",{}:{}", json_text(name), json_text(value));
  }
  write_line(line + "}\n");
}

void log_access(const Request& request, int status, std::uint64_t bytes, double seconds) {
  write_line(fmt::format(
      R"({{"time":"{}","level":"access","id":"{}","method":"{}","route":{},"status":{},"bytes":{},)"
      R"("ms":{:.2f},"network":"{}","role":"{}"}})"
      "\n",
      now_text(), request.id, method_name(request.method), json_text(request.route), status, bytes,
      seconds * 1e3, request.client.network_text(), role_name(request.visitor.role)));
}

}  // namespace everyface::web
